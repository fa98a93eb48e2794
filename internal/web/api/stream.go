package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sellerpulse/internal/view"
)

const (
	streamPath = "/alerts/stream"
	streamType = "text/event-stream"
)

// errFull is that there are as many streams as there may be.
var errFull = errors.New("there are as many streams of alerts as this process gives: ask another one, or again in a while")

// errLasted is that who asks is to say again who that is.
var errLasted = errors.New("a stream lasts no longer: ask again with the last id")

type streamInput struct {
	LastEventID string `header:"Last-Event-ID" doc:"The id of the last event that was seen: the stream goes on after it, whichever process sent it."`
	Cursor      string `query:"cursor" doc:"As Last-Event-ID, which goes before it."`
}

// registerStream registers the stream of alerts. huma's own events have numbers for ids and no comments, and what goes wrong with them is printed: the ids here are
// cursors, which hold for every process.
func (a *api) registerStream(tag string) {
	op := operation{
		id: "stream-alerts", path: streamPath, tag: tag, summary: "Alerts as they are published",
		says: "Server-sent events. `alert`: an alert, as `processor alerts --output json` prints it. `missed`: some alerts between the id and the next one are not " +
			"among the recent ones any more. `slow` and `end` are the last: alerts were taken too slowly, or the process stops, or the stream has lasted a quarter of an hour; asking again with the last id goes on. " +
			"The first id comes without an event: from there on a new stream begins. Comments show that the stream lives.",
	}
	content := map[string]*huma.MediaType{streamType: {Schema: &huma.Schema{Type: huma.TypeString}}}
	huma.Register(a.huma, op.described(content), func(_ context.Context, in *streamInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			r, w := humago.Unwrap(c)
			after := in.LastEventID
			if after == "" {
				after = in.Cursor
			}
			if err := a.stream(w, r, after); err != nil {
				sendProblem(w, problemOf(r.Context(), err))
			}
		}}, nil
	})
}

// stream streams alerts until the one who asked has gone, or there are none any more. It fails before it begins alone.
func (a *api) stream(w http.ResponseWriter, r *http.Request, after string) error {
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		return errFull
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), a.o.Timeout, errNotWhole)
	defer cancel()
	subscription, err := a.o.View.Subscribe(ctx, after)
	if err != nil {
		return err
	}
	s := &sending{ResponseController: http.NewResponseController(w), w: w, wait: a.o.Write}
	h := w.Header()
	h.Set("Content-Type", streamType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // Proxies are to pass on each event at once.
	s.begin(subscription)
	lasting, cancel := context.WithTimeoutCause(r.Context(), a.o.Stream, errLasted)
	defer cancel()
	s.follow(lasting, subscription, a.o.Heartbeat)
	return nil
}

// sending is a stream under way. An error stays: the one who asked has gone, or takes nothing.
type sending struct {
	*http.ResponseController
	w    http.ResponseWriter
	wait time.Duration // for what is sent to be taken
	err  error
}

// reconnect is after how many milliseconds a browser whose stream has ended asks again.
const reconnect = 2000

func (s *sending) begin(subscription *view.Subscription) {
	s.send(fmt.Sprintf("retry: %d\nid: %s\n\n", reconnect, subscription.Cursor()))
	if subscription.Missed {
		s.tell("missed", "some of the alerts after the last id are not among the recent ones any more: /api/v1/alerts has those that are, and the topic all")
	}
}

// follow sends alerts, and comments while there are none.
func (s *sending) follow(ctx context.Context, subscription *view.Subscription, heartbeat time.Duration) {
	for s.err == nil {
		beat, cancel := context.WithTimeout(ctx, heartbeat)
		next, err := subscription.Next(beat)
		cancel()
		switch {
		case err == nil:
			s.event(subscription.Cursor(), "alert", next.AppendJSON(nil))
		case ctx.Err() != nil:
			s.tell("end", context.Cause(ctx).Error()) // It may be gone.
			return
		case errors.Is(err, context.DeadlineExceeded):
			s.send(": no alerts\n\n")
		case errors.Is(err, view.ErrSlow):
			s.tell("slow", err.Error())
			return
		default:
			s.tell("end", err.Error())
			return
		}
	}
}

// tell sends an event of the stream itself.
func (s *sending) tell(event, detail string) {
	text, _ := json.Marshal(map[string]string{"detail": detail}) // Nothing is in the way of a text.
	s.event("", event, text)
}

// event sends an event, whose data is one line, with an id if it has one.
func (s *sending) event(id, event string, data []byte) {
	if id != "" {
		id = "id: " + id + "\n"
	}
	s.send(fmt.Sprintf("event: %s\n%sdata: %s\n\n", event, id, data))
}

func (s *sending) send(text string) {
	if s.err != nil {
		return
	}
	_ = s.SetWriteDeadline(time.Now().Add(s.wait)) // Where there is none, the one who takes what is sent is not far.
	if _, s.err = s.w.Write([]byte(text)); s.err == nil {
		s.err = s.Flush()
	}
}
