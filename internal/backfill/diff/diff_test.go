package diff_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// check compares what is handed out with lines.
func check(t *testing.T, got []*diff.Seller, want ...string) {
	t.Helper()
	lines := ""
	for _, line := range want {
		lines += line + "\n"
	}
	if text(got) != lines {
		t.Errorf("told is\n%swant\n%s", text(got), lines)
	}
}

func TestTheSameRulesOnTheSameLog(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		var all []events.Event
		for _, e := range enginetest.RandomEvents(rand.New(rand.NewPCG(7, 7)), 2000) {
			all = append(all, e)
		}
		f.produce(f.live, all)
		f.runBoth()
		got, sum := f.compare(nil)
		check(t, got)
		if sum.Sellers != 3 || sum.Different != 0 || sum.Moving != 0 || sum.Alerts < 20 || sum.Alerts%2 != 0 || sum.Lag != (diff.Lag{}) || sum.Definitions != nil {
			t.Errorf("summary %+v; want 3 sellers, alerts of both sides, and nothing else", sum)
		}
	})
}

func TestOtherRules(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		f.produce(f.live, append(append(orders(t, "S1", 4, 1), orders(t, "S2", 4, 0)...), orders(t, "S3", 1, 1)...))
		f.run(f.live, lateRule(t, "0.04"))
		f.run(f.candidate, lateRule(t, "0.5"))
		got, sum := f.compare(nil)
		check(t, got, "S1 in both; late BREACHED 1/4 in 2026-04-03..2026-05-02 -> OK 1/4 in 2026-04-03..2026-05-02; alert in live of late BREACHED<-OK S1/late/1 1/4 -> none")
		if sum.Sellers != 3 || sum.Different != 1 || sum.Rules != 1 || sum.AlertsLive != 1 || sum.AlertsCandidate != 0 || sum.Alerts != 3 {
			t.Errorf("summary %+v; want 1 of 3 sellers, 1 rule, 1 of 3 alerts", sum)
		}
		want := []diff.Definition{{
			Rule: "late", Live: "late: late_shipment_rate < 0.04 over 30d lag 0d warn 0.032 resolve 0.04 min 1 ADVISORY",
			Candidate: "late: late_shipment_rate < 0.5 over 30d lag 0d warn 0.4 resolve 0.5 min 1 ADVISORY",
		}}
		if fmt.Sprint(sum.Definitions) != fmt.Sprint(want) {
			t.Errorf("definitions %v, want %v", sum.Definitions, want)
		}
		if got, sum = f.compare(func(o *diff.Options) { o.Seller = "S1" }); len(got) != 1 || len(got[0].Orders) != 0 || sum.Sellers != 1 || sum.Different != 1 || sum.Lag != (diff.Lag{}) {
			t.Errorf("of one seller %+v, %+v; want the seller without orders, and no lag", got, sum)
		}
	})
}

// Parts of rules are told apart: which country stands otherwise, and which alert is of which.
func TestPartsOfRules(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		var all []events.Event
		for _, e := range append(orders(t, "S1", 6, 2), orders(t, "S2", 2, 0)...) {
			if e.Kind == events.OrderPlaced {
				e.ShipCountry = []string{"AT", "DE"}[e.OrderID[len(e.OrderID)-1]%2]
			}
			all = append(all, e)
		}
		f.produce(f.live, all)
		byCountry := func(limit string) func(*worker.Options) {
			set, err := rules.Parse([]byte("pack: shop\nrules: [{name: late, metric: late_shipment_rate, by: ship_country, window: 30d, target: \"< "+limit+"\", min_denominator: 3, class: advisory}]"), 120)
			if err != nil {
				t.Fatal(err)
			}
			return func(o *worker.Options) { o.Rules = set }
		}
		f.run(f.live, byCountry("0.3"))
		f.run(f.candidate, byCountry("0.9"))
		got, sum := f.compare(nil)
		const dates = " in 2026-04-03..2026-05-02"
		check(t, got, "S1 in both; shop/late:AT BREACHED 1/3"+dates+" -> OK 1/3"+dates+"; shop/late:DE BREACHED 1/3"+dates+" -> OK 1/3"+dates+
			"; alert in live of shop/late:AT BREACHED<-OK S1/shop/late:AT/1 1/3 -> none; alert in live of shop/late:DE BREACHED<-OK S1/shop/late:DE/1 1/3 -> none")
		if sum.Sellers != 2 || sum.Different != 1 || sum.Rules != 2 {
			t.Errorf("summary %+v; want 1 of 2 sellers, 2 parts", sum)
		}
	})
}

