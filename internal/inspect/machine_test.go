package inspect_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

const day = enginetest.Day

// machine is an engine on a state in memory, from snapshots of which questions are answered.
type machine struct {
	testing.TB
	db       *state.DB
	keys     *state.Partition
	engine   *engine.Engine
	options  engine.Options
	inspect  inspect.Options
	commits  int64
	offsets  [events.NumTopics]int64
	alerts   []outputs.Alert // of the last commit
	position int64
	between  func() // called after a commit that does not end a step; nil for nothing
}

func newMachine(t testing.TB, zone *time.Location, o engine.Options) *machine {
	t.Helper()
	db, err := state.OpenInMemory()
	if err != nil {
		t.Fatal(err)
	}
	o.Zone, o.RetentionDays, o.CacheBytes = zone, cmp.Or(o.RetentionDays, 120), 1<<20
	if o.Rules == nil {
		o.Rules = rules.BuiltIn()
	}
	m := &machine{TB: t, db: db, options: o, inspect: inspect.Options{Rules: o.Rules, Zone: zone, RetentionDays: o.RetentionDays}}
	if m.keys, err = db.Partition(0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.must(m.keys.Close())
		m.must(db.Close())
	})
	m.must(m.keys.DeriveBy(o.Derivation()))
	m.engine = engine.New(m.keys, o)
	m.must(m.engine.Open())
	m.step(engine.Resume())
	return m
}

func (m *machine) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

// apply takes in an event as a producer sends it.
func (m *machine) apply(e events.Event) {
	m.Helper()
	m.applyAt(e.OccurredAt, e)
}

// applyAt is apply with the time of the record.
func (m *machine) applyAt(at events.Millis, e events.Event) {
	m.Helper()
	r := &engine.Record{Message: state.Message{
		Topic: e.Topic, Offset: m.offsets[e.Topic], Timestamp: at, Key: []byte(e.SellerID), Value: events.Encoder{}.AppendAvro(nil, &e),
	}}
	m.offsets[e.Topic]++
	if m.engine.Decode(r); r.Err != nil {
		m.Fatal(r.Err)
	}
	m.step(engine.Apply(r))
}

func (m *machine) advance(to events.Millis) {
	m.Helper()
	m.step(engine.Until(to))
}

func (m *machine) step(in engine.Input) {
	m.Helper()
	for {
		done, err := m.engine.Step(in)
		m.must(err)
		if done {
			return
		}
		if m.commit(); m.between != nil {
			m.between()
		}
	}
}

// commit makes what was taken in the state that snapshots are of.
func (m *machine) commit() {
	m.Helper()
	m.commits++
	c := m.engine.Commit([events.NumTopics]int64{m.commits})
	m.alerts = append(m.alerts[:0], c.Alerts...)
	m.engine.Committed()
	m.position += int64(len(c.Records))
	m.must(m.engine.Checkpoint(state.Saved{Position: m.position}))
}

// ask opens a snapshot for questions.
func (m *machine) ask() *asked {
	m.Helper()
	view := m.db.Snapshot()
	p, err := inspect.Open(view.Partition(0), m.inspect)
	if err != nil {
		_ = view.Close()
		m.Fatal(err)
	}
	return &asked{machine: m, Partition: p, view: view, reader: view.Partition(0), calendar: windows.NewCalendar(m.options.Zone)}
}

// asked is a snapshot and all that is in it.
type asked struct {
	*machine
	*inspect.Partition
	view     *state.View
	reader   *state.Reader
	calendar *windows.Calendar
}

func (a *asked) close() { a.must(a.view.Close()) }

// row is a live order as it is stored.
type row struct {
	id    string
	date  windows.Date
	order *windows.Order
	facts windows.Counts
}

// numbers are what an order adds to a metric: a miss that is excused is bad no longer, or no longer in the total.
func (r *row) numbers(metric *rules.Metric) (numerator, denominator int64) {
	of, among := metric.Measures()
	numerator, denominator = int64(r.facts[of]), int64(r.facts[among])
	switch excused := r.order.Excused(metric.Name); {
	case excused && metric.Good:
		denominator = numerator
	case excused:
		numerator = 0
	}
	return numerator, denominator
}

// rows are all live orders of a seller whose dates are kept: the newest date first, then by id.
func (a *asked) rows(seller string) (all []row) {
	a.Helper()
	clock, _, err := a.reader.Clock()
	a.must(err)
	oldest := a.calendar.Today(clock.AsOf(seller)) - windows.Date(a.options.RetentionDays)
	a.each(state.OrderKey, func(e *state.Entry) {
		if e.Seller != seller || len(e.Value) == 0 || e.Date < oldest {
			return
		}
		o := new(windows.Order)
		a.must(o.Decode(slices.Clone(e.Value)))
		all = append(all, row{e.Order, e.Date, o, o.Facts(clock.TimeOf(seller, e.Order))})
	})
	slices.SortFunc(all, func(x, y row) int { return cmp.Or(cmp.Compare(y.date, x.date), strings.Compare(x.id, y.id)) })
	return all
}

func (a *asked) each(kind state.Kind, do func(*state.Entry)) {
	a.Helper()
	c, err := a.reader.Read(kind, func(key []byte) { a.Fatalf("key %x", key) })
	a.must(err)
	for {
		more, err := c.Next()
		a.must(err)
		if !more {
			break
		}
		do(&c.Entry)
	}
	a.must(c.Close())
}

// sellers lists those that had a placed order.
func (a *asked) sellers() (ids []string) {
	a.Helper()
	a.each(state.SellerKey, func(e *state.Entry) { ids = append(ids, e.Seller) })
	return ids
}

// filter is which rows are asked for.
type filter struct {
	channel  rules.Channel
	line     *string
	from, to windows.Date
}

func (f *filter) has(r *row) bool {
	return f.from <= r.date && r.date <= f.to && (f.channel.Of() == 0 || f.channel.Of() == r.order.Channel) &&
		(f.line == nil || slices.Contains(r.order.Lines(nil), *f.line))
}

// count adds up a metric over rows.
func (f *filter) count(rows []row, metric *rules.Metric) (numerator, denominator int64) {
	for i := range rows {
		if f.has(&rows[i]) {
			n, d := rows[i].numbers(metric)
			numerator, denominator = numerator+n, denominator+d
		}
	}
	return numerator, denominator
}

// text is numbers as a text.
func text(n inspect.Numbers) string {
	return fmt.Sprintf("%d/%d=%s", n.Numerator, n.Denominator, enginetest.Number(n.Rate))
}

// naive is the text of what is counted.
func naive(numerator, denominator int64) string {
	if denominator == 0 {
		return fmt.Sprintf("%d/%d=null", numerator, denominator)
	}
	return fmt.Sprintf("%d/%d=%v", numerator, denominator, float64(numerator)/float64(denominator))
}

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
