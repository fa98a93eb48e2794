package oracle

import (
	"bytes"
	"slices"
	"time"

	"sellerpulse/pkg/events"
)

const (
	maxAhead     = 10 * minute // of an event before its record
	parkedFor    = 90 * day
	daysKeyLives = 90 // after an order expired

	maxParked      = 1_000   // events of an order that was not placed
	maxParkedBytes = 4 << 20 // of those, values and headers
)

// Result is what came of a partition's log so far. StreamTime is [events.None] before the first event.
type Result struct {
	StreamTime  events.Millis
	Alerts      []Alert
	DeadLetters []DeadLetter

	options  Options
	policy   *policy
	calendar *calendar
	sellers  map[string]*seller // of sellers with a placed order
	parked   []parked           // as they came
	expiries []expiry           // of dates, while their counts are kept
}

type seller struct {
	name   string
	orders map[string]*order // by their ids
	frozen []*order          // those that have expired and still count
	rules  map[ruleKey]*kept
	places map[string]*places // by the full names of rules
	due    []events.Millis    // sorted; of all orders; nil when to be found again
}

// order is a placed order.
type order struct {
	id     string
	events history

	dated events.Millis // the order_date that date is of
	date  Day           // by the zone's data when that was written

	frozen *frozen // nil until it has expired and still counts

	facts      map[reasons]*facts // as of factsAt; empty when to be found again
	factsAt    events.Millis
	factsUntil events.Millis // the next instant at which they may be others
}

// parked is an event that came before its order, and the stream time after it had come.
type parked struct {
	record  Record
	arrived events.Millis
}

// Run applies the records of one partition in the order in which they are given.
func Run(records []Record, o Options) *Result {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.RetentionDays == 0 {
		o.RetentionDays = 120
	}
	if o.HistoryDays == 0 {
		o.HistoryDays = o.RetentionDays
	}
	if o.Rules == nil {
		o.Rules = BuiltIn()
	}
	r := &Result{StreamTime: events.None, options: o, policy: compile(o.Rules), calendar: &calendar{zone: o.Zone, lastAt: events.None}, sellers: map[string]*seller{}}
	for i := range records {
		r.Take(records[i])
	}
	return r
}

// Take takes the next record: to the dead letters, to the parked ones, or to its order.
func (r *Result) Take(record Record) {
	e := &record.Event
	if reason := r.validate(&record); reason != "" {
		r.bury(&record, reason)
		return
	}
	if e.Kind != events.OrderPlaced && r.tooMany(&record) {
		r.bury(&record, Orphan)
		return
	}
	r.AsOf(e.OccurredAt)
	if e.Kind != events.OrderPlaced && r.find(e, r.StreamTime) == nil {
		r.parked = append(r.parked, parked{record, r.StreamTime})
		return
	}
	s := r.apply(e)
	r.evaluate(s, Cause{
		Kind: CauseEvent, Topic: record.Topic, Partition: record.Partition, Offset: record.Offset,
		EventID: e.EventID, OrderID: e.OrderID, EventKind: e.Kind,
	}, false)
}

func (r *Result) bury(record *Record, reason string) {
	r.DeadLetters = append(r.DeadLetters, DeadLetter{record.Topic, record.Partition, record.Offset, reason})
}

// validate gives the reason why a record cannot be applied, or nothing.
func (r *Result) validate(record *Record) string {
	if reason := record.refused(r.options.Partitions); reason != "" {
		return reason
	}
	if r.tooOld(&record.Event) {
		return Expired
	}
	return ""
}

// refused gives the reason why a record can never be applied, or nothing.
func (r *Record) refused(partitions int) string {
	e := &r.Event
	switch {
	case r.Undecodable:
		return Undecodable
	case r.notAnEvent():
		return Invalid
	case !bytes.Equal(r.Key, []byte(e.SellerID)), partitions > 0 && partitionOf(r.Key, partitions) != r.Partition:
		return Misrouted
	case e.OccurredAt > r.Timestamp+maxAhead: // Below 0 Kafka has no time, and nothing is early enough.
		return Future
	}
	return ""
}

