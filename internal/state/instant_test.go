package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/state"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

const (
	retention = 9
	day       = 24 * 60 * 60 * 1000
)

const ruleText = `
rules:
  - {name: odr, metric: order_defect_rate, window: 5d, lag: 2d, target: "< 0.3", class: contractual}
  - {name: returns, metric: return_dissatisfaction_rate, window: 4d, target: "< 0.3", warn: 0.1, resolve: 0.2, class: advisory}
  - {name: on-time, metric: on_time_delivery_rate, window: 4d, target: "> 0.5", class: advisory}
`

// act is one thing that comes in: an event of an order, or one that waits for its order.
type act struct {
	at            events.Millis
	seller, order string
	event         events.Event
	waits         bool
}

// machine works off acts by the steps that state.Instant has, as simply as can be, and may be cut between any two of them.
type machine struct {
	t        *testing.T
	db       *state.DB
	rules    *rules.Set
	plan     *plan.Plan
	tally    *windows.Tally
	zone     *time.Location
	life     state.Lifetime
	edges    []windows.Edge
	acts     []act
	random   *rand.Rand
	cut      func(m *machine) error // between two steps; nil for never
	log      []state.Record
	steps    int
	dividing int // cuts between timers of an instant
	sweeping int // and in a sweep

	p             *state.Partition
	store         *state.Store
	clock         state.Clock
	order         windows.Order
	before, after state.Derived
}