// A rule that one side alone has is a difference for whoever has orders, and for nobody else.
func TestRuleOnOneSide(t *testing.T) {
	broker := brokertest.Embedded(t)
	f := newFixture(t, broker)
	f.produce(f.live, append(orders(t, "S1", 2, 0), event(t, 0, "orders", "PLACED", "S2", "S2-O1",
		fmt.Sprintf(`"order_date":%q,"channel":"AFN","items":[]`, enginetest.At(0, 0)))))
	f.run(f.live, lateRule(t, "0.04"))
	f.run(f.candidate, ruleNamed(t, "later", "0.04"))
	got, _ := f.compare(nil)
	check(t, got, "S1 in both; late OK 0/2 in 2026-04-02..2026-05-01 -> none; later none -> OK 0/2 in 2026-04-02..2026-05-01")
}

// Where counts of the candidate begin later it is told, of rules that both sides have.
func TestCountsThatReachBackLessFar(t *testing.T) {
	broker := brokertest.Embedded(t)
	f := newFixture(t, broker)
	f.produce(f.live, append(orders(t, "S1", 2, 0), orders(t, "S2", 2, 0)...))
	keeping := func(o *worker.Options) { o.HistoryDays = 400 }
	f.run(f.live, keeping)
	f.run(f.candidate, func(o *worker.Options) {
		keeping(o)
		o.From = map[stream.TopicPartition]int64{}
		for p := range int32(partitions) {
			o.From[stream.TopicPartition{Topic: f.live.topics.Inputs[0], Partition: p}] = 1
		}
	})
	_, sum := f.compare(nil)
	if len(sum.Shorter) == 0 || len(sum.Shorter) > len(rules.BuiltIn().Rules()) {
		t.Fatalf("%+v", sum.Shorter)
	}
	for _, s := range sum.Shorter {
		if s.Live != nil || s.Candidate <= 0 {
			t.Errorf("%+v", s)
		}
	}
	f.live, f.candidate = f.candidate, f.live
	if _, sum := f.compare(nil); sum.Shorter != nil {
		t.Errorf("the other way round: %+v", sum.Shorter)
	}
}

// What one side alone has read makes orders differ, each with what is stored otherwise; the inputs of the candidate are others here.
func TestOrdersBehindADifference(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		for topic, name := range f.candidate.topics.Inputs {
			f.candidate.topics.Inputs[topic] = name + "-2"
		}
		if err := f.client.CreateTopics(t.Context(), enginetest.TopicSpecs(f.candidate.topics.Inputs, partitions, nil)); err != nil {
			t.Fatal(err)
		}
		all := append(orders(t, "S1", 3, 0), orders(t, "S2", 1, 0)...)
		f.produce(f.live, append(all, placed(t, "S1", "S1-O9"), shipped(t, 30, "S1", "S1-O1"), shipped(t, 10, "S2", "S2-O0")))
		f.produce(f.candidate, append(all, shipped(t, 20, "S1", "S1-O1"), shipped(t, 10, "S2", "S2-O0"), shipped(t, 30, "S2", "S2-O0"), placed(t, "S2", "S2-O0")))
		f.run(f.live, lateRule(t, "0.04"))
		f.run(f.candidate, lateRule(t, "0.04"))
		got, sum := f.compare(func(o *diff.Options) { o.Seller = "S1" })
		check(t, got, "S1 in both rates; late BREACHED 1/4 in 2026-04-03..2026-05-02 -> OK 0/3 in 2026-04-03..2026-05-02; "+
			"alert in live of late BREACHED<-OK S1/late/1 1/4 -> none")
		want := []string{
			"S1-O1 2026-05-01 MFN: orders 1, late_shipped 1, shipments_confirmed 1 -> 2026-05-01 MFN: orders 1, shipments_confirmed 1; " +
				"[{shipment P1 confirmed_at 2026-05-02T18:00:00.000Z 2026-05-02T08:00:00.000Z}]",
			"S1-O9 2026-05-01 MFN: orders 1 -> none; []",
		}
		if len(got) != 1 || fmt.Sprint(orderTexts(got[0].Orders)) != fmt.Sprint(want) || sum.Orders != 2 {
			t.Errorf("orders %q, want %q", orderTexts(got[0].Orders), want)
		}
	})
}

