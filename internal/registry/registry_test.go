package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
)

// fake is a registry in this process that can be away, and counts what it is asked.
type fake struct {
	*srfake.Registry
	away  atomic.Int32 // the status that it answers with; 0: it is there
	asked atomic.Int32
}

func newFake(t *testing.T, o ...srfake.Option) *fake {
	t.Helper()
	f := &fake{Registry: srfake.New(o...)}
	t.Cleanup(f.Close)
	f.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		f.asked.Add(1)
		status := int(f.away.Load())
		if status != 0 {
			w.WriteHeader(status)
		}
		return status != 0
	})
	return f
}

// clock is one that a test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func client(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const record = `{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}`

func TestSchema(t *testing.T) {
	f := newFake(t)
	f.SeedSchema("r-value", 1, 5, sr.Schema{Schema: record})
	f.SeedSchema("json-value", 1, 6, sr.Schema{Schema: `{"type":"object"}`, Type: sr.TypeJSON})
	f.SeedSchema("proto-value", 1, 7, sr.Schema{Schema: `syntax = "proto3";`, Type: sr.TypeProtobuf})
	c := client(t, Options{URLs: []string{f.URL()}})
	for range 2 {
		if text, err := c.Schema(5); text != record || err != nil {
			t.Errorf("got %s, %v", text, err)
		}
		if _, err := c.Schema(6); !errors.Is(err, events.ErrForeignSchema) || !strings.Contains(err.Error(), "a schema of JSON Schema") {
			t.Errorf("of JSON: %v", err)
		}
		if _, err := c.Schema(7); !errors.Is(err, events.ErrForeignSchema) || !strings.Contains(err.Error(), "a schema of Protobuf") {
			t.Errorf("of Protobuf: %v", err)
		}
	}
	if n := f.asked.Load(); n != 3 {
		t.Errorf("it was asked %d times, want 3", n)
	}
}

