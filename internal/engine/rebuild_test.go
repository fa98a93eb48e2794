package engine

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// zoneAt is a zone X whose data says that it is so many hours ahead of UTC.
func zoneAt(hours int) *time.Location { return time.FixedZone("X", hours*60*60) }

// date is the date under which an order is kept.
func (m *machine) date(seller, order string) windows.Date {
	m.t.Helper()
	s, err := m.engine.store.Seller(seller, m.engine.today)
	m.must(err)
	o, err := m.engine.store.Order(s, order)
	m.must(err)
	return o.Date
}

// An order stays under the date that it has, whatever later data of the zone says, until a PLACED gives another order_date.
func TestALiveOrderKeepsItsDate(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: zoneAt(0), RetentionDays: 120, TopicNames: topicNames})
	const date = windows.Date(20_000)
	placed := events.Millis(date)*day + day - 60*60*1000 // 23:00, which is 01:00 of the next day by the data to come.
	offset := int64(0)
	apply := func(e events.Event) {
		t.Helper()
		e.EventID, e.SellerID, e.OrderID = fmt.Sprint(offset), "S", "O"
		if e.Kind != events.OrderPlaced {
			e.OrderDate = events.None
		}
		e.ShipBy, e.DeliverBy = events.None, events.None
		m.apply(&Record{Message: state.Message{Topic: e.Topic, Offset: offset, Timestamp: e.OccurredAt, Key: []byte("S")}, Event: e})
		offset++
		m.commit()
		m.sound(fmt.Sprint("after event ", offset))
	}
	order := func(at, orderDate events.Millis) events.Event {
		return events.Event{Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: at, OrderDate: orderDate, Channel: events.MFN, Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}}
	}
	want := func(when string, want windows.Date) {
		t.Helper()
		if got := m.date("S", "O"); got != want {
			t.Errorf("%s: the order is kept under %v, want %v", when, got, want)
		}
	}
	apply(order(placed, placed))
	want("placed", date)
	m.options.Zone = zoneAt(2)
	m.restart(true)
	m.commit()
	m.sound("rebuilt")
	apply(events.Event{Topic: events.Feedback, Kind: events.FeedbackLeft, OccurredAt: placed + 1, PartID: "F", Rating: 1})
	want("after a fact", date)
	apply(order(placed+2, placed))
	want("after a PLACED with the same order_date", date)
	apply(order(placed+3, placed+1))
	want("after a PLACED with another order_date", date+1)
	apply(events.Event{Topic: events.Feedback, Kind: events.FeedbackRemoved, OccurredAt: placed + 4, PartID: "F"})
	want("after a correction", date+1)
	if dead := m.output.DeadLetters; len(dead) > 0 {
		t.Errorf("dead letters %v", deadLetterTexts(dead))
	}
}

// With the zone's data changing on the way, the engine says what a naive recomputation says, and a verification finds nothing.
func TestOtherDataOfTheZone(t *testing.T) {
	runs := 24
	if testing.Short() {
		runs = 6
	}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 31))
			log := randomLog(r, 400)
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: zoneAt(0), RetentionDays: 120, TopicNames: topicNames})
			m.options.CommitKeys = int(seed % 4)
			want := oracle.Run(nil, oracle.Options{Zone: zoneAt(0), ValidTracking: tracking.Valid})
			for i := range log {
				m.apply(&log[i])
				want.Take(oracleRecord(&log[i]))
				if r.IntN(40) > 0 {
					continue
				}
				m.commit()
				m.options.Zone = zoneAt(r.IntN(12)) // Forward and back.
				m.restart(r.IntN(2) == 0)
				want.SetZone(m.options.Zone)
				m.commit()
				m.sound(fmt.Sprint("after record ", i))
			}
			m.commit()
			enginetest.CompareLists(t, "dead letters", deadLetterTexts(m.output.DeadLetters), oracleDeadLetters(want))
			enginetest.CompareLists(t, "alerts", enginetest.AlertTexts(m.output.Alerts), oracleAlerts(want))
		})
	}
}

