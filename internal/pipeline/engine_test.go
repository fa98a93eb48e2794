package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/oracle"
)

// machine is an engine on a state of its own, without Kafka: commits go to a changelog in memory, and with a checkpoint to the state.
type machine struct {
	t         testing.TB
	db        *state.DB
	options   EngineOptions
	state     *state.Partition
	engine    *Engine
	changelog []state.Record
	commits   int64
	pace      int64 // commits for each checkpoint
	random    *rand.Rand
	full      int // keys that wait for a commit at most
	output    Output
}

func newMachine(t testing.TB, o EngineOptions) *machine {
	t.Helper()
	db, err := state.Open(state.Options{FileSystem: vfs.NewMem(), Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, db: db, options: o, random: randomOf(t)}
	m.pace = 1
	t.Cleanup(func() {
		m.must(m.state.Close())
		m.must(db.Close())
	})
	m.open()
	return m
}

// randomOf is the same for each run of a test.
func randomOf(t testing.TB) *rand.Rand {
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, t.Name()) // It takes everything.
	return rand.New(rand.NewPCG(hash.Sum64(), 1))
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// openEngine opens the state with the settings in force.
func (m *machine) openEngine() error {
	var err error
	m.state, err = m.db.Partition(0)
	m.must(err)
	m.must(m.state.DeriveBy(m.options.settings().Derivation()))
	m.engine = NewEngine(m.state, m.options, 1<<10)
	return m.engine.Open()
}

func (m *machine) open() {
	m.must(m.openEngine())
	if m.full > 0 {
		m.engine.maxWaiting = m.full
		m.engine.onFull = func() error { m.commit(); return nil }
	}
	m.must(m.engine.Rebuild(m.t.Context(), func(int, int) {}))
}

func (m *machine) apply(r *Record) {
	m.t.Helper()
	m.engine.judge(r)
	m.must(m.engine.Apply(r))
}

func (m *machine) commit() {
	m.t.Helper()
	m.commits++
	m.engine.flush([events.NumTopics]int64{m.commits})
	for _, r := range m.engine.store.Records() {
		m.changelog = append(m.changelog, state.Record{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
	}
	m.engine.store.Committed()
	if m.commits%m.pace == 0 {
		m.checkpoint()
	}
	p := &m.engine.pending
	m.output.Alerts = append(m.output.Alerts, p.Alerts...)
	m.output.DeadLetters = append(m.output.DeadLetters, p.DeadLetters...)
	p.reset()
}

func (m *machine) checkpoint() {
	m.t.Helper()
	m.must(m.engine.store.Checkpoint(state.Saved{Position: int64(len(m.changelog))}))
}

// restart drops what is not committed and goes on from the changelog: from the last checkpoint on, or from nothing. It reads a few commits at
// a time, or all at once.
func (m *machine) restart(fromNothing bool) {
	m.t.Helper()
	if fromNothing {
		m.must(m.state.Clear())
	}
	m.must(m.state.Close())
	m.restore()
	m.open()
}

// standbyPartition is where the copy is that follows the changelog.
const standbyPartition = 1

func (m *machine) restore() { m.read(0) }

func (m *machine) follow() { m.read(standbyPartition) }

// read brings a partition to the end of the changelog.
func (m *machine) read(partition int32) {
	m.t.Helper()
	p, err := m.db.Partition(partition)
	m.must(err)
	m.must(p.DeriveBy(m.options.settings().Derivation()))
	r := state.NewRestorer(p, state.Lifetime{Calendar: windows.NewCalendar(m.options.Zone), RetentionDays: m.options.RetentionDays})
	end := int64(len(m.changelog))
	for at := p.Position(); at < end; {
		next := min(end, at+1+m.random.Int64N(200))
		for ; at < next; at++ {
			r.Add(at, m.changelog[at].Key, m.changelog[at].Value)
		}
		m.must(r.Write(state.Saved{Position: next, Partial: next < end}))
		if next < end && p.Underived() && m.random.IntN(3) == 0 {
			m.must(r.Rebuild(m.t.Context(), nil))
		}
	}
	if p.Underived() {
		m.must(r.Rebuild(m.t.Context(), nil))
	}
	if p.Position() != end {
		m.t.Fatalf("restored to %d of %d", p.Position(), end)
	}
	m.must(p.Close())
}

const day = 24 * 60 * 60 * 1000

// randomLog makes a partition's records in the order in which they are taken: few sellers and orders over many days, with everything
// that may go wrong.
func randomLog(r *rand.Rand, n int) []Record {
	start := time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	placed := map[string]events.Millis{}
	var log []Record
	now := start
	var offsets [events.NumTopics]int64
	var encoder events.Encoder
	for range n {
		if r.IntN(3) == 0 {
			now += r.Int64N(3 * day)
		} else {
			now += r.Int64N(6 * 3_600_000)
		}
		e := randomEvent(r, now, start, placed)
		rec := Record{Topic: e.Topic, Offset: offsets[e.Topic], Timestamp: now + 1000, Key: []byte(e.SellerID), Value: encoder.AppendAvro(nil, &e), Event: e}
		switch r.IntN(200) {
		case 0:
			rec.Key = []byte("another")
		case 1:
			rec.Timestamp = e.OccurredAt - 10*60_000 - 1
		case 2:
			rec.Err = &events.Error{Reason: events.Undecodable, Problem: "is garbage"}
		}
		offsets[e.Topic]++
		log = append(log, rec)
		if r.IntN(20) == 0 { // The same once more.
			rec.Offset = offsets[e.Topic]
			offsets[e.Topic]++
			log = append(log, rec)
		}
	}
	return log
}

func randomEvent(r *rand.Rand, now, start events.Millis, placed map[string]events.Millis) events.Event {
	seller, order := fmt.Sprintf("S%d", r.IntN(3)), ""
	if r.IntN(4) == 0 || len(placed) == 0 {
		order = fmt.Sprintf("O%d", len(placed)+r.IntN(2))
	} else {
		order = fmt.Sprintf("O%d", max(0, len(placed)-1-r.IntN(40)))
	}
	e := events.Event{
		EventID: strconv.Itoa(r.IntN(1 << 30)), SellerID: seller, OrderID: order, OccurredAt: now,
		PartID: fmt.Sprintf("p%d", r.IntN(2)), OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	switch r.IntN(20) {
	case 0:
		e.OccurredAt -= r.Int64N(40 * day) // Late.
	case 1:
		e.OccurredAt = start + (now-start)/day*day // At midnight.
	}
	id := seller + "/" + order
	if _, ok := placed[id]; !ok && r.IntN(5) > 0 || r.IntN(25) == 0 {
		randomPlaced(r, &e)
		placed[id] = e.OrderDate
		return e
	}
	randomFact(r, &e)
	return e
}

func randomPlaced(r *rand.Rand, e *events.Event) {
	e.Topic, e.Kind, e.PartID = events.Orders, events.OrderPlaced, ""
	e.OrderDate = e.OccurredAt
	switch r.IntN(15) {
	case 0:
		e.OrderDate -= r.Int64N(130 * day)
	case 1:
		e.OrderDate += r.Int64N(day)
	}
	e.Channel = events.Channel(1 + r.IntN(2))
	e.Pending = r.IntN(4) == 0
	for range r.IntN(3) {
		e.Items = append(e.Items, events.Item{ItemID: "1", ProductLine: []string{"toys", "books", ""}[r.IntN(3)], Quantity: 1})
	}
	if r.IntN(10) > 0 {
		e.ShipBy = e.OrderDate + r.Int64N(5*day)
		e.DeliverBy = e.OrderDate + (2+r.Int64N(9))*day/2
		if r.IntN(2) == 0 {
			e.DeliverBy = e.DeliverBy/day*day - 1 // Due at midnight.
		}
	}
}

func randomFact(r *rand.Rand, e *events.Event) {
	kinds := []events.Kind{
		events.ShipmentConfirmed, events.ShipmentConfirmed, events.ShipmentConfirmed, events.ShipmentScanned, events.ShipmentScanned, events.ShipmentDelivered,
		events.ShipmentTrackingUpdated, events.OrderConfirmed, events.OrderAmended, events.OrderCancelled, events.OrderRefunded,
		events.FeedbackLeft, events.FeedbackLeft, events.FeedbackRemoved, events.ClaimOpened, events.ClaimReopened, events.ClaimGranted, events.ClaimDenied,
		events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted, events.ChargebackOpened, events.ChargebackReclassified,
		events.ChargebackReversed, events.ReturnRequested, events.ReturnRequested, events.ReturnAnswered, events.ReturnAnswered, events.ReturnFeedback,
	}
	e.Kind = kinds[r.IntN(len(kinds))]
	e.Topic = e.Kind.Topic()
	switch e.Kind {
	case events.ShipmentConfirmed, events.ShipmentTrackingUpdated:
		if e.Kind == events.ShipmentTrackingUpdated || r.IntN(4) > 0 {
			e.Carrier = events.Text{Value: []string{"s10", "nobody"}[r.IntN(8)/7], Given: true}
			e.TrackingID = events.Text{Value: []string{"RB123456785GB", "RB 1234 5678 5US", "wrong"}[r.IntN(7)/3], Given: true}
		}
		if e.Kind == events.ShipmentConfirmed && r.IntN(3) == 0 {
			e.DeliverBy = e.OccurredAt + r.Int64N(5*day)
		}
	case events.OrderAmended:
		e.PartID, e.ShipBy = "", e.OccurredAt+r.Int64N(3*day)
	case events.OrderCancelled:
		e.PartID = ""
		e.CancelledBy, e.RequestedByBuyer, e.Reason = events.Party(1+r.IntN(3)), r.IntN(4) == 0, events.Reason(1+r.IntN(4))
	case events.OrderConfirmed, events.OrderRefunded:
		e.PartID = ""
	case events.FeedbackLeft:
		e.Rating = int32(1 + r.IntN(5))
	case events.ChargebackOpened, events.ChargebackReclassified:
		e.Category = events.Category(1 + r.IntN(2))
	case events.ReturnAnswered:
		e.Answer, e.InPolicy = events.Answer(1+r.IntN(4)), r.IntN(2) == 0
	case events.ReturnFeedback:
		e.Negative = r.IntN(2) == 0
	}
}

// The engine says what a naive recomputation says, whatever the size of commits, and however often it loses what is not
// committed and goes on from its state or from a copy made of changelog records.
func TestEngineEqualsNaiveRecomputation(t *testing.T) {
	runs, length := 60, 400
	if testing.Short() {
		runs = 8
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm", "America/St_Johns"}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			zone, err := time.LoadLocation(zones[seed%5])
			if err != nil {
				t.Fatal(err)
			}
			log := randomLog(r, length)
			m := newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: zone, RetentionDays: 120, TopicNames: TopicsOf("", "test").Inputs})
			m.pace = 1 + r.Int64N(5)
			if seed%3 == 0 {
				m.full = 1 + r.IntN(20)
				m.restart(false)
			}
			pace, committed := 1+r.IntN(60), 0
			for i := 0; i < len(log); i++ {
				before := m.commits
				if m.apply(&log[i]); m.commits > before {
					committed = i // In the middle: this record is not in it.
				}
				if r.IntN(pace) == 0 {
					m.commit()
					committed = i + 1
				}
				if r.IntN(100) == 0 {
					m.restart(r.IntN(2) == 0)
					i = committed - 1
				}
			}
			end := log[len(log)-1].Event.OccurredAt + r.Int64N(100*day)
			m.must(m.engine.Advance(end))
			m.commit()
			compareWithOracle(t, m, log, zone, end)
		})
	}
}

