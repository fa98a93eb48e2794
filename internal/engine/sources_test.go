package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// storedRow is an order's row as it is stored.
type storedRow struct {
	seller, order string
	row           []byte
}

// rows is all rows of live orders.
func (m *machine) rows() (all []storedRow) {
	m.t.Helper()
	m.must(m.state.Scan([]byte{'o'}, []byte{'p'}, func(key, row []byte) (bool, error) {
		seller, rest, _ := bytes.Cut(key[1:], []byte{0, 1})
		if len(row) > 0 {
			all = append(all, storedRow{string(seller), string(rest[4:]), bytes.Clone(row)})
		}
		return true, nil
	}))
	return all
}

// traced checks that each row is what the events behind it make, which are of that order, and the first of those that were sent more than once.
func (m *machine) traced(log []Record) {
	m.t.Helper()
	var topics [events.NumTopics][]*Record
	for i := range log {
		topics[log[i].Topic] = append(topics[log[i].Topic], &log[i])
	}
	for _, stored := range m.rows() {
		var o, again windows.Order
		m.must(o.Decode(stored.row))
		again.Reset()
		for _, w := range o.Events() {
			r := topics[w.Topic][w.Offset]
			if r.Offset != w.Offset || r.Event.SellerID != stored.seller || r.Event.OrderID != stored.order {
				m.t.Errorf("order %q of seller %q has %v of %+v", stored.order, stored.seller, w.Registers, r.Event)
			}
			if w.Offset > 0 && topics[w.Topic][w.Offset-1].Event.EventID == r.Event.EventID {
				m.t.Errorf("order %q of seller %q has %v of what was sent again at %v %d", stored.order, stored.seller, w.Registers, w.Topic, w.Offset)
			}
			again.Apply(&r.Event, w.Offset)
		}
		if row := again.Append(nil); !bytes.Equal(row, stored.row) {
			m.t.Errorf("the events behind order %q of seller %q make the row\n%x\nnot\n%x", stored.order, stored.seller, row, stored.row)
		}
	}
}

// An event that waited for its order is behind it at its own offset, whatever was committed and restored meanwhile.
func TestParkedEventsKeepTheirOffsets(t *testing.T) {
	var w waiting
	w.add(events.Feedback, "LEFT", "order", 0)
	for range 100 {
		w.add(events.Feedback, "LEFT", "another", 0)
	}
	w.add(events.Orders, "CONFIRMED", "order", 0)
	w.add(events.Orders, "PLACED", "order", 0)
	w.add(events.Orders, "REFUNDED", "order", 0)
	m := parkedMachine(t)
	m.take(w.log)
	rows := m.rows()
	if len(rows) != 1 {
		t.Fatalf("%d rows, want one", len(rows))
	}
	var o windows.Order
	m.must(o.Decode(rows[0].row))
	want := []windows.Written{
		{Topic: events.Orders, Offset: 101, Registers: []windows.Register{{Name: "confirmed"}}},
		{Topic: events.Orders, Offset: 102, Registers: []windows.Register{{Name: "placed"}}},
		{Topic: events.Orders, Offset: 103, Registers: []windows.Register{{Name: "refunded"}}},
		{Topic: events.Feedback, Offset: 0, Registers: []windows.Register{{Part: "f", Name: "rating"}}},
	}
	if got := o.Events(); !reflect.DeepEqual(got, want) {
		t.Errorf("the events are %+v, want %+v", got, want)
	}
}

// untraced is a row as the version before sources wrote it.
func (m *machine) untraced(row []byte) []byte {
	m.t.Helper()
	var o windows.Order
	m.must(o.Decode(row))
	without := windows.Order{
		PlacedAt: o.PlacedAt, OrderDate: o.OrderDate, Channel: o.Channel, Pending: o.Pending, Items: o.Items, Confirmed: o.Confirmed, ShipBy: o.ShipBy,
		DeliverBy: o.DeliverBy, Cancelled: o.Cancelled, Refunded: o.Refunded, Shipments: o.Shipments, Feedbacks: o.Feedbacks, Claims: o.Claims,
		Chargebacks: o.Chargebacks, Returns: o.Returns,
	}
	for i := range without.Shipments {
		without.Shipments[i].ScannedAt = events.None
	}
	return without.Append(nil)
}

