package engine

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// machine is an engine on a state of its own, without Kafka: commits go to a changelog in memory, and with a checkpoint to the state.
type machine struct {
	t         testing.TB
	db        *state.DB
	options   Options
	state     *state.Partition
	engine    *Engine
	changelog []state.Record
	commits   int64
	logged    int   // bytes of keys and values of the changelog, of benchmarks
	pace      int64 // commits for each checkpoint
	random    *rand.Rand
	output    Output
}

func newMachine(t testing.TB, o Options) *machine {
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
	m.must(m.state.DeriveBy(m.options.Derivation()))
	m.options.CacheBytes = 1 << 10
	m.engine = New(m.state, m.options)
	return m.engine.Open()
}

func (m *machine) open() {
	m.must(m.openEngine())
	m.step(Resume())
}

func (m *machine) apply(r *Record) {
	m.t.Helper()
	m.engine.admit(r, r.Key)
	m.step(Apply(r))
}

func (m *machine) advance(to events.Millis) {
	m.t.Helper()
	m.step(Until(to))
}

// step takes in a record or an instant, with as many commits on the way as that needs.
func (m *machine) step(in Input) {
	m.t.Helper()
	m.stepFor(in, -1)
}

// stepFor is step, but for a crash after so many commits; negative for none. It tells how many there were.
func (m *machine) stepFor(in Input, most int) (commits int) {
	m.t.Helper()
	for {
		done, err := m.engine.Step(in)
		m.must(err)
		if done || commits == most {
			return commits
		}
		m.commit()
		commits++
	}
}