const otherRules = `
rules:
  - name: odr
    metric: order_defect_rate
    window: 60d
    lag: 30d
    target: "< 0.01"
    class: contractual
  - name: odr-early
    metric: order_defect_rate
    window: 45d
    target: "< 0.2"
    warn: 0.1
    resolve: 0.15
    min_denominator: 3
    class: contractual
  - name: claims
    metric: claim_rate
    window: 20d
    lag: 5d
    target: "< 0.3"
    class: advisory
  - name: valid-tracking
    metric: valid_tracking_rate
    window: 30d
    lag: 10d
    target: "> 0.6"
    warn: 0.7
    resolve: 0.65
    class: advisory
`

func otherOracleRules() []oracle.Rule {
	return []oracle.Rule{
		oracle.BuiltIn()[0],
		{
			Name: "odr-early", Metric: "order_defect_rate", Days: 45, Op: '<', Limit: big.NewRat(2, 10), Warn: big.NewRat(1, 10), Resolve: big.NewRat(15, 100),
			MinDenominator: 3, Contractual: true,
		},
		{Name: "claims", Metric: "claim_rate", Days: 20, Lag: 5, Op: '<', Limit: big.NewRat(3, 10)},
		{Name: "valid-tracking", Metric: "valid_tracking_rate", Days: 30, Lag: 10, Op: '>', Limit: big.NewRat(6, 10), Warn: big.NewRat(7, 10), Resolve: big.NewRat(65, 100)},
	}
}