// age makes the state and its changelog what the version before sources would have left.
func (m *machine) age() {
	m.t.Helper()
	for i := range m.changelog {
		r := &m.changelog[i]
		settings, err := state.DecodeSettings(r.Key, r.Value)
		switch m.must(err); {
		case settings != nil:
			settings.RowVersion = 0
			*r = settings.Record()
		case r.Key[0] == 'o' && len(r.Value) > 0:
			r.Value = m.untraced(r.Value)
		}
	}
	m.must(m.state.Clear())
	m.must(m.state.Close())
	m.restore()
}

// A state of the version before goes on, by whatever it is restored: what comes out is the same, and rows tell of the events since then.
func TestAStateWithoutSourcesGoesOn(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 41))
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
			log := randomLog(r, 250)
			var since [events.NumTopics]int64
			for i := range log[:180] {
				m.apply(&log[i])
				since[log[i].Topic] = log[i].Offset + 1
			}
			m.commit()
			m.age()
			m.open()
			if got := m.rows(); len(got) == 0 || slices.ContainsFunc(got, func(s storedRow) bool { return s.row[0] != 1 }) {
				t.Fatalf("%d rows, and not all of the first version", len(got))
			}
			for i := range log[180:] {
				m.apply(&log[180+i])
				if r.IntN(40) == 0 {
					m.commit()
					m.restart(r.IntN(2) == 0)
				}
			}
			end := log[len(log)-1].Event.OccurredAt
			m.advance(end)
			m.commit()
			compareWithOracle(t, m, log, time.UTC, end)
			m.tracedSince(since)
		})
	}
}

// A state of the version before that is rebuilt says of what version its rows may be from the first commit on, which writes some.
func TestARebuildTellsTheVersionOfRows(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames, FactsVersion: 7})
	log := randomLog(rand.New(rand.NewPCG(1, 41)), 100)
	for i := range log {
		m.apply(&log[i])
	}
	m.commit()
	m.age()
	m.options.FactsVersion = 0
	m.rebuildFor(1)
	settings, err := m.state.Settings()
	if m.must(err); settings.Rebuild == nil || settings.RowVersion != windows.RowVersion {
		t.Errorf("the settings are %+v, want that they are being rebuilt, and rows of version %d", settings, windows.RowVersion)
	}
}

// tracedSince checks that the settings and rows tell of their version, and rows of events from offsets on alone, but for those that waited for an order
// that was placed since.
func (m *machine) tracedSince(since [events.NumTopics]int64) {
	m.t.Helper()
	settings, err := m.state.Settings()
	if m.must(err); settings.RowVersion != windows.RowVersion {
		m.t.Errorf("the settings are of a state with rows of version %d", settings.RowVersion)
	}
	known, unknown, first := 0, 0, 0
	for _, stored := range m.rows() {
		var o windows.Order
		m.must(o.Decode(stored.row))
		if stored.row[0] == 1 {
			first++
		}
		for _, w := range o.Events() {
			if w.Offset == windows.NoOffset {
				unknown++
				continue
			}
			if known++; w.Offset < since[w.Topic] && o.PlacedSource.Offset() < since[events.Orders] {
				m.t.Errorf("order %q of seller %q has %v of offset %d, from before", stored.order, stored.seller, w.Registers, w.Offset)
			}
		}
	}
	if known == 0 || unknown == 0 || first == 0 {
		m.t.Errorf("%d events are known and of %d topics some are not, and %d rows were left as they were: the test tests nothing", known, unknown, first)
	}
}
