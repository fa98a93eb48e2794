package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// An answer that did not change is not sent again, compressed or not; what is compressed is the same.
func TestAnswersAreTaggedAndCompressed(t *testing.T) {
	m := newMarket(t, random(1, 300))
	s, _ := m.open(nil)
	for _, path := range []string{"/sellers", "/overview", "/sellers/S1", "/sellers/S1/orders", "/alerts", "/rules", "/openapi.json"} {
		plain := s.ask(path, "Accept-Encoding", "identity")
		packed := s.ask(path, "Accept-Encoding", "gzip")
		tag, packedTag := plain.header.Get("ETag"), packed.header.Get("ETag")
		if tag == "" || tag == packedTag || strings.HasPrefix(tag, "W/") || plain.header.Get("Content-Encoding") != "" || packed.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: tags %s and %s, %v, %v", path, tag, packedTag, plain.header, packed.header)
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(text, plain.body) {
			t.Errorf("%s: error %v, unpacked it is\n%s, want\n%s", path, err, text, plain.body)
		}
		if cache := plain.header.Get("Cache-Control"); cache != "private, no-cache" || !strings.Contains(plain.header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: %v", path, plain.header)
		}
		for encoding, tag := range map[string]string{"identity": tag, "gzip": packedTag} {
			for _, known := range []string{tag, `"other", ` + tag, "W/" + tag} {
				if a := s.ask(path, "Accept-Encoding", encoding, "If-None-Match", known); a.status != http.StatusNotModified || len(a.body) > 0 || a.header.Get("ETag") != tag {
					t.Errorf("%s with %s: %d %s of %d bytes", path, known, a.status, a.header.Get("ETag"), len(a.body))
				}
			}
		}
		if a := s.ask(path, "If-None-Match", `"other"`); a.status != http.StatusOK {
			t.Errorf("%s with another's tag: %d", path, a.status)
		}
	}
}

// A list that changed is sent again.
func TestAListThatChanged(t *testing.T) {
	m := newMarket(t, random(1, 100))
	v, _ := m.follow(view.Options{})
	s := serve(t, Options{View: v})
	before := s.ask("/sellers").header.Get("ETag")
	last := m.events[len(m.events)-1].OccurredAt
	m.apply([]events.Event{{
		Topic: events.Orders, Kind: events.OrderPlaced, EventID: "n", OccurredAt: last, SellerID: "new", OrderID: "new", OrderDate: last, Channel: events.MFN,
		ShipBy: events.None, DeliverBy: events.None,
	}})
	enginetest.Eventually(t, "the new seller is listed", func() bool {
		a := s.ask("/sellers", "If-None-Match", before)
		return a.status == http.StatusOK && strings.Contains(string(a.body), `"seller_id":"new"`)
	})
}

func TestMethods(t *testing.T) {
	s := serve(t, Options{View: view.New(view.Options{}), Rules: rules.BuiltIn()})
	for method, want := range map[string]int{http.MethodHead: 200, http.MethodPost: 405, http.MethodPut: 405, http.MethodDelete: 405, http.MethodOptions: 405} {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+Prefix+"/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != want || want == 200 && len(body) > 0 {
			t.Errorf("%s: %d %s", method, response.StatusCode, body)
		}
	}
}