func orderTexts(all []diff.Order) (texts []string) {
	of := func(s *diff.OrderSide) string {
		if s == nil {
			return "none"
		}
		return fmt.Sprintf("%v %v: %v", s.Date, s.Channel, &s.Counts)
	}
	for _, o := range all {
		texts = append(texts, fmt.Sprintf("%s %s -> %s; %v", o.ID, of(o.Live), of(o.Candidate), o.Why))
	}
	return texts
}

// What a candidate has yet to read differs, and it is told how far it lags.
func TestCandidateThatLags(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		f.produce(f.live, append(orders(t, "S1", 2, 0), orders(t, "S2", 1, 0)...))
		f.run(f.candidate, lateRule(t, "0.04"))
		f.produce(f.live, append(orders(t, "S3", 1, 0), shipped(t, 30, "S1", "S1-O0")))
		f.run(f.live, lateRule(t, "0.04"))
		got, sum := f.compare(nil)
		check(t, got, "S1 in both rates; late BREACHED 1/2 in 2026-04-03..2026-05-02 -> OK 0/2 in 2026-04-02..2026-05-01; alert in live of late BREACHED<-OK S1/late/1 1/2 -> none",
			"S3 in live; late OK 0/1 in 2026-04-03..2026-05-02 -> none")
		if sum.Lag.BehindLive != 2 || sum.Lag.BehindEnds != 2 || sum.LiveOnly != 1 || sum.CandidateOnly != 0 || sum.Lag.Time != 30*3_600_000 {
			t.Errorf("summary %+v; want 2 records and 30 hours behind, 1 seller only in live", sum)
		}
		got, sum = f.compare(func(o *diff.Options) { o.Live, o.Candidate = o.Candidate, o.Live })
		if len(got) != 2 || sum.Lag != (diff.Lag{}) || sum.CandidateOnly != 1 || sum.AlertsCandidate != 1 {
			t.Errorf("the other way round %+v, want no lag and a seller and an alert only in the candidate", sum)
		}
	})
}

// sellerRecord is the record of a seller in a changelog.
func (f *fixture) sellerRecord(s side, seller string) (stream.TopicPartition, []byte) {
	f.t.Helper()
	tp := stream.TopicPartition{Topic: s.topics.Changelog, Partition: stream.PartitionFor([]byte(seller), partitions)}
	var value []byte
	for _, r := range enginetest.Records(f.t, f.client, tp) {
		if bytes.Equal(r.Key, state.SellerRecord(seller)) {
			value = r.Value
		}
	}
	if value == nil {
		f.t.Fatalf("there is no seller %s", seller)
	}
	return tp, bytes.Clone(value)
}

