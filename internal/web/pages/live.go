package pages

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/view"
)

// How streams go about it.
const (
	streamPace      = time.Second      // between two looks at the view: nothing is told sooner
	streamHeartbeat = 15 * time.Second // in which something is sent, so that it is noticed when nobody takes it
	streamWrite     = 10 * time.Second // for it to be taken
	streamLasts     = 15 * time.Minute // after which a page is to say again who asks
	reconnect       = 2 * time.Second  // after which a page asks again whose stream has ended
	reconnectFull   = 15 * time.Second // likewise, where there was no room for it
)

// seenHeader is what browsers send of the last event that they had when they ask again.
const seenHeader = "Last-Event-ID"

// liveLink is the stream of a page that was made when the view had a mark: of a seller's, or of everybody's for none.
func liveLink(seller *string, seen view.Mark) string {
	query := url.Values{"seen": {string(seen)}}
	if seller != nil {
		query.Set("id", *seller)
	}
	return "/live?" + query.Encode()
}

// live tells an open page what is new, as server-sent events, so that it asks for itself again just then. Events are:
//
//   - fresh: as of when the lists are, as the bar has it;
//   - changed: there may be something new of what the page shows, since it was made or since the last such event, whose id is the mark of the view by then;
//   - full: this process has as many streams as it may have. That is the last event, as nothing else can be told to browsers, which try again by themselves.
func (p *Pages) live(q *request) error {
	s := &sending{ResponseController: http.NewResponseController(q.w), w: q.w}
	s.begin()
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		s.retry(reconnectFull)
		s.event("full", "", nil)
		return nil
	}
	s.retry(reconnect)
	mark := p.View.Mark
	if q.Form.Has("id") {
		mark = func() view.Mark { return p.View.MarkOf(q.FormValue("id")) }
	}
	told := &told{seen: view.Mark(q.FormValue("seen"))}
	if seen := q.Header.Get(seenHeader); seen != "" {
		told.seen = view.Mark(seen)
	}
	look, lasts := time.NewTicker(streamPace), time.NewTimer(streamLasts)
	defer look.Stop()
	defer lasts.Stop()
	for s.err == nil {
		if err := p.tell(q, s, told, mark()); err != nil {
			return err
		}
		select {
		case <-look.C:
		case <-lasts.C:
			return nil
		case <-p.View.Ended():
			return nil
		case <-q.Context().Done():
			return nil
		}
	}
	return nil
}

// told is what a page was told.
type told struct {
	fresh fresh
	seen  view.Mark
	quiet int // looks without an event
}

// tell tells what is new since.
func (p *Pages) tell(q *request, s *sending, told *told, mark view.Mark) error {
	told.quiet++
	if f := p.fresh(q); *f != told.fresh {
		told.fresh, told.quiet = *f, 0
		var bar bytes.Buffer
		if err := p.templates[q.lang].ExecuteTemplate(&bar, "fresh", f); err != nil {
			return err
		}
		s.event("fresh", "", bar.Bytes())
	}
	if mark != told.seen {
		told.seen, told.quiet = mark, 0
		s.event("changed", string(mark), nil)
	}
	if told.quiet >= int(streamHeartbeat/streamPace) {
		told.quiet = 0
		s.send(": nothing new\n\n")
	}
	return nil
}

// sending is a stream under way. An error stays: the one who asked has gone, or takes nothing.
type sending struct {
	*http.ResponseController
	w   http.ResponseWriter
	err error
}

func (s *sending) begin() {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // Proxies are to pass on each event at once.
}

func (s *sending) retry(after time.Duration) {
	s.send(fmt.Sprintf("retry: %d\n\n", after.Milliseconds()))
}

// event sends an event; browsers keep its id, if it has one.
func (s *sending) event(name, id string, data []byte) {
	var b strings.Builder
	fmt.Fprintf(&b, "event: %s\n", name)
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	s.send(b.String() + "\n")
}

func (s *sending) send(text string) {
	if s.err != nil {
		return
	}
	_ = s.SetWriteDeadline(time.Now().Add(streamWrite)) // Where there is none, the one who takes what is sent is not far.
	if _, s.err = s.w.Write([]byte(text)); s.err == nil {
		s.err = s.Flush()
	}
}