// spoil makes of what is derived what other facts might: buckets, timers, and what rows say of tracking numbers.
func (m *machine) spoil(r *rand.Rand) {
	m.t.Helper()
	type change struct{ key, value []byte }
	var changes []change
	m.must(m.state.Scan([]byte{0}, []byte{'~'}, func(key, value []byte) (bool, error) {
		e := &entry{bytes.Clone(key), append([]byte{}, value...)}
		switch {
		case key[0] == 'b' && r.IntN(3) == 0, key[0] == 't' && kindOfTimer(state.FactsDue)(e) && r.IntN(2) == 0:
			changes = append(changes, change{e.key, nil})
			if key[0] == 't' {
				e.key[8] ^= 1 // a millisecond off
				changes = append(changes, change{e.key, e.value})
			}
		case key[0] == 'o' && len(value) > 0:
			var o windows.Order
			m.must(o.Decode(e.value))
			for i := range o.Shipments {
				for j := range o.Shipments[i].Pairs {
					o.Shipments[i].Pairs[j].Valid = r.IntN(2) == 0
				}
			}
			changes = append(changes, change{e.key, o.Append(nil)})
		}
		return true, nil
	}))
	clock := m.changelog[len(m.changelog)-1]
	for _, c := range changes {
		if m.state.Put(c.key, c.value); c.key[0] == 'o' {
			m.changelog = append(m.changelog, state.Record{Key: c.key, Value: c.value})
		}
	}
	m.changelog = append(m.changelog, clock)
	m.must(m.state.Checkpoint(state.Saved{Position: int64(len(m.changelog))}))
}

// A state that was built with another version of the facts is, once rebuilt, what its rows say, wherever the rebuild is interrupted and
// however often; and its rules stand where its numbers are.
func TestAStateOfOtherFactsIsRebuilt(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 37))
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames, FactsVersion: 7})
			log := randomLog(r, 500)
			for i := range log[:400] {
				m.apply(&log[i])
			}
			m.commit()
			m.spoil(r)
			m.must(m.state.Close())
			m.options.FactsVersion = 0
			interruptions := 0
			for m.rebuildFor(1); m.rebuilding(); m.rebuildFor(1 + r.IntN(6)) {
				interruptions++
				view := m.db.Snapshot()
				result, err := verify.Partition(t.Context(), view, 0, verify.Options{Rules: m.options.Rules})
				m.must(view.Close())
				if _, other := errors.AsType[*verify.SettingsError](err); !other && (err != nil || result.Skipped == "") {
					t.Fatalf("a state that is being rebuilt is verified: %+v, %v", result, err)
				}
				m.must(m.state.Close())
			}
			m.engine.options.CommitKeys = 50_000
			if interruptions == 0 {
				t.Error("the rebuild was never interrupted")
			}
			m.commit()
			if result := m.sound("rebuilt"); result.Orders == 0 || result.Timers == 0 {
				t.Errorf("verified %+v", result)
			}
			for i := range log[400:] {
				m.apply(&log[400+i])
			}
			m.commit()
			m.sound("in the end")
		})
	}
}

// rebuildFor opens the state and rebuilds it, until the process ends after so many commits.
func (m *machine) rebuildFor(commits int) {
	m.t.Helper()
	m.restore()
	m.must(m.openEngine())
	m.engine.options.CommitKeys = 1
	m.stepFor(Resume(), commits)
}

// rebuilding is whether the state is to be rebuilt.
func (m *machine) rebuilding() bool {
	_, _, is := m.engine.Rebuilding()
	return is
}

// A rebuild hears that it is to stop, goes on where it was, and begins anew where the settings are others still.
func TestARebuildStopsAndGoesOn(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 37))
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames, FactsVersion: 7})
	log := randomLog(r, 500)
	for i := range log {
		m.apply(&log[i])
	}
	m.commit()
	m.spoil(r)
	m.must(m.state.Close())
	open := func(version int) {
		t.Helper()
		m.options.FactsVersion = version
		m.restore()
		m.must(m.openEngine())
	}
	stop := func() string {
		t.Helper()
		m.engine.options.CommitKeys = 1
		begun := string(m.engine.rebuild.from.Rebuild.After)
		after := begun
		for after == begun {
			done, err := m.engine.Step(Resume())
			if m.must(err); done {
				t.Fatal("the rebuild ended before a seller was done")
			}
			m.commit()
			after = string(m.engine.rebuild.from.Rebuild.After)
		}
		m.must(m.state.Close())
		return after
	}
	open(0)
	first := stop()
	open(0)
	if second := stop(); second <= first {
		t.Errorf("it went on at %q after %q", second, first)
	}
	open(8)
	if r := m.engine.rebuild.from.Rebuild; r.After != nil || !r.Derived {
		t.Errorf("for another version it goes on at %+v, want from the beginning", r)
	}
	m.must(m.state.Close())
	open(7) // The version that the state had before: a part of it is of another.
	if !m.rebuilding() {
		t.Error("a half-rebuilt state is taken for whole")
	}
	m.must(m.state.Close())
	open(0)
	m.step(Resume())
	m.commit()
	m.sound("in the end")
}