// Where there is no state, or nothing to answer from yet, it is said what to do; another process may answer instead of this one.
func TestWhatIsNotHere(t *testing.T) {
	m := newMarket(t, random(1, 100))
	v, _ := m.follow(view.Options{})
	paths := []string{"/rules", "/orders", "/orders/O1", "/orders/O1/events", "/forecast", "/history?metric=claim_rate", "?from=2016-01-01"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "ask a `processor run` of the application"},
		{ask.ErrElsewhere, "ask the process whose /api/v1/tasks has it"},
		{fmt.Errorf("%w: %w", ask.ErrElsewhere, inspect.ErrNothingCommitted), "ask again once it has events"},
		{inspect.ErrRestoring, "being restored"},
		{inspect.ErrRebuilding, "being rebuilt"},
		{&inspect.SettingsError{Differences: []state.Difference{{}}}, "ask again once the present ones are committed"},
		{ask.ErrClosed, "is stopping"},
	} {
		o := Options{View: v, Of: func(context.Context, string, func(*inspect.Partition) error) error { return c.err }}
		if c.err == nil {
			o.Of = nil
		}
		s := serve(t, o)
		asked := ""
		partly := false
		o.Elsewhere = func(w http.ResponseWriter, r *http.Request, about About) bool {
			asked, partly = about.Seller, about.Partly
			if strings.HasSuffix(r.URL.Path, "/forecast") {
				return false
			}
			fmt.Fprint(w, "from elsewhere")
			return true
		}
		forwarding := serve(t, o)
		for _, path := range paths {
			p := s.problem("/sellers/a%2FS1"+path, 503)
			if !strings.Contains(p.Detail, c.want) || s.ask("/sellers/S1/rules").header.Get("Retry-After") == "" {
				t.Errorf("%s: %+v, want %q", path, p, c.want)
			}
			asked = ""
			a := forwarding.ask("/sellers/a%2FS1" + path)
			if asked != "a/S1" || partly || (string(a.body) == "from elsewhere") != (path != "/forecast") {
				t.Errorf("%v: %s is asked of %q, and answered %s", c.err, path, asked, a.body)
			}
		}
		asked = ""
		if a := forwarding.ask("/sellers/S1"); asked != "" || a.status != http.StatusOK || string(a.body) == "from elsewhere" {
			t.Errorf("the report is %d %s", a.status, a.body)
		}
		_, alerts := m.published()
		var why Why
		if err := json.Unmarshal(s.ask("/alerts/"+segment(alerts[0].ID())).body, &why); err != nil || why.Behind != nil || !strings.Contains(*why.BehindNot, c.want) {
			t.Errorf("%v: %v, why has %v", c.err, err, why.BehindNot)
		}
		if a := forwarding.ask("/alerts/" + segment(alerts[0].ID())); asked != alerts[0].SellerID || !partly || string(a.body) != "from elsewhere" {
			t.Errorf("why is asked of %q, in part %v, and answered %s", asked, partly, a.body)
		}
		asked = ""
		if a := forwarding.ask("/alerts/none"); asked != "" || a.status != http.StatusNotFound {
			t.Errorf("what is no id is asked of %q, and answered %d", asked, a.status)
		}
	}
}

// UnmarshalJSON is for tests, which look at other fields.
func (a *alert) UnmarshalJSON([]byte) error { return nil }

// Before all is read a seller is not said to be missing.
func TestNotEverythingIsReadYet(t *testing.T) {
	s := serve(t, Options{View: view.New(view.Options{}), Timeout: 50 * time.Millisecond})
	if p := s.problem("/sellers/S1", 503); !strings.Contains(p.Detail, "not all that is published has been read") {
		t.Errorf("%+v", p)
	}
	if p := s.problem("/alerts/S1%2Fodr%2F1", 503); !strings.Contains(p.Detail, "not all that is published has been read") {
		t.Errorf("%+v", p)
	}
	if p := s.problem("/alerts/stream", 503); !strings.Contains(p.Detail, "not all that is published has been read") {
		t.Errorf("%+v", p)
	}
	if page := get200[Freshness](s, "/sellers", "Sellers"); page.Whole || page.AsOf != nil {
		t.Errorf("%+v", page)
	}
	if p := s.problem("/rules", 503); !strings.Contains(p.Detail, "does not know the rules") {
		t.Errorf("%+v", p)
	}
}