// When rules change, those that changed are evaluated at once; a rule that is gone falls silent, and counts on when it is back.
func TestChangedRules(t *testing.T) {
	other, err := rules.Parse([]byte(otherRules), 120)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		log := randomLog(rand.New(rand.NewPCG(seed, 11)), 500)
		m := newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: TopicsOf("", "test").Inputs})
		want := oracle.Run(nil, oracle.Options{ValidTracking: tracking.Valid})
		for i := range log {
			switch i {
			case 200, 400:
				in, out := other, otherOracleRules()
				if i == 400 {
					in, out = rules.BuiltIn(), oracle.BuiltIn()
				}
				m.commit()
				m.options.Rules = in
				m.restart(i == 400)
				want.SetRules(out)
			}
			m.apply(&log[i])
			want.Take(oracleRecord(&log[i]))
		}
		m.commit()
		compareLists(t, fmt.Sprintf("alerts of seed %d", seed), alertTexts(m.output.Alerts), oracleAlerts(want))
	}
}

func oracleRecord(r *Record) oracle.Record {
	refusal, refused := errors.AsType[*events.Error](r.Err)
	return oracle.Record{
		Topic: r.Topic, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Bytes: r.size(), Event: r.Event,
		Undecodable: refused && refusal.Reason == events.Undecodable,
	}
}