// Settings that make a state's numbers wrong are refused with the flag and both values; those that do not are not.
func TestSettingsOfAState(t *testing.T) {
	base := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, Partitioner: func([]byte) int32 { return 0 }, Topics: map[string]state.Topic{}}
	for _, use := range state.Uses() {
		base.Topics[use] = state.Topic{Name: use, ID: "id-" + use, Partitions: 2}
	}
	with := func(use string, change func(*state.Topic)) func(*Options) {
		return func(o *Options) {
			topics := map[string]state.Topic{}
			for u, topic := range base.Topics {
				if u == use {
					change(&topic)
				}
				topics[u] = topic
			}
			o.Topics = topics
		}
	}
	bigger := func(topic *state.Topic) { topic.Partitions = 4 }
	renamed := func(topic *state.Topic) { topic.Name = "x-" + topic.Name }
	replaced := func(topic *state.Topic) { topic.ID = "new" }
	for name, c := range map[string]struct {
		change func(*Options)
		want   []string // of the refusal; none if it is none
	}{
		"the same":              {func(*Options) {}, nil},
		"zone":                  {func(o *Options) { o.Zone = time.FixedZone("Europe/Berlin", 0) }, []string{"--time-zone", "UTC", "Europe/Berlin"}},
		"retention":             {func(o *Options) { o.RetentionDays = 200 }, []string{"--retention", "120d", "200d"}},
		"any partitioner":       {func(o *Options) { o.Partitioner = nil }, nil},
		"rules":                 {func(o *Options) { o.Rules = parseRules(t, otherRules) }, nil},
		"facts":                 {func(o *Options) { o.FactsVersion = 9 }, nil},
		"zone's data":           {func(o *Options) { o.Zone = time.FixedZone("UTC", 60*60) }, nil},
		"partitions of orders":  {with("orders", bigger), []string{"partitions of topic orders was 2 and is 4", "make the topics anew", "--app-id"}},
		"partitions of returns": {with("returns", bigger), []string{"partitions of topic returns was 2 and is 4"}},
		"partitions of the log": {with(state.Changelog, bigger), []string{"partitions of topic changelog was 2 and is 4"}},
		"partitions of alerts":  {with(state.Alerts, bigger), nil},
		"partitions of reports": {with(state.SellerHealth, bigger), nil},
		"name of claims":        {with("claims", renamed), []string{"--topic-claims", "claims", "x-claims"}},
		"name of alerts":        {with(state.Alerts, renamed), []string{"--topic-alerts", "x-alerts"}},
		"another alerts":        {with(state.Alerts, replaced), nil},
		"ids not known":         {with("orders", func(topic *state.Topic) { topic.ID = "" }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, base)
			m.commit()
			m.options = base
			c.change(&m.options)
			m.must(m.state.Close())
			m.restore()
			err := m.openEngine()
			var refusal *SettingsError
			if errors.As(err, &refusal) != (c.want != nil) || err != nil && refusal == nil {
				t.Fatalf("error %v, want it to be of settings: %v", err, c.want != nil)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		})
	}
}

// Where the topic of reports was made anew every report is published again, though no number changed.
func TestANewTopicOfReportsGetsThemAll(t *testing.T) {
	o := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames}
	o.Topics = map[string]state.Topic{state.SellerHealth: {Name: "seller-health", ID: "a", Partitions: 1}}
	m := newMachine(t, o)
	log := randomLog(rand.New(rand.NewPCG(1, 41)), 100)
	for i := range log {
		m.apply(&log[i])
	}
	publish := func() (published []string) {
		t.Helper()
		m.must(m.engine.PublishReports(Whenever, 1000))
		for _, r := range m.engine.pending.Reports {
			published = append(published, r.SellerID)
		}
		m.commit()
		slices.Sort(published)
		return published
	}
	m.commit()
	first := publish()
	if again := publish(); len(first) == 0 || again != nil {
		t.Fatalf("published %q, then %q; want some, then none", first, again)
	}
	m.options.Topics = map[string]state.Topic{state.SellerHealth: {Name: "seller-health", ID: "b", Partitions: 1}}
	m.restart(false)
	if got := publish(); !slices.Equal(got, first) {
		t.Errorf("published %q, want %q", got, first)
	}
}