// A schema that refers to others comes as one that stands alone, however these refer to each other.
func TestReferences(t *testing.T) {
	f := newFake(t)
	f.SeedSchema("money", 1, 1, sr.Schema{Schema: `{"type":"record","name":"m.Money","fields":[{"name":"cents","type":"long"}]}`})
	f.SeedSchema("line", 3, 2, sr.Schema{
		Schema:     `{"type":"record","name":"m.Line","fields":[{"name":"price","type":"m.Money"},{"name":"vat","type":["null","Money"]}]}`,
		References: []sr.SchemaReference{{Name: "m.Money", Subject: "money", Version: 1}},
	})
	f.SeedSchema("orders-value", 1, 3, sr.Schema{
		Schema:     `{"type":"record","name":"o.Order","fields":[{"name":"lines","type":{"type":"array","items":"m.Line"}},{"name":"total","type":"m.Money"}]}`,
		References: []sr.SchemaReference{{Name: "m.Line", Subject: "line", Version: 3}, {Name: "m.Money", Subject: "money", Version: 1}},
	})
	f.SeedSchema("broken-value", 1, 4, sr.Schema{
		Schema:     `{"type":"record","name":"o.Broken","fields":[{"name":"x","type":"m.Nowhere"}]}`,
		References: []sr.SchemaReference{{Name: "m.Money", Subject: "money", Version: 1}},
	})
	c := client(t, Options{URLs: []string{f.URL()}})
	text, err := c.Schema(3)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"record","name":"o.Order","fields":[{"name":"lines","type":{"type":"array","items":{"type":"record","name":"m.Line","fields":[
		{"name":"price","type":{"type":"record","name":"m.Money","fields":[{"name":"cents","type":"long"}]}},{"name":"vat","type":["null","m.Money"]}]}}},{"name":"total","type":"m.Money"}]}`
	if !sameForm(text, want) {
		t.Errorf("got %s", text)
	}
	if _, err := c.Schema(4); !errors.Is(err, events.ErrForeignSchema) || !strings.Contains(err.Error(), "m.Nowhere") {
		t.Errorf("a type that is nowhere: %v", err)
	}
}

// An id that the registry does not know is waited for, then refused, and asked for again later.
func TestUnknownID(t *testing.T) {
	f := newFake(t)
	now := &clock{time.Unix(0, 0)}
	c := client(t, Options{URLs: []string{f.URL()}, Clock: now.read, Patience: 3 * time.Second})
	for second := range 3 {
		_, err := c.Schema(9)
		if err == nil || errors.Is(err, events.ErrUnknownSchema) || !strings.Contains(err.Error(), "does not know yet schema id 9") {
			t.Errorf("after %d s: %v", second, err)
		}
		now.now = now.now.Add(time.Second)
	}
	asked := f.asked.Load()
	for range 3 {
		if _, err := c.Schema(9); !errors.Is(err, events.ErrUnknownSchema) || !strings.Contains(err.Error(), "for 3s") {
			t.Errorf("after 3 s: %v", err)
		}
	}
	if n := f.asked.Load() - asked; n != 1 {
		t.Errorf("it was asked %d times for what it does not know, want once", n)
	}
	f.SeedSchema("r-value", 1, 9, sr.Schema{Schema: record})
	now.now = now.now.Add(askRefused)
	if text, err := c.Schema(9); text != record || err != nil {
		t.Errorf("once it is there: %s, %v", text, err)
	}
	if c.Away() != nil {
		t.Errorf("it is away: %v", c.Away())
	}
}

// During an outage known ids are known, others wait, nobody asks all the time, and its beginning and end are logged once.
func TestOutage(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusUnauthorized, http.StatusNotFound, http.StatusTooManyRequests} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			f := newFake(t)
			f.SeedSchema("r-value", 1, 5, sr.Schema{Schema: record})
			f.SeedSchema("r-value", 2, 6, sr.Schema{Schema: record})
			now, log := &clock{time.Unix(0, 0)}, new(bytes.Buffer)
			c := client(t, Options{URLs: []string{f.URL()}, Clock: now.read, Logger: slog.New(slog.NewTextHandler(log, nil))})
			if _, err := c.Schema(5); err != nil {
				t.Fatal(err)
			}
			f.away.Store(int32(status))
			for range 20 {
				if text, err := c.Schema(5); text != record || err != nil {
					t.Errorf("a known id: %s, %v", text, err)
				}
				if _, err := c.Schema(6); err == nil || final(err) {
					t.Errorf("an unknown id: %v", err)
				}
				now.now = now.now.Add(time.Second)
			}
			if n := f.asked.Load(); n < 3 || n > 10 {
				t.Errorf("in 20 seconds it was asked %d times", n)
			}
			if c.Away() == nil || testutil.ToFloat64(c.metrics.away) != 1 {
				t.Errorf("it is not said to be away: %v", c.Away())
			}
			f.away.Store(0)
			now.now = now.now.Add(outageBackoff)
			if text, err := c.Schema(6); text != record || err != nil {
				t.Errorf("afterwards: %s, %v", text, err)
			}
			if c.Away() != nil || testutil.ToFloat64(c.metrics.away) != 0 {
				t.Errorf("it is still said to be away: %v", c.Away())
			}
			if n := strings.Count(log.String(), "\n"); n != 2 {
				t.Errorf("%d lines are logged, want 2:\n%s", n, log)
			}
		})
	}
}

// Of several instances one that answers is enough.
func TestInstances(t *testing.T) {
	down, up := newFake(t), newFake(t)
	down.away.Store(http.StatusServiceUnavailable)
	gone := newFake(t)
	gone.Close()
	up.SeedSchema("r-value", 1, 5, sr.Schema{Schema: record})
	c := client(t, Options{URLs: []string{gone.URL(), down.URL(), up.URL()}})
	if text, err := c.Schema(5); text != record || err != nil {
		t.Errorf("got %s, %v", text, err)
	}
}

// What proves who asks is sent with every question.
func TestAuthorize(t *testing.T) {
	f := newFake(t, srfake.WithAuth("Bearer token"))
	f.SeedSchema("r-value", 1, 5, sr.Schema{Schema: record})
	token := "old"
	c := client(t, Options{URLs: []string{f.URL()}, Clock: (&clock{time.Unix(0, 0)}).read, Authorize: func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}})
	if _, err := c.fetch(5); err == nil || !strings.Contains(err.Error(), "--schema-registry-token-file") {
		t.Errorf("with another token: %v", err)
	}
	token = "token"
	if _, err := c.fetch(5); err != nil {
		t.Error(err)
	}
}

func TestID(t *testing.T) {
	f := newFake(t)
	ctx, orders := t.Context(), schemas.Text("orders")
	c := client(t, Options{URLs: []string{f.URL()}})
	locked := client(t, Options{URLs: []string{f.URL()}, Locked: true})
	if _, err := locked.ID(ctx, "shop.orders", orders, time.Second); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), `look up schema of subject "shop.orders-value"`) {
		t.Errorf("where it is locked: %v", err)
	}
	id, err := c.ID(ctx, "shop.orders", orders, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]*Client{"registered again": c, "looked up": locked} {
		if got, err := of.ID(ctx, "shop.orders", orders, time.Second); got != id || err != nil {
			t.Errorf("%s: %d, %v, want %d", name, got, err, id)
		}
	}
	if text, err := c.Schema(id); err != nil || !sameForm(text, orders) {
		t.Errorf("its schema: %s, %v", text, err)
	}
	for naming, subject := range map[Naming]string{TopicName: "t-value", RecordName: "sellerpulse.Order", TopicRecordName: "t-sellerpulse.Order"} {
		named := client(t, Options{URLs: []string{f.URL()}, Subject: naming})
		if _, err := named.ID(ctx, "t", orders, time.Second); err != nil || !f.SubjectExists(subject) {
			t.Errorf("by %s there is no subject %s: %v", naming, subject, err)
		}
	}
}

// In a locked registry ours may be laid out otherwise, and without its documentation.
func TestIDOfTheSameForm(t *testing.T) {
	f := newFake(t)
	f.SeedSchema("t-value", 1, 1, sr.Schema{Schema: record})
	f.SeedSchema("t-value", 2, 8, sr.Schema{Schema: strings.ReplaceAll(schemas.Text("feedback"), `"doc"`, `"comment"`)})
	locked := client(t, Options{URLs: []string{f.URL()}, Locked: true})
	if id, err := locked.ID(t.Context(), "t", schemas.Text("feedback"), time.Second); id != 8 || err != nil {
		t.Errorf("got %d, %v", id, err)
	}
}

// A registry that refuses is not asked again; one that is away is, for a while.
func TestIDRefused(t *testing.T) {
	f := newFake(t)
	f.away.Store(http.StatusConflict)
	c := client(t, Options{URLs: []string{f.URL()}})
	_, err := c.ID(t.Context(), "t", record, time.Minute)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "compatibility") || f.asked.Load() != 1 {
		t.Errorf("asked %d times: %v", f.asked.Load(), err)
	}
	f.away.Store(http.StatusInternalServerError)
	if _, err := c.ID(t.Context(), "t", record, time.Second); err == nil || f.asked.Load() < 3 {
		t.Errorf("asked %d times: %v", f.asked.Load(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ID(ctx, "t", record, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// Whoever has time waits for an outage to end, and for no id to come.
func TestAwait(t *testing.T) {
	f := newFake(t)
	f.SeedSchema("r-value", 1, 5, sr.Schema{Schema: record})
	c := client(t, Options{URLs: []string{f.URL()}, Patience: time.Minute})
	f.ClearInterceptors()
	f.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		first := f.asked.Add(1) == 1
		if first {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return first
	})
	if text, err := c.Await(t.Context(), time.Minute)(5); text != record || err != nil {
		t.Errorf("got %s, %v", text, err)
	}
	if _, err := c.Await(t.Context(), time.Minute)(6); !errors.Is(err, events.ErrUnknownSchema) {
		t.Errorf("an id that does not come: %v", err)
	}
}

// What is kept has bounds.
func TestKept(t *testing.T) {
	f := newFake(t)
	c := client(t, Options{URLs: []string{f.URL()}})
	for i := range maxKnown + 10 {
		f.SeedSchema("r-value", i+1, i+1, sr.Schema{Schema: record})
		if _, err := c.Schema(uint32(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.known); n > maxKnown || n == 0 {
		t.Errorf("%d schemas are kept", n)
	}
	c.keep(1, answer{text: strings.Repeat(" ", maxKnownBytes)})
	if n := len(c.known); n != 1 {
		t.Errorf("%d schemas are kept beside one that takes all the room", n-1)
	}
}