func compareWithOracle(t *testing.T, m *machine, log []Record, zone *time.Location, end events.Millis) {
	var taken []oracle.Record
	for i := range log {
		taken = append(taken, oracleRecord(&log[i]))
	}
	want := oracle.Run(taken, oracle.Options{Zone: zone, ValidTracking: tracking.Valid})
	want.AsOf(end)
	compareLists(t, "dead letters", deadLetterTexts(m.output.DeadLetters), oracleDeadLetters(want))
	compareLists(t, "alerts", alertTexts(m.output.Alerts), oracleAlerts(want))
	var got []string
	m.must(m.engine.store.Sellers(func(id string, _ bool) (bool, error) {
		seller, err := m.engine.store.Seller(id, m.engine.today)
		got = append(got, reportTexts(m.engine.Report(seller))...)
		return true, err
	}))
	var wanted []string
	for _, seller := range want.Sellers() {
		wanted = append(wanted, oracleReport(want.Report(seller))...)
	}
	compareLists(t, "reports", got, wanted)
}

func compareLists(t testing.TB, name string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return
	}
	if dir := os.Getenv("SELLERPULSE_DIFF"); dir != "" {
		_ = os.WriteFile(dir+"/got-"+name, []byte(strings.Join(got, "\n")), 0o600)
		_ = os.WriteFile(dir+"/want-"+name, []byte(strings.Join(want, "\n")), 0o600)
	}
	shown := 0
	for i := 0; (i < len(got) || i < len(want)) && shown < 5; i++ {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s %d:\n got %s\nwant %s", name, i, g, w)
			shown++
		}
	}
	t.Errorf("%s: got %d, want %d", name, len(got), len(want))
}

func deadLetterTexts(all []DeadLetter) (texts []string) {
	for _, d := range all {
		texts = append(texts, fmt.Sprintf("%v %d %s", d.Topic, d.Offset, d.Reason))
	}
	return texts
}

func oracleDeadLetters(r *oracle.Result) (texts []string) {
	for _, d := range r.DeadLetters {
		texts = append(texts, fmt.Sprintf("%v %d %s", d.Topic, d.Offset, d.Reason))
	}
	return texts
}

func number[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}

