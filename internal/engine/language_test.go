package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// salesLog is a partition's records of sales on many sites.
func salesLog(r *rand.Rand, n int) (log []Record) {
	var offsets [events.NumTopics]int64
	var encoder events.Encoder
	for now, e := range enginetest.RandomSales(r, n) {
		log = append(log, Record{Message: state.Message{Topic: e.Topic, Offset: offsets[e.Topic], Timestamp: now + 1000, Key: []byte(e.SellerID), Value: encoder.AppendAvro(nil, &e)}, Event: e})
		offsets[e.Topic]++
	}
	return log
}

// spoken is a random set of rules, of one file or two, for the engine and for the oracle; with overrides of some sellers.
func spoken(t *testing.T, r *rand.Rand, days int, sellers []string) (*rules.Set, []oracle.Pack) {
	t.Helper()
	packs := []oracle.Pack{enginetest.RandomPack(r, "", enginetest.PackOptions{Days: days, Rules: 4, Today: "2016-01-10", Sellers: sellers})}
	if r.IntN(2) == 0 {
		packs = append(packs, enginetest.RandomPack(r, "site", enginetest.PackOptions{Days: days, Rules: 2, Today: "2016-01-10", Sellers: sellers}))
	}
	var files []rules.File
	for i := range packs {
		files = append(files, rules.File{Name: fmt.Sprint(i), Text: packs[i].YAML()})
	}
	set, err := rules.ParseAll(days, files...)
	if err != nil {
		t.Fatalf("%v:\n%s", err, files)
	}
	return set, packs
}

// interpreters are an engine and the oracle, on the same rules.
type interpreters struct {
	*machine
	want  *oracle.Result
	days  int // of the history
	taken int // records that the oracle has

	sellers  []string // of whom some have overrides
	compared int      // reports
}

const inTheEnd = "in the end"

// compareReports compares all that every seller's report says.
func (b *interpreters) compareReports(when string) {
	b.t.Helper()
	var got, wanted []string
	b.must(b.engine.store.Sellers(func(id string, _ bool) (bool, error) {
		seller, err := b.engine.store.Seller(id, b.engine.today)
		if err != nil {
			return false, err
		}
		report := b.engine.Report(seller)
		text := report.AppendJSON(nil)
		shape := enginetest.ShapeOf(b.t, text)
		delete(shape["rules"], "since") // Not of the contract.
		reference := b.want.Report(id)
		fields := reference.Fields()
		wantedText := enginetest.JSONOf(b.t, fields)
		lists := []string{"rules"}
		if b.compared++; when == inTheEnd || b.compared%8 == 0 { // The reference takes long for metrics.
			lists = append(lists, "metrics")
		}
		for _, list := range lists {
			got = append(got, shape.Lines(b.t, text, list)...)
			wanted = append(wanted, shape.Lines(b.t, wantedText, list)...)
		}
		delete(fields, "rules")
		delete(fields, "metrics")
		got = append(got, restOf(b.t, text))
		wanted = append(wanted, restOf(b.t, enginetest.JSONOf(b.t, fields)))
		return true, nil
	}))
	enginetest.CompareLists(b.t.(*testing.T), "reports "+when, got, wanted)
}

// restOf is what a report has beside its lists.
func restOf(t testing.TB, report []byte) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(report, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "rules")
	delete(fields, "metrics")
	return string(enginetest.JSONOf(t, fields))
}

// compareAlerts compares all alerts, with every field that the engine gives them.
func (b *interpreters) compareAlerts() {
	b.t.Helper()
	var all [][]byte
	for i := range b.output.Alerts {
		all = append(all, b.output.Alerts[i].AppendJSON(nil))
	}
	shape := enginetest.ShapeOf(b.t, append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']'))
	var got, wanted []string
	for _, text := range all {
		got = append(got, shape.Line(b.t, text))
	}
	for i := range b.want.Alerts {
		wanted = append(wanted, shape.Line(b.t, enginetest.JSONOf(b.t, b.want.Alerts[i].Fields(events.Topic.String))))
	}
	enginetest.CompareLists(b.t, "alerts", got, wanted)
}

// change puts other rules in force, of both.
func (b *interpreters) change(r *rand.Rand) {
	b.t.Helper()
	b.commit()
	set, packs := spoken(b.t.(*testing.T), r, b.days, b.sellers)
	b.options.Rules = set
	b.restart(r.IntN(2) == 0)
	b.want.SetRules(packs)
	b.commit()
}

// Whatever rules are in force the engine says what a naive recomputation says: each field of each alert, and reports at many instants, however
// often it loses what is not committed, and with other rules on the way.
func TestTheLanguageOfRules(t *testing.T) {
	runs, length := 24, 400
	if testing.Short() {
		runs = 6
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm"}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 51))
			zone, err := time.LoadLocation(zones[seed%4])
			if err != nil {
				t.Fatal(err)
			}
			days := 35 + r.IntN(90)
			b := newInterpreters(t, r, zone, days, days, overridden[:seed%2*4])
			b.play(r, salesLog(r, length))
		})
	}
}

// overridden are sellers of whom some have overrides, one of whom sells nothing.
var overridden = []string{"S0", "S1", "S2", "none"}

// newInterpreters makes both, of random rules and overrides of some sellers, where orders are kept for some days and counts for others.
func newInterpreters(t *testing.T, r *rand.Rand, zone *time.Location, retention, history int, sellers []string) *interpreters {
	t.Helper()
	set, packs := spoken(t, r, history, sellers)
	b := &interpreters{
		sellers: sellers,
		machine: newMachine(t, Options{Rules: set, Zone: zone, RetentionDays: int32(retention), HistoryDays: int32(history), TopicNames: topicNames}), days: history,
		want: oracle.Run(nil, oracle.Options{Zone: zone, RetentionDays: retention, HistoryDays: history, Rules: packs, ValidTracking: tracking.Valid}),
	}
	b.pace = 1 + r.Int64N(5)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("retention %d, history %d, %s, the last rules:\n%s", retention, history, zone, b.options.Rules.Canonical())
		}
	})
	return b
}

// play has both take a log, the engine with commits, crashes and other rules on the way, and compares.
func (b *interpreters) play(r *rand.Rand, log []Record) {
	b.t.Helper()
	pace, committed := 1+r.IntN(40), 0
	for i := 0; i < len(log); i++ {
		before := b.commits
		if b.apply(&log[i]); b.commits > before {
			committed = i // In the middle: this record is not in it.
		}
		first := i == b.taken
		if first {
			b.want.Take(oracleRecord(&log[i]))
			b.taken++
		}
		if r.IntN(pace) == 0 {
			b.commit()
			committed = i + 1
			if first {
				b.compareReports(fmt.Sprint("after record ", i))
			}
			if r.IntN(20) == 0 {
				b.checkpoint()
				b.sound(fmt.Sprint("after record ", i))
			}
		}
		switch {
		case first && r.IntN(130) == 0:
			b.change(r)
			committed = i + 1
		case r.IntN(100) == 0:
			b.restart(r.IntN(2) == 0)
			i = committed - 1
		}
		if b.t.Failed() {
			return
		}
	}
	end := log[len(log)-1].Event.OccurredAt + r.Int64N(100*day)
	b.advance(end)
	b.want.AsOf(end)
	b.commit()
	b.compareReports(inTheEnd)
	b.compareAlerts()
	b.checkpoint()
	b.sound(inTheEnd)
}