// Whose report is due on either side has moved, and nothing of it is told, whatever differs; neither is it counted as different.
func TestSellersThatMove(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		f.produce(f.live, append(append(orders(t, "S1", 4, 1), orders(t, "S2", 4, 1)...), orders(t, "S3", 4, 1)...))
		f.run(f.live, lateRule(t, "0.04"))
		f.run(f.candidate, lateRule(t, "0.5"))
		for seller, s := range map[string]side{"S1": f.live, "S3": f.candidate} {
			tp, value := f.sellerRecord(s, seller)
			value[1] = 1
			f.put(tp, state.SellerRecord(seller), value)
		}
		got, sum := f.compare(nil)
		check(t, got, "S2 in both; late BREACHED 1/4 in 2026-04-03..2026-05-02 -> OK 1/4 in 2026-04-03..2026-05-02; alert in live of late BREACHED<-OK S2/late/1 1/4 -> none",
			"S1 in both moving", "S3 in both moving")
		if sum.Different != 1 || sum.Moving != 2 {
			t.Errorf("summary %+v; want 1 different, 2 moving", sum)
		}
	})
}

// A report that is gone leaves the states to be compared, which the changelog has.
func TestTombstoneOfAReport(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		f.produce(f.live, append(orders(t, "S1", 4, 1), orders(t, "S2", 4, 0)...))
		f.run(f.live, lateRule(t, "0.04"))
		f.run(f.candidate, lateRule(t, "0.5"))
		for _, seller := range []string{"S1", "S2"} {
			f.put(stream.TopicPartition{Topic: f.live.topics.SellerHealth, Partition: stream.PartitionFor([]byte(seller), 3)}, []byte(seller), nil)
		}
		got, _ := f.compare(nil)
		check(t, got, "S1 in both; late BREACHED -> OK 1/4 in 2026-04-03..2026-05-02; alert in live of late BREACHED<-OK S1/late/1 1/4 -> none")
	})
}

// All are counted, and as many are handed out as are asked for.
func TestMost(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t))
	var all []events.Event
	for i := range 5 {
		all = append(all, orders(t, fmt.Sprintf("S%d", i), 4, 1)...)
	}
	f.produce(f.live, all)
	f.run(f.live, lateRule(t, "0.04"))
	f.run(f.candidate, lateRule(t, "0.5"))
	got, sum := f.compare(func(o *diff.Options) { o.Most = 2 })
	if len(got) != 2 || got[0].ID != "S0" || got[1].ID != "S1" || sum.Different != 5 || sum.AlertsLive != 5 || sum.Rules != 5 {
		t.Errorf("%s, %+v; want the first two of five", text(got), sum)
	}
}

// Alerts that are too many to be held together are read in several goes, which tell the same.
func TestSeveralBatchesOfAlerts(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t))
	var all []events.Event
	for i := range 7 {
		all = append(all, orders(t, fmt.Sprintf("S%d", i), 4, 1)...)
	}
	f.produce(f.live, all)
	f.run(f.live, lateRule(t, "0.04"))
	f.run(f.candidate, lateRule(t, "0.5"))
	want, once := f.compare(nil)
	if len(want) != 7 || once.AlertsLive != 7 {
		t.Fatalf("%s, %+v; want an alert of each of seven", text(want), once)
	}
	for _, batch := range []int{1, 2, 3} {
		got, sum := f.compare(func(o *diff.Options) { o.BatchAlerts = batch })
		if text(got) != text(want) || fmt.Sprint(*sum) != fmt.Sprint(*once) {
			t.Errorf("by %d: %s, %+v; want %s, %+v", batch, text(got), sum, text(want), once)
		}
	}
}

// What cannot be compared is refused with what to do.
func TestRefusals(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t))
	f.produce(f.live, orders(t, "S1", 1, 0))
	f.runBoth()
	if err := f.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: f.live.topics.Changelog + "-3", Partitions: 3, ReplicationFactor: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want   string
		change func(*diff.Options)
	}{
		{"is gone, and with it its state: discard it", func(o *diff.Options) { o.Candidate.Changelog += "-none" }},
		{"create it with `processor topics`", func(o *diff.Options) { o.Live.Alerts += "-none" }},
		{"has 3 partitions, and the live state has 2: discard it", func(o *diff.Options) { o.Candidate.Changelog = f.live.topics.Changelog + "-3" }},
		{`has a seller "S7": check the id`, func(o *diff.Options) { o.Seller = "S7" }},
	} {
		o := f.options()
		c.change(&o)
		if _, err := diff.Run(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
