package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/test/enginetest"
)

// event is one of a stream, or a comment.
type event struct{ id, name, data, comment string }

// listening is a connection to a stream of alerts.
type listening struct {
	t     testing.TB
	lines *bufio.Reader
	last  string // id
	close func()
}

func (s *site) stream(last string) *listening {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+Prefix+streamPath, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	if h := response.Header; response.StatusCode != http.StatusOK || h.Get("Content-Type") != streamType || h.Get("Content-Encoding") != "" || h.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("%d %v", response.StatusCode, h)
	}
	st := &listening{t: s.t, lines: bufio.NewReader(response.Body), last: last, close: func() { cancel(); _ = response.Body.Close() }}
	s.t.Cleanup(st.close)
	if e, err := st.read(); err != nil || e.id == "" || e.name+e.data+e.comment != "" {
		s.t.Fatalf("a stream begins with %+v, error %v: want an id alone", e, err)
	}
	return st
}

// read reads an event, or a comment.
func (s *listening) read() (e event, err error) {
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "id":
			e.id, s.last = value, value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "retry":
		case "":
			if line == "" {
				return e, nil
			}
			e.comment = value
		default:
			s.t.Fatalf("the line %q", line)
		}
	}
}

// next is the next event that is no comment.
func (s *listening) next() event {
	s.t.Helper()
	for {
		e, err := s.read()
		if err != nil {
			s.t.Fatal(err)
		}
		if e.name != "" {
			return e
		}
	}
}

// alerts reads so many alerts.
func (s *listening) alerts(n int) (texts []string) {
	s.t.Helper()
	for range n {
		e := s.next()
		if e.name != "alert" || e.id == "" {
			s.t.Fatalf("%+v, want an alert", e)
		}
		texts = append(texts, e.data)
	}
	return texts
}

func textsOf(alerts []outputs.Alert) (texts []string) {
	for i := range alerts {
		texts = append(texts, string(alerts[i].AppendJSON(nil)))
	}
	return texts
}

// A stream goes on where another one was broken off, of another process too: no alert is lost, and none comes twice.
func TestAStreamGoesOnInAnotherProcess(t *testing.T) {
	all := random(1, 900)
	m := newMarket(t, all[:300])
	_, before := m.published()
	var sites []*site
	for range 2 {
		v, _ := m.follow(view.Options{})
		sites = append(sites, serve(t, Options{View: v}))
	}
	current := sites[0].stream("")
	m.apply(all[300:])
	_, after := m.published()
	left := len(after) - len(before)
	if left < 20 {
		t.Fatalf("%d alerts are too few", left)
	}
	var got []string
	for i := 0; left > 0; i++ {
		n := min(left, 1+i*3)
		got, left = append(got, current.alerts(n)...), left-n
		current.close()
		current = sites[(i+1)%2].stream(current.last)
	}
	want := textsOf(after)
	for _, text := range textsOf(before) {
		i := slices.Index(want, text)
		want = slices.Delete(want, i, i+1)
	}
	enginetest.CompareLists(t, "alerts", got, want)
	for _, s := range sites { // Who begins at no event is given a place to go on from, too.
		if again := s.stream(current.last); again.last != current.last {
			t.Errorf("a stream after %s is at %s", current.last, again.last)
		}
	}
}

// A stream lives when there are no alerts, longer than a server lets others, and ends with the process.
func TestAStreamLivesUntilTheProcessStops(t *testing.T) {
	m := newMarket(t, random(1, 50))
	v, stop := m.follow(view.Options{})
	mux := http.NewServeMux()
	Register(mux, Options{View: v, Heartbeat: 20 * time.Millisecond, Streams: 1})
	server := httptest.NewUnstartedServer(Exact(mux))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	s := &site{t: t, url: server.URL}
	st := s.stream("")
	for range 10 {
		if e, err := st.read(); err != nil || e.comment == "" {
			t.Fatalf("%+v, error %v, want a comment", e, err)
		}
	}
	if p := s.problem(streamPath, 503); !strings.Contains(p.Detail, "as many streams") {
		t.Errorf("a second stream: %+v", p)
	}
	stop()
	if e := st.next(); e.name != "end" || e.id != "" || !strings.Contains(e.data, "the process ends") {
		t.Errorf("%+v, want the end", e)
	}
	if e, err := st.read(); err != io.EOF { //nolint:errorlint // It is what a reader gives.
		t.Errorf("after the end %+v, error %v", e, err)
	}
}

func TestAStreamLastsOnlySoLong(t *testing.T) {
	m := newMarket(t, random(1, 50))
	v, _ := m.follow(view.Options{})
	if e := serve(t, Options{View: v, Stream: time.Millisecond}).stream("").next(); e.name != "end" || !strings.Contains(e.data, "ask again with the last id") {
		t.Errorf("%+v, want the end", e)
	}
}

// Who asks again too late is told that something is missing.
func TestAStreamTellsWhatIsMissing(t *testing.T) {
	all := random(1, 900)
	m := newMarket(t, all[:300])
	first, _ := m.follow(view.Options{})
	st := serve(t, Options{View: first}).stream("")
	m.apply(all[300:])
	small, _ := m.follow(view.Options{RecentAlerts: 5})
	again := serve(t, Options{View: small}).stream(st.last)
	if e := again.next(); e.name != "missed" || e.id != "" || !strings.Contains(e.data, "not among the recent ones") {
		t.Errorf("%+v, want that some were missed", e)
	}
	if got := again.alerts(5); len(got) != 5 {
		t.Errorf("%d alerts", len(got))
	}
}

// stuck is a connection that takes nothing after the first event until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	begun, free chan struct{}
	writes      int
}

func (s *stuck) Write(text []byte) (int, error) {
	switch s.writes++; s.writes {
	case 1:
		close(s.begun)
	case 2:
		<-s.free
	}
	return s.ResponseRecorder.Write(text)
}

func (s *stuck) Flush() {}

// A stream from which alerts are taken too slowly ends, and says so.
func TestAStreamThatIsTooSlow(t *testing.T) {
	all := random(1, 900)
	m := newMarket(t, all[:100])
	v, _ := m.follow(view.Options{RecentAlerts: 5})
	mux := http.NewServeMux()
	Register(mux, Options{View: v})
	w := &stuck{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), free: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, Prefix+streamPath, nil))
	}()
	<-w.begun
	for _, more := range [][2]int{{100, 500}, {500, 900}} { // Twice, for of the first ones the stream may have taken one.
		cursor := subscribed(t, v, "").Cursor()
		m.apply(all[more[0]:more[1]])
		enginetest.Eventually(t, "more alerts have come than are kept", func() bool { return subscribed(t, v, cursor).Missed })
	}
	close(w.free)
	<-done
	if text := w.Body.String(); !strings.HasSuffix(text, "\n\n") || !strings.Contains(text, "event: slow\ndata: {\"detail\":\"alerts were taken too slowly") || strings.Count(text, "event: alert\n") > 1 {
		t.Errorf("%.2000s", text)
	}
}

func subscribed(t *testing.T, v *view.View, after string) *view.Subscription {
	t.Helper()
	s, err := v.Subscribe(t.Context(), after)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