// tooMany is whether as much is parked for the order of a record, at the stream time before it, that it cannot be parked too.
func (r *Result) tooMany(record *Record) bool {
	waiting, bytes := 0, record.Bytes
	for _, p := range r.parked {
		if p.record.Event.SellerID == record.Event.SellerID && p.record.Event.OrderID == record.Event.OrderID {
			waiting++
			bytes += p.record.Bytes
		}
	}
	return waiting > 0 && (waiting >= maxParked || bytes > maxParkedBytes)
}

// tooOld is whether an event, once it had moved stream time, would be of an order that has expired.
func (r *Result) tooOld(e *events.Event) bool {
	now := max(r.StreamTime, e.OccurredAt)
	if o := r.find(e, now); o != nil && r.expired(r.dateOf(o), now) {
		return true
	}
	if e.Kind != events.OrderPlaced {
		return false
	}
	if o := r.find(e, now); o != nil && e.OrderDate == o.dated {
		return false // It gives no other date.
	}
	return r.expired(r.calendar.date(e.OrderDate), now)
}

// expired is whether an order date is older than the retention at a stream time.
func (r *Result) expired(date Day, now events.Millis) bool {
	return date+Day(r.options.RetentionDays) < r.calendar.today(now)
}

// dateOf is the date under which an order counts: it stays, whatever the zone's data says later, until a PLACED gives another order_date.
func (r *Result) dateOf(o *order) Day { return o.date }

// redate gives an order its date anew if its order_date is another.
func (r *Result) redate(o *order) {
	at := o.events.of(events.OrderPlaced).register(byPlaced).OrderDate
	if o.date == 0 || at != o.dated {
		o.dated, o.date = at, r.calendar.date(at)
	}
}

// find is the order of an event, nil if it was not placed or its key is gone by a stream time.
func (r *Result) find(e *events.Event, now events.Millis) *order {
	s := r.sellers[e.SellerID]
	if s == nil || s.orders[e.OrderID] == nil {
		return nil
	}
	o := s.orders[e.OrderID]
	if r.dateOf(o)+Day(r.options.RetentionDays)+daysKeyLives < r.calendar.today(now) {
		return nil
	}
	return o
}

// apply adds an event to its order, and if that makes the order, all that is parked for it.
func (r *Result) apply(e *events.Event) *seller {
	s := r.sellers[e.SellerID]
	if s == nil {
		s = &seller{name: e.SellerID, orders: map[string]*order{}, rules: map[ruleKey]*kept{}, places: map[string]*places{}}
		r.sellers[e.SellerID] = s
	}
	o := r.find(e, r.StreamTime)
	if o == nil {
		o = &order{id: e.OrderID}
		s.orders[e.OrderID] = o
	}
	o.events = append(o.events, *e)
	r.parked = slices.DeleteFunc(r.parked, func(p parked) bool {
		joins := p.record.Event.SellerID == e.SellerID && p.record.Event.OrderID == e.OrderID
		if joins {
			o.events = append(o.events, p.record.Event)
		}
		return joins
	})
	r.redate(o)
	o.facts, s.due = nil, nil
	return s
}

// at are the facts of an order, as far as claims and returns have some reasons: at the present stream time, or as it expired.
func (r *Result) at(o *order, of reasons) *facts {
	now := r.StreamTime
	if o.frozen != nil {
		now = o.frozen.at
	}
	if now < o.factsAt || now >= o.factsUntil {
		o.facts = map[reasons]*facts{}
	}
	if len(o.facts) == 0 {
		all := r.factsOf(o, now, 0)
		o.facts, o.factsAt, o.factsUntil = map[reasons]*facts{0: all}, now, never
		for _, due := range all.due {
			if due > now {
				o.factsUntil = min(o.factsUntil, due)
			}
		}
	}
	if o.facts[of] == nil {
		o.facts[of] = r.factsOf(o, now, of)
	}
	return o.facts[of]
}