func (m *machine) commit() {
	m.t.Helper()
	m.commits++
	c := m.engine.Commit([events.NumTopics]int64{m.commits})
	for _, r := range c.Records {
		m.changelog = append(m.changelog, state.Record{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
	}
	m.engine.Committed()
	if m.commits%m.pace == 0 {
		m.checkpoint()
	}
	m.output.Alerts = append(m.output.Alerts, c.Alerts...)
	m.output.DeadLetters = append(m.output.DeadLetters, c.DeadLetters...)
	m.output.Reports = append(m.output.Reports, c.Reports...)
}

func (m *machine) checkpoint() {
	m.t.Helper()
	m.must(m.engine.Checkpoint(state.Saved{Position: int64(len(m.changelog))}))
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
	m.must(p.DeriveBy(m.options.Derivation()))
	r := state.NewRestorer(p, state.Lifetime{Calendar: windows.NewCalendar(m.options.Zone), RetentionDays: m.options.RetentionDays, HistoryDays: m.options.HistoryDays}, m.options.Plan().Program)
	end := int64(len(m.changelog))
	for at := p.Position(); at < end; {
		next := min(end, at+1+m.random.Int64N(200))
		for ; at < next; at++ {
			m.must(r.Add(at, m.changelog[at].Key, m.changelog[at].Value))
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

const day = enginetest.Day

// topicNames are the names of the inputs.
var topicNames = func() (names [events.NumTopics]string) {
	for t := range names {
		names[t] = events.Topic(t).String()
	}
	return names
}()

// randomLog makes a partition's records in the order in which they are taken: few sellers and orders over many days, with everything
// that may go wrong.
func randomLog(r *rand.Rand, n int) []Record {
	var log []Record
	var offsets [events.NumTopics]int64
	var encoder events.Encoder
	for now, e := range enginetest.RandomEvents(r, n) {
		rec := Record{Message: state.Message{Topic: e.Topic, Offset: offsets[e.Topic], Timestamp: now + 1000, Key: []byte(e.SellerID), Value: encoder.AppendAvro(nil, &e)}, Event: e}
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
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: zone, RetentionDays: 120, TopicNames: topicNames})
			m.pace = 1 + r.Int64N(5)
			if seed%3 == 0 {
				m.options.CommitKeys = 1 + r.IntN(20)
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
			m.advance(end)
			m.commit()
			compareWithOracle(t, m, log, zone, end)
			m.traced(log)
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

// oracleRules is a file of rules as the oracle reads it.
func oracleRules(t *testing.T, file string) []oracle.Pack {
	t.Helper()
	p, err := oracle.Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return []oracle.Pack{p}
}

// When rules change, those that changed are evaluated at once; a rule that is gone falls silent, and counts on when it is back.
func TestChangedRules(t *testing.T) {
	other, err := rules.Parse([]byte(otherRules), 120)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		log := randomLog(rand.New(rand.NewPCG(seed, 11)), 500)
		m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
		want := oracle.Run(nil, oracle.Options{ValidTracking: tracking.Valid})
		for i := range log {
			switch i {
			case 200, 400:
				in, out := other, oracleRules(t, otherRules)
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
		enginetest.CompareLists(t, fmt.Sprintf("alerts of seed %d", seed), enginetest.AlertTexts(m.output.Alerts), oracleAlerts(want))
	}
}

func oracleRecord(r *Record) oracle.Record {
	refusal, refused := errors.AsType[*events.Error](r.Err)
	return oracle.Record{
		Topic: r.Topic, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Bytes: r.Size(), Event: r.Event,
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
	enginetest.CompareLists(t, "dead letters", deadLetterTexts(m.output.DeadLetters), oracleDeadLetters(want))
	enginetest.CompareLists(t, "alerts", enginetest.AlertTexts(m.output.Alerts), oracleAlerts(want))
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
	enginetest.CompareLists(t, "reports", got, wanted)
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
			enginetest.Number(a.DefectsToBreach), enginetest.Number(a.OrdersToRecover), enginetest.Number(a.RecoversOn), a.OrderIDs, cause))
	}
	return texts
}

func reportTexts(r outputs.Report) (texts []string) {
	texts = append(texts, fmt.Sprintf("%s at %d: %v, %d lines omitted", r.SellerID, r.AsOf, r.Status, r.ProductLinesOmitted))
	for _, x := range r.Rules {
		texts = append(texts, fmt.Sprintf("%s %s %v..%v %d/%d %v", r.SellerID, x.Rule, x.From, x.To, x.Numerator, x.Denominator, x.State))
	}
	for _, x := range r.Metrics {
		texts = append(texts, fmt.Sprintf("%s %v %v %q %v..%v %d/%d", r.SellerID, x.Metric, x.Channel, enginetest.Number(x.ProductLine), x.From, x.To, x.Numerator, x.Denominator))
	}
	return texts
}

func oracleReport(r oracle.Report) (texts []string) {
	texts = append(texts, fmt.Sprintf("%s at %d: %v, %d lines omitted", r.SellerID, r.AsOf, r.Status, r.ProductLinesOmitted))
	for _, x := range r.Rules {
		texts = append(texts, fmt.Sprintf("%s %s %v..%v %d/%d %v", r.SellerID, x.Rule, x.Window.From, x.Window.To, x.Numerator, x.Denominator, x.State))
	}
	for _, x := range r.Metrics {
		texts = append(texts, fmt.Sprintf("%s %v %v %q %v..%v %d/%d", r.SellerID, x.Metric, x.Channel, enginetest.Number(x.ProductLine), x.Window.From, x.Window.To, x.Numerator, x.Denominator))
	}
	return texts
}

// The time of a record is the producer's on some topics, and may be anything: none makes a past event one from the future.
func TestAnEventIsNotFromTheFutureOfTheLastInstant(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	for _, at := range []events.Millis{math.MaxInt64, enginetest.Noon.UnixMilli() - futureBy} {
		r := &Record{Message: state.Message{Timestamp: at, Key: []byte("S"), Value: enginetest.JSON("S", "PLACED", "O")}}
		if m.engine.Decode(r); r.Err != nil {
			t.Errorf("at %d: %v", at, r.Err)
		}
	}
	for _, at := range []events.Millis{math.MinInt64, -1, enginetest.Noon.UnixMilli() - futureBy - 1} {
		r := &Record{Message: state.Message{Timestamp: at, Key: []byte("S"), Value: enginetest.JSON("S", "PLACED", "O")}}
		m.engine.Decode(r)
		if refused, ok := errors.AsType[*events.Error](r.Err); !ok || refused.Reason != events.Future {
			t.Errorf("at %d: %v, want that it is from the future", at, r.Err)
		}
	}
}