func newMachine(t *testing.T, zone *time.Location, acts []act) *machine {
	t.Helper()
	db, err := state.Open(state.Options{FileSystem: vfs.NewMem(), Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	set, err := rules.Parse([]byte(ruleText), retention)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, db: db, rules: set, plan: plan.Of(set), zone: zone, acts: acts}
	m.tally = windows.NewTally(m.plan.Program)
	m.life = state.Lifetime{Calendar: windows.NewCalendar(zone), RetentionDays: retention}
	for _, r := range set.Versions() {
		enters, leaves := r.Window().Edges()
		m.edges = append(m.edges, enters, leaves)
	}
	m.open()
	settings := &state.Settings{Zone: zone.String(), Retention: retention, Rules: map[string]string{}}
	for _, r := range set.Versions() {
		settings.Rules[r.Name] = r.Canonical()
	}
	m.store.SetSettings(settings)
	m.commit()
	return m
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) open() {
	m.t.Helper()
	var err error
	m.p, err = m.db.Partition(0)
	m.must(err)
	m.must(m.p.DeriveBy(m.basis(m.plan)))
	names := []string{}
	for _, r := range m.rules.Versions() {
		names = append(names, r.Name)
	}
	m.store = state.NewStore(m.p, state.StoreOptions{Layout: windows.NewLayout(m.plan.Program, nil), Rules: names, Bytes: 1 << 10})
	m.must(m.store.Open())
	m.clock, _, err = m.store.Clock()
	m.must(err)
}

func (m *machine) commit() {
	for _, r := range m.store.Take(m.clock) {
		m.log = append(m.log, state.Record{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
	}
	m.store.Committed()
}

func (m *machine) checkpoint() {
	m.t.Helper()
	m.must(m.store.Checkpoint(state.Saved{Position: int64(len(m.log))}))
}

// basis is by what all is derived that a plan counts.
func (m *machine) basis(by *plan.Plan) string {
	settings := state.Settings{Zone: m.zone.String(), Retention: retention}
	return settings.Derivation(by.Program)
}

// follow brings a partition to the end of the changelog.
func (m *machine) follow(partition int32) { m.followBy(partition, m.plan) }

func (m *machine) followBy(partition int32, by *plan.Plan) {
	m.t.Helper()
	p, err := m.db.Partition(partition)
	m.must(err)
	m.must(p.DeriveBy(m.basis(by)))
	r := state.NewRestorer(p, m.life, by.Program)
	m.readOn(r, p)
	if p.Underived() {
		m.must(r.Rebuild(m.t.Context(), nil))
	}
	m.must(p.Close())
}

// readOn reads the changelog to its end.
func (m *machine) readOn(r *state.Restorer, p *state.Partition) {
	m.t.Helper()
	r.CarryOut(1 + m.random.IntN(4))
	for at := p.Position(); at < int64(len(m.log)); {
		next := min(int64(len(m.log)), at+1+m.random.Int64N(100))
		for ; at < next; at++ {
			m.must(r.Add(at, m.log[at].Key, m.log[at].Value))
		}
		if m.random.IntN(5) == 0 {
			m.must(r.WriteInPart())
			at = p.Position()
			continue
		}
		m.must(r.Write(state.Saved{Position: next}))
	}
}

// crash drops what is not committed and goes on from the changelog.
func (m *machine) crash(fromNothing bool) {
	m.t.Helper()
	if fromNothing {
		m.must(m.p.Clear())
	}
	m.must(m.p.Close())
	m.follow(0)
	m.open()
}

// content is all keys of a partition, but for dates: one of which no order is left, another date having been given it, stays until it is swept.
func (m *machine) content(partition int32, dates bool) map[string]string {
	m.t.Helper()
	p, err := m.db.Partition(partition)
	m.must(err)
	return m.contentOf(p, dates)
}

// contentOf is that of a partition that is open, and closes it.
func (m *machine) contentOf(p *state.Partition, dates bool) map[string]string {
	m.t.Helper()
	all := map[string]string{}
	m.must(p.Scan([]byte{0}, []byte{'~'}, func(key, value []byte) (bool, error) {
		if key[0] != 'd' || dates {
			all[string(key)] = string(value)
		}
		return true, nil
	}))
	m.must(p.Close())
	return all
}

func (m *machine) same(when string, got, want map[string]string) {
	m.t.Helper()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if value, ok := got[key]; !ok || value != want[key] {
			m.t.Errorf("%s: key %q is %x, %v, want %x", when, key, value, ok, want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			m.t.Errorf("%s: there is key %q", when, key)
		}
	}
	if m.t.Failed() {
		m.t.FailNow()
	}
}

func (m *machine) verify(when string, partition int32) {
	m.t.Helper()
	view := m.db.Snapshot()
	defer func() { m.must(view.Close()) }()
	result, err := verify.Partition(m.t.Context(), view, partition, verify.Options{Rules: m.rules, Zone: m.zone})
	if m.must(err); result.Total > 0 {
		m.t.Fatalf("%s: %+v at %+v", when, result.Differences, m.clock)
	}
}

var errCut = errors.New("cut")

// step is between two steps.
func (m *machine) step() error {
	m.steps++
	if m.cut == nil {
		return nil
	}
	return m.cut(m)
}

// run works off the acts, and crashes and goes on wherever it is cut.
func (m *machine) run(until events.Millis) {
	m.t.Helper()
	for {
		err := m.runOn(until)
		if err == nil {
			return
		}
		if !errors.Is(err, errCut) {
			m.t.Fatal(err)
		}
		m.crash(m.random.IntN(2) == 0)
	}
}

func (m *machine) runOn(until events.Millis) error {
	if m.clock.Instant != nil {
		if err := m.instant(); err != nil {
			return err
		}
	}
	for i := m.clock.Offsets[0]; i < int64(len(m.acts)); i++ {
		a := &m.acts[i]
		if err := m.advance(a.at); err != nil {
			return err
		}
		if err := m.apply(a); err != nil {
			return err
		}
		m.clock.Offsets[0] = i + 1
		if err := m.step(); err != nil {
			return err
		}
	}
	return m.advance(until)
}

func (m *machine) advance(to events.Millis) error {
	for m.clock.StreamTime != events.None && m.clock.StreamTime < to {
		at, timer, err := m.store.NextTimer(to)
		if err != nil {
			return err
		}
		if start := m.life.Calendar.Start(m.life.Calendar.Today(m.clock.StreamTime) + 1); start <= to && (!timer || start < at) {
			at, timer = start, true
		}
		if !timer {
			break
		}
		m.clock.StreamTime, m.clock.Instant = at, &state.Instant{}
		if err := m.instant(); err != nil {
			return err
		}
	}
	m.clock.StreamTime = max(to, m.clock.StreamTime)
	return nil
}

// instant goes through an instant, from wherever it is.
func (m *machine) instant() error {
	at := m.clock.StreamTime
	today := m.life.Calendar.Today(at)
	before := m.life.Calendar.Today(at - 1)
	if !m.clock.Instant.Sweeping {
		if err := m.move(before+1, today); err != nil {
			return err
		}
		m.set(state.Instant{Sweeping: true})
	}
	if swept := m.life.SweptBy(today); swept > before {
		if err := m.sweep(swept); err != nil {
			return err
		}
		m.store.ForgetDates(swept - m.life.ForgottenAfter() + 1)
	}
	m.clock.Instant = nil
	return m.step()
}

func (m *machine) set(i state.Instant) { m.clock.Instant = &i }

// move makes timers fire and windows slide to each of the days that begin, seller by seller.
func (m *machine) move(first, today windows.Date) error {
	var dates []windows.Date
	for _, edge := range m.edges {
		for date := edge.Passed(first-1) + 1; date <= edge.Passed(today); date++ {
			dates = append(dates, date)
		}
	}
	sliding := m.store.SellersOf(dates, 1+m.random.IntN(3))
	for {
		next := m.clock.Instant.Next
		id, ok, err := sliding.From(next.Seller)
		if err != nil {
			return err
		}
		timer, due, err := m.store.NextDue(m.clock.StreamTime)
		if err != nil {
			return err
		}
		if due && (!ok || timer.Seller < id) {
			id, ok = timer.Seller, true
		}
		if begun := m.clock.Instant.Begun(); begun && (!ok || next.Seller < id) {
			id, ok = next.Seller, true
		}
		if !ok {
			return nil
		}
		if err := m.moveOne(id, today); err != nil {
			return err
		}
	}
}

func (m *machine) moveOne(id string, today windows.Date) error {
	for {
		timer, due, err := m.store.NextDue(m.clock.StreamTime)
		if err != nil {
			return err
		}
		if !due || timer.Seller != id {
			break
		}
		if err := m.fire(timer, today); err != nil {
			return err
		}
		m.store.DeleteTimer(m.clock.StreamTime, timer)
		m.set(state.Instant{Next: timer.Next()})
		if err := m.step(); err != nil {
			return err
		}
	}
	seller, err := m.store.Seller(id, today)
	if err != nil {
		return err
	}
	m.evaluate(seller, today)
	m.set(state.Instant{Next: state.AfterSeller(id)})
	return m.step()
}

func (m *machine) fire(timer state.Timer, today windows.Date) error {
	seller, err := m.store.Seller(timer.Seller, today)
	if err != nil {
		return err
	}
	o, err := m.store.Order(seller, timer.Order)
	if err != nil {
		return err
	}
	if timer.Kind == state.OrphanDue {
		return m.orphans(seller, o)
	}
	if o.Status != state.Live {
		return nil
	}
	at := m.clock.StreamTime
	m.derive(o, m.life.CountedAt(o.Date, at-1), &m.before)
	m.derive(o, m.life.CountedAt(o.Date, at), &m.after)
	return m.count(seller)
}

func (m *machine) orphans(seller *state.Seller, o *state.Order) error {
	parked, err := m.store.ParkedEvents(seller.ID, o.ID)
	if err != nil {
		return err
	}
	left, size := 0, int64(0)
	for i := range parked {
		if e := &parked[i]; e.Arrived+state.OrphanAfter < m.clock.StreamTime {
			m.store.Unpark(seller.ID, o.ID, e)
		} else {
			left, size = left+1, size+int64(e.Size())
		}
	}
	m.store.SetParked(seller, o, left, size)
	return nil
}

func (m *machine) derive(o *state.Order, at events.Millis, d *state.Derived) {
	m.t.Helper()
	d.Nothing()
	if o.Status == state.Live {
		m.order.Reset()
		m.must(m.order.Decode(o.Row))
		d.Derive(m.tally, &m.order, o.Date, at)
	}
}

func (m *machine) count(seller *state.Seller) error {
	_, err := state.Count(seller.Windows, &m.before, &m.after)
	m.store.ChangedWindows(seller)
	return err
}

func (m *machine) evaluate(seller *state.Seller, today windows.Date) {
	if !seller.Known {
		return
	}
	for i, rule := range m.rules.Versions() {
		from, to := rule.Window().Range(today)
		totals := seller.Windows.Totals(from, to)
		numerator, denominator := m.plan.Versions[i].Rate.Of(&totals)
		st := &seller.Rules[i]
		before := st.State
		if st.State = rule.Next(numerator, denominator, rules.Standing{State: before}).State; st.State != before {
			if st.Since = m.clock.StreamTime; rules.Alerts(rules.Standing{State: before}, rules.Standing{State: st.State}) {
				st.Transitions++
			}
			m.store.Changed(seller)
		}
	}
}

// sweep makes orders expire, and forgets others, seller by seller.
func (m *machine) sweep(today windows.Date) error {
	old, forgotten := today-m.life.ExpiresAfter(), today-m.life.ForgottenAfter()
	var dates []windows.Date
	for i := range windows.Date(state.SweepDays) {
		dates = append(dates, old-i, forgotten-i)
	}
	sellers := m.store.SellersOf(dates, 1+m.random.IntN(3))
	for {
		id, ok, err := sellers.From(m.clock.Instant.Next.Seller)
		if !ok || err != nil {
			return err
		}
		if err := m.eachOrder(id, old, false, m.expire); err != nil {
			return err
		}
		if err := m.eachOrder(id, forgotten, true, func(s *state.Seller, o *state.Order) error {
			m.store.Forget(s, o)
			return nil
		}); err != nil {
			return err
		}
		m.set(state.Instant{Sweeping: true, Next: state.AfterSeller(id)})
		if err := m.step(); err != nil {
			return err
		}
	}
}

func (m *machine) eachOrder(id string, last windows.Date, expired bool, do func(*state.Seller, *state.Order) error) error {
	from := state.DatedOrder{Date: last - state.SweepDays + 1}
	for more := true; more; {
		seller, err := m.store.Seller(id, m.life.Calendar.Today(m.clock.StreamTime))
		if err != nil {
			return err
		}
		var orders []*state.Order
		if orders, from, more, err = m.store.OrdersFrom(seller, from, last, expired, 1); err != nil {
			return err
		}
		for _, o := range orders {
			if err := do(seller, o); err != nil {
				return err
			}
		}
		if err := m.step(); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) expire(seller *state.Seller, o *state.Order) error {
	m.derive(o, m.life.CountedAt(o.Date, m.clock.StreamTime), &m.before)
	m.after.Nothing()
	m.reset(seller, o)
	m.store.Expire(seller, o)
	return m.count(seller)
}

func (m *machine) reset(seller *state.Seller, o *state.Order) {
	timer := state.Timer{Seller: seller.ID, Order: o.ID}
	state.Reset(m.clock.StreamTime, &m.before, &m.after,
		func(at events.Millis) { m.store.DeleteTimer(at, timer) }, func(at events.Millis) { m.store.SetTimer(at, timer) })
}

// apply applies an act at stream time.
func (m *machine) apply(a *act) error {
	m.clock.StreamTime = max(m.clock.StreamTime, a.at)
	at := m.clock.StreamTime
	today := m.life.Calendar.Today(at)
	seller, err := m.store.Seller(a.seller, today)
	if err != nil {
		return err
	}
	o, err := m.store.Order(seller, a.order)
	if err != nil {
		return err
	}
	if a.waits {
		if o.Known() {
			return nil
		}
		e := &state.ParkedEvent{Message: state.Message{Topic: a.event.Topic, Offset: m.clock.Offsets[0], Value: []byte(a.order)}, Arrived: at}
		bytes, err := m.store.ParkedBytes(seller, o)
		if err != nil {
			return err
		}
		m.store.Park(seller.ID, o.ID, e)
		m.store.SetTimer(at+state.OrphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: seller.ID, Order: o.ID})
		m.store.SetParked(seller, o, o.Parked+1, bytes+int64(e.Size()))
		return nil
	}
	if o.Status == state.Expired || o.Status == state.Parked || o.Status == state.Live && o.Date+m.life.ExpiresAfter() <= today {
		return nil
	}
	m.derive(o, at, &m.before)
	if o.Status != state.Live {
		m.order.Reset()
	}
	m.order.Apply(&a.event, m.clock.Offsets[0])
	if a.event.Kind == events.ShipmentConfirmed { // Only then anything falls due of it.
		scanned := a.event
		scanned.Kind = events.ShipmentScanned
		m.order.Apply(&scanned, m.clock.Offsets[0])
	}
	if !m.order.Placed() {
		return nil
	}
	date := m.life.Calendar.Date(m.order.OrderDate)
	m.after.Derive(m.tally, &m.order, date, at)
	m.reset(seller, o)
	seller.Known = true
	m.store.Changed(seller)
	m.store.SetDate(date, seller)
	m.store.PutRow(seller, o, date, m.order.Append(nil))
	if err := m.count(seller); err != nil {
		return err
	}
	m.evaluate(seller, today)
	return nil
}

// randomFact is one that changes by time, or a defect.
func randomFact(r *rand.Rand, now events.Millis) events.Event {
	e := events.Event{OccurredAt: now, OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None}
	switch r.IntN(5) {
	case 0, 1, 2:
		e.Topic, e.Kind, e.PartID = events.Shipments, events.ShipmentConfirmed, "s"
		e.Carrier, e.TrackingID = events.Text{Value: "s10", Given: true}, events.Text{Value: "RB123456785GB", Given: true}
	case 3:
		e.Topic, e.Kind, e.PartID = events.Returns, events.ReturnRequested, "r"
		e.OccurredAt = now - now%day - 1 // Its answer is due at a midnight.
	case 4:
		e.Topic, e.Kind, e.PartID, e.Rating = events.Feedback, events.FeedbackLeft, "f", 1
	}
	return e
}

// randomActs is of few sellers, who have much that falls due at midnights.
func randomActs(r *rand.Rand, n int) (acts []act) {
	sellers := []string{"A", "A\x00", "AB", "B"}
	now := time.Date(2011, 10, 1, 5, 0, 0, 0, time.UTC).UnixMilli()
	for i := range n {
		switch r.IntN(40) {
		case 0:
			now += r.Int64N(40 * day)
		case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10: // At once.
		default:
			now += r.Int64N(day / 6)
		}
		a := act{at: now, seller: sellers[r.IntN(len(sellers))], order: fmt.Sprintf("O%d", i)}
		placed := now - r.Int64N(2*day)
		midnight := now - now%day
		a.event = events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: placed, OrderDate: placed, Channel: events.Channel(1 + r.IntN(2)),
			ShipBy: midnight + (1+r.Int64N(3))*day - 1, DeliverBy: midnight - midnight%(4*day) + 4*day - 1, // Many at once.
			Items: []events.Item{{ItemID: "1", ProductLine: []string{"toys", "books"}[r.IntN(2)], Quantity: 1}},
		}
		switch r.IntN(9) {
		case 0:
			a.waits, a.order, a.event.Topic = true, fmt.Sprintf("P%d", r.IntN(20)), events.Topic(r.IntN(int(events.NumTopics)))
		case 1, 2, 3, 4:
			if i > 5 {
				earlier := acts[i-1-r.IntN(6)]
				a.seller, a.order, a.event = earlier.seller, earlier.order, randomFact(r, now)
			}
		}
		acts = append(acts, a)
	}
	return acts
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Wherever instants and sweeps are cut, by a commit, a checkpoint or a crash, what is stored there is what follows from the rows, a copy that
// follows the changelog is the same key by key, and in the end all is as if nothing had been cut.
func TestInstantsAreDivisible(t *testing.T) {
	runs := 24
	if testing.Short() {
		runs = 6
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Pacific/Apia"} // Where midnights are left out, and where a day is.
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 41))
			acts, zone := randomActs(r, 200), location(t, zones[seed%3])
			until := acts[len(acts)-1].at + 130*day
			whole := newMachine(t, zone, acts)
			whole.random = rand.New(rand.NewPCG(seed, 42))
			whole.run(until)
			whole.commit()
			whole.checkpoint()

			m := newMachine(t, zone, acts)
			m.random = r
			m.cut = cutAnywhere
			m.run(until)
			m.cut = nil
			m.commit()
			m.checkpoint()
			m.verify("in the end", 0)
			m.same("in the end", m.content(0, true), whole.content(0, true))
			m.follow(1)
			m.same("a copy in the end", m.content(1, false), whole.content(0, false))
			if m.dividing < 3 || m.sweeping < 10 {
				t.Errorf("of %d steps %d were cut between timers of an instant and %d in a sweep: too few to show anything", m.steps, m.dividing, m.sweeping)
			}
		})
	}
}

// cutAnywhere does at random what may come between two steps.
func cutAnywhere(m *machine) error {
	if m.random.IntN(3) > 0 {
		return nil
	}
	if i := m.clock.Instant; i != nil && i.Sweeping {
		m.sweeping++
	} else if i != nil {
		_, more, err := m.store.NextDue(m.clock.StreamTime)
		if m.must(err); more && (i.Next != state.Timer{}) {
			m.dividing++
		}
	}
	m.commit()
	switch m.random.IntN(6) {
	case 0, 1:
		m.checkpoint()
		m.verify("in the state", 0)
		m.follow(1)
		m.verify("in a copy", 1)
		m.same("a copy", m.content(1, false), m.content(0, false))
	case 2:
		return errCut
	case 3:
		m.checkpoint()
		return errCut
	}
	return nil
}
