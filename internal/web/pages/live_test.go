package pages

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// published is a server of pages, and what they show.
type published struct {
	*httptest.Server
	health   string
	producer *stream.Producer
	end      func() // of following what is published
}

func newPublished(t *testing.T, o Options) *published {
	t.Helper()
	broker := brokertest.Embedded(t)
	p := &published{health: broker.Prefix + "health"}
	alerts := broker.Prefix + "alerts"
	client := enginetest.Topics(t, broker.Addresses, []stream.TopicSpec{{Name: p.health, Partitions: 1, ReplicationFactor: 1}, {Name: alerts, Partitions: 1, ReplicationFactor: 1}})
	var err error
	if p.producer, err = client.OpenIdempotent(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.View = view.New(view.Options{Client: client, SellerHealth: p.health, Alerts: alerts})
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- o.View.Run(ctx) }()
	p.end = end
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	enginetest.Eventually(t, "all is read", o.View.Whole)
	o.Zone, o.Logger, o.Clock = time.UTC, slog.New(slog.DiscardHandler), time.Now
	mux := http.NewServeMux()
	New(o).Register(mux)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// report publishes a report of a seller.
func (p *published) report(t *testing.T, seller string) {
	t.Helper()
	report := outputs.Report{SellerID: seller, AsOf: benchNow, Status: rules.StatusActive}
	out := []stream.Output{{TopicPartition: stream.TopicPartition{Topic: p.health}, Messages: []stream.Message{{Key: []byte(seller), Value: report.AppendAvro(nil), Timestamp: benchNow}}}}
	if _, err := p.producer.Produce(t.Context(), out); err != nil {
		t.Fatal(err)
	}
}

// ask asks for a path; header is "Name: value", or empty.
func (p *published) ask(t *testing.T, path, header string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		request.Header.Set(name, value)
	}
	response, err := p.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// listened is a stream.
type listened struct {
	*bufio.Scanner
	t *testing.T
}

func (p *published) listen(t *testing.T, path, header string) *listened {
	t.Helper()
	response := p.ask(t, path, header)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%s is %d %s", path, response.StatusCode, kind)
	}
	return &listened{bufio.NewScanner(response.Body), t}
}

// next is the next event, and its id; empty at the end.
func (l *listened) next() (event, id string) {
	l.t.Helper()
	for l.Scan() {
		switch field, value, _ := strings.Cut(l.Text(), ": "); {
		case field == "event":
			event = value
		case field == "id":
			id = value
		case field == "" && event != "":
			return event, id
		}
	}
	return "", ""
}

// A stream tells at once what its page missed, nothing that it has, and what is new from then on: of everybody, or of a seller alone.
func TestStream(t *testing.T) {
	p := newPublished(t, Options{})
	expect := func(l *listened, want string) (id string) {
		t.Helper()
		event, id := l.next()
		if event != want {
			t.Fatalf("the next event is %q, want %q", event, want)
		}
		return id
	}
	first := p.listen(t, "/live?seen=something+else", "")
	expect(first, "fresh")
	seen := expect(first, "changed")
	if id := expect(p.listen(t, "/live?seen="+seen, ""), "fresh"); id != "" {
		t.Errorf("as of when the lists are has the id %q", id)
	}
	of := p.listen(t, "/live?id=A", "")
	expect(of, "fresh")
	expect(of, "changed")
	p.report(t, "B")
	expect(first, "fresh")
	next := expect(first, "changed")
	if next == seen {
		t.Errorf("the id stays %q", seen)
	}
	expect(of, "fresh") // The bar is of all.
	p.report(t, "A")
	again := p.listen(t, "/live?seen=something+else", seenHeader+": "+next)
	expect(again, "fresh")
	expect(again, "changed") // What the browser says that it had last goes before what the page had.
	expect(of, "changed")
	p.end()
	for _, l := range []*listened{first, of, again} {
		for event := "fresh"; event != ""; {
			event, _ = l.next()
		}
	}
}

// There are no more streams than there may be: browsers are told so, and to ask again.
func TestStreamsAreBounded(t *testing.T) {
	p := newPublished(t, Options{Streams: 2})
	one, other := p.ask(t, "/live", ""), p.listen(t, "/live", "")
	other.next()
	third := p.listen(t, "/live", "")
	if event, _ := third.next(); event != "full" {
		t.Errorf("the third stream begins with %q", event)
	}
	if event, _ := third.next(); event != "" {
		t.Errorf("and goes on with %q", event)
	}
	one.Body.Close()
	enginetest.Eventually(t, "there is room again", func() bool {
		event, _ := p.listen(t, "/live", "").next()
		return event == "fresh"
	})
}

// A page that is there already is not sent again, and one that has changed is.
func TestPagesAreSentWhenTheyChanged(t *testing.T) {
	p := newPublished(t, Options{})
	p.report(t, "A")
	enginetest.Eventually(t, "it is read", func() bool { return p.ask(t, "/sellers/A", "").StatusCode == http.StatusOK })
	tags := map[string]string{}
	for _, path := range []string{"/", "/sellers", "/sellers/A", "/alerts", "/system"} {
		tag := p.ask(t, path, "").Header.Get("ETag")
		tags[path] = tag
		if tag == "" {
			t.Errorf("%s has no tag", path)
		}
		if status := p.ask(t, path, "If-None-Match: "+tag).StatusCode; status != http.StatusNotModified {
			t.Errorf("%s is %d where it is there already", path, status)
		}
		if status := p.ask(t, path, `If-None-Match: W/"0"`).StatusCode; status != http.StatusOK {
			t.Errorf("%s is %d where another is there", path, status)
		}
		if other := p.ask(t, path, "Accept-Language: sv").Header.Get("ETag"); other == tag {
			t.Errorf("%s is the same in Swedish", path)
		}
	}
	for _, path := range []string{"/sellers/nobody", "/nothing", "/sellers?after=x"} {
		if response := p.ask(t, path, ""); response.Header.Get("ETag") != "" {
			t.Errorf("%s, which is %d, has a tag", path, response.StatusCode)
		}
	}
	p.report(t, "B")
	enginetest.Eventually(t, "the list has one more", func() bool {
		return p.ask(t, "/sellers", "If-None-Match: "+tags["/sellers"]).StatusCode == http.StatusOK
	})
	if status := p.ask(t, "/sellers/A", "If-None-Match: "+tags["/sellers/A"]).StatusCode; status != http.StatusNotModified {
		t.Errorf("a seller is %d when another changed", status)
	}
}