func alertTexts(all []outputs.Alert) (texts []string) {
	for i := range all {
		a := &all[i]
		components := "null"
		if c := a.Components; c != nil {
			components = fmt.Sprintf("%d %d %d", c.NegativeFeedback, c.Claims, c.Chargebacks)
		}
		cause := a.Cause.Kind
		if a.Cause.Topic != "" {
			cause = fmt.Sprintf("%s %s %d %s %s", a.Cause.Kind, a.Cause.Topic, a.Cause.Offset, a.Cause.EventID, a.Cause.OrderID)
		}
		texts = append(texts, fmt.Sprintf("%s %v %v<-%v at %d, %v..%v %d/%d %v, components %s, to breach %s, to recover %s, on %s, orders %v, cause %s",
			a.ID(), a.Kind(), a.State, a.PreviousState, a.AsOf, a.From, a.To, a.Numerator, a.Denominator, a.Target, components,
			number(a.DefectsToBreach), number(a.OrdersToRecover), number(a.RecoversOn), a.OrderIDs, cause))
	}
	return texts
}

func oracleAlerts(r *oracle.Result) (texts []string) {
	for _, a := range r.Alerts {
		components := "null"
		if c := a.Components; c != nil {
			components = fmt.Sprintf("%d %d %d", c.NegativeFeedback, c.Claims, c.Chargebacks)
		}
		cause := a.Cause.Kind
		if cause == oracle.CauseEvent {
			cause = fmt.Sprintf("%s %s %d %s %s", a.Cause.EventKind, a.Cause.Topic, a.Cause.Offset, a.Cause.EventID, a.Cause.OrderID)
		}
		texts = append(texts, fmt.Sprintf("%s %v %v<-%v at %d, %v..%v %d/%d %v, components %s, to breach %s, to recover %s, on %s, orders %v, cause %s",
			a.AlertID, a.Kind, a.State, a.PreviousState, a.AsOf, a.Window.From, a.Window.To, a.Numerator, a.Denominator, a.Target, components,
			number(a.DefectsToBreach), number(a.OrdersToRecover), number(a.RecoversOn), a.OrderIDs, cause))
	}
	return texts
}

func reportTexts(r outputs.Report) (texts []string) {
	texts = append(texts, fmt.Sprintf("%s at %d: %v, %d lines omitted", r.SellerID, r.AsOf, r.Status, r.ProductLinesOmitted))
	for _, x := range r.Rules {
		texts = append(texts, fmt.Sprintf("%s %s %v..%v %d/%d %v", r.SellerID, x.Rule, x.From, x.To, x.Numerator, x.Denominator, x.State))
	}
	for _, x := range r.Metrics {
		texts = append(texts, fmt.Sprintf("%s %v %v %q %v..%v %d/%d", r.SellerID, x.Metric, x.Channel, number(x.ProductLine), x.From, x.To, x.Numerator, x.Denominator))
	}
	return texts
}

func oracleReport(r oracle.Report) (texts []string) {
	texts = append(texts, fmt.Sprintf("%s at %d: %v, %d lines omitted", r.SellerID, r.AsOf, r.Status, r.ProductLinesOmitted))
	for _, x := range r.Rules {
		texts = append(texts, fmt.Sprintf("%s %s %v..%v %d/%d %v", r.SellerID, x.Rule, x.Window.From, x.Window.To, x.Numerator, x.Denominator, x.State))
	}
	for _, x := range r.Metrics {
		texts = append(texts, fmt.Sprintf("%s %v %v %q %v..%v %d/%d", r.SellerID, x.Metric, x.Channel, number(x.ProductLine), x.Window.From, x.Window.To, x.Numerator, x.Denominator))
	}
	return texts
}

// The time of a record is the producer's on some topics, and may be anything: none makes a past event one from the future.
func TestAnEventIsNotFromTheFutureOfTheLastInstant(t *testing.T) {
	m := newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	for _, at := range []events.Millis{math.MaxInt64, noon.UnixMilli() - futureBy} {
		r := &Record{Timestamp: at, Key: []byte("S"), Value: jsonOf("S", "PLACED", "O")}
		if m.engine.Decode(r); r.Err != nil {
			t.Errorf("at %d: %v", at, r.Err)
		}
	}
	for _, at := range []events.Millis{math.MinInt64, -1, noon.UnixMilli() - futureBy - 1} {
		r := &Record{Timestamp: at, Key: []byte("S"), Value: jsonOf("S", "PLACED", "O")}
		m.engine.Decode(r)
		if refused, ok := errors.AsType[*events.Error](r.Err); !ok || refused.Reason != events.Future {
			t.Errorf("at %d: %v, want that it is from the future", at, r.Err)
		}
	}
}