// Of what takes long there is only so much at a time, and for so long.
func TestAnswersAreBounded(t *testing.T) {
	begun, end := make(chan struct{}, 9), make(chan struct{})
	o := Options{View: view.New(view.Options{}), AtOnce: 1, Timeout: time.Minute, Of: func(ctx context.Context, _ string, _ func(*inspect.Partition) error) error {
		begun <- struct{}{}
		select {
		case <-end:
			return errors.New("it ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
	s := serve(t, o)
	first := make(chan answer)
	go func() { first <- s.ask("/sellers/S1/rules") }()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+Prefix+"/overview", nil)
		if err != nil {
			panic(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		second <- err
	}()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("an answer while there is no room: %v", err)
	}
	close(end)
	if a := <-first; a.status != http.StatusInternalServerError || !strings.Contains(string(a.body), "it ended") {
		t.Errorf("%d %s", a.status, a.body)
	}
	o.Timeout = time.Millisecond
	end = make(chan struct{})
	if p := serve(t, o).problem("/sellers/S1/rules", 503); !strings.Contains(p.Detail, "took too long") {
		t.Errorf("%+v", p)
	}
}

// After the process has stopped following, lists stay as they were and say so by their time; what needs the state says that it stops.
func TestAStoppedProcess(t *testing.T) {
	m := newMarket(t, random(1, 200))
	states := m.states()
	v, stop := m.follow(view.Options{})
	s := serve(t, Options{View: v, Of: states.Of, Rules: rules.BuiltIn()})
	before := s.ask("/sellers")
	stop()
	if after := s.ask("/sellers"); after.status != http.StatusOK || !bytes.Equal(after.body, before.body) {
		t.Errorf("%d %s, want %s", after.status, after.body, before.body)
	}
	if p := s.problem("/alerts/stream", 503); !strings.Contains(p.Detail, "the process ends") {
		t.Errorf("%+v", p)
	}
}

func TestTasksAndRules(t *testing.T) {
	failure := &task.Failure{Err: errors.New("it broke"), At: "orders/1@7", Remedy: "skip it", Since: time.UnixMilli(1_700_000_000_000), Tries: 3, Standby: true}
	s := serve(t, Options{View: view.New(view.Options{}), Rules: rules.BuiltIn(), Survey: survey.New(survey.Options{Member: func() string { return "m" }, Tasks: func() []task.Status {
		return []task.Status{{Partition: 1, Phase: task.Running, StreamTime: 1_700_000_000_000, Lag: 2, Blocked: 3, Delay: 1500 * time.Millisecond, LastMinute: 8, Fill: task.Fill{Step: task.Counting, Orders: 9, Of: 10}}, {Partition: 2, Phase: task.Failed, StreamTime: events.None, Restored: 4, ToRestore: 5, Rebuilt: 6, ToRebuild: 7, Failure: failure}}
	}})})
	const want = `{"member":"m","tasks":[{"partition":1,"phase":"running","stream_time":"2023-11-14T22:13:20.000Z","lag":2,"blocked":3,"restored":0,"to_restore":0,"rebuilt":0,"to_rebuild":0,"filling":{"step":"counting","orders":9,"of":10},"failure":null,"delay_seconds":1.5,"events_last_minute":8},` +
		`{"partition":2,"phase":"failed","stream_time":null,"lag":0,"blocked":0,"restored":4,"to_restore":5,"rebuilt":6,"to_rebuild":7,"filling":null,` +
		`"failure":{"role":"standby","at":"orders/1@7","error":"it broke","remedy":"skip it","since":"2023-11-14T22:13:20.000Z","tries":3},"delay_seconds":0,"events_last_minute":0}]}` + "\n"
	a := s.ask("/tasks")
	if conforms(t, "/tasks", "Tasks", a.body); string(a.body) != want {
		t.Errorf("%s, want %s", a.body, want)
	}
	if a := serve(t, Options{View: view.New(view.Options{})}).ask("/tasks"); string(a.body) != `{"member":null,"tasks":[]}`+"\n" {
		t.Errorf("without tasks: %s", a.body)
	}
	a = s.ask("/intake")
	if conforms(t, "/intake", "Intake", a.body); string(a.body) != `{"mapping":null,"group":null,"waits":null,"partitions":[]}`+"\n" {
		t.Errorf("without an intake: %s", a.body)
	}
	got := get200[Rules](s, "/rules", "Rules")
	for i, r := range rules.BuiltIn().Versions() {
		d := got.Rules[i]
		warn := ""
		if d.Warn != nil {
			warn = " warn " + *d.Warn
		}
		provisional := ""
		if d.Provisional {
			provisional = " provisional"
		}
		canonical := fmt.Sprintf("%s: %s %s over %dd lag %dd%s resolve %s min %d %s%s", d.Rule, d.Metric, *d.Target, *d.Days, d.Lag, warn, strings.Fields(*d.Resolve)[1], d.MinDenominator, d.Class, provisional)
		if canonical != r.Canonical() || string(d.Channel) != r.Channel().String() {
			t.Errorf("%s, want %s", canonical, r.Canonical())
		}
	}
}