// Once sellers are wherever producers put them, they are not taken for being where their keys say.
func TestAnyPartitionerIsNotLeft(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	m.commit()
	m.engine.options.Partitioner = func([]byte) int32 { return 0 }
	var refusal *SettingsError
	if err := m.engine.checkSettings(true); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--partitioner") {
		t.Errorf("error %v, want a refusal of the partitioner", err)
	}
}

// What an older version did not write is taken for what it is now, but for the ids of topics, which it wrote by their names.
func TestASettingThatIsNotKnownIsFilledIn(t *testing.T) {
	o := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, Topics: map[string]state.Topic{"orders": {Name: "shop-orders", ID: "a", Partitions: 2}}}
	for id, replaced := range map[string][]string{"a": nil, "b": {"shop-orders"}} {
		m := newMachine(t, o)
		now := o.Settings()
		m.engine.store.SetSettings(&state.Settings{Zone: now.Zone, Retention: now.Retention, Rules: now.Rules, OldIDs: map[string]string{"shop-orders": id}})
		m.commit()
		m.restart(false)
		if m.rebuilding() || !slices.Equal(m.engine.replaced, replaced) {
			t.Errorf("id %s: rebuilding %v, replaced %q; want %q", id, m.rebuilding(), m.engine.replaced, replaced)
		}
		m.commit()
		if is, err := m.engine.store.Partition.Settings(); err != nil || is.Topics["orders"] != o.Topics["orders"] || is.ZoneData == "" || is.FactsVersion != windows.FactsVersion || is.Redated {
			t.Errorf("id %s: settings %+v, %v", id, is, err)
		}
	}
}

// An older version wrote the ids of topics by their names: one that has another name is refused, as it is where the name was written.
func TestATopicRenamedWithAnUpdateIsRefused(t *testing.T) {
	o := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, Topics: map[string]state.Topic{
		"orders": {Name: "shop-orders", ID: "a", Partitions: 2}, state.Changelog: {Name: "shop-log", ID: "b", Partitions: 2}, state.Alerts: {Name: "shop-alerts", ID: "c", Partitions: 2},
	}}
	for name, refused := range map[string]bool{"shop-orders": false, "shop-orders-eu": true} {
		m := newMachine(t, o)
		now := o.Settings()
		m.engine.store.SetSettings(&state.Settings{Zone: now.Zone, Retention: now.Retention, Rules: now.Rules, OldIDs: map[string]string{name: "a", "shop-log": "b"}})
		m.commit()
		err := New(m.state, o).Open()
		var refusal *SettingsError
		if errors.As(err, &refusal) != refused || refused && !strings.Contains(err.Error(), "topic orders (--topic-orders) was one of shop-log, "+name+" and is shop-orders") {
			t.Errorf("%s: error %v, want a refusal: %v", name, err, refused)
		}
	}
}

// A seller in a partition that is not its key's is a difference, unless producers are trusted.
func TestVerificationFindsSellersOfOtherPartitions(t *testing.T) {
	m := damaged(t)
	elsewhere := func([]byte, int32) int32 { return 1 }
	for partitioner, want := range map[string]bool{state.Murmur2: true, state.AnyPartition: false} {
		settings := m.options.Settings()
		settings.Partitioner, settings.Topics = partitioner, map[string]state.Topic{"orders": {Name: "orders", Partitions: 2}}
		m.engine.store.SetSettings(settings)
		m.must(m.state.Checkpoint(state.Saved{Position: m.commits}))
		view := m.db.Snapshot()
		result, err := verify.Partition(t.Context(), view, 0, verify.Options{Rules: rules.BuiltIn(), PartitionOf: elsewhere})
		m.must(errors.Join(err, view.Close()))
		found := slices.ContainsFunc(result.Differences, func(d verify.Difference) bool {
			return d.Kind == verify.KindSeller && d.Computed == "in partition 1 of 2, by murmur2"
		})
		if found != want || (result.Total > 0) != want {
			t.Errorf("%s: found %+v, want a seller: %v", partitioner, result.Differences, want)
		}
	}
}
