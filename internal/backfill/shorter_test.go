package backfill

import (
	"errors"
	"slices"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
)

// What the live state has counted of what a candidate has not read is told before it is lost, and counts as a difference.
func TestCutOverToWhatReachesBackLessFar(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newDeployment(t, broker)
		f.history = 400
		set, err := rules.Parse([]byte(`rules:
  - {name: year, metric: claim_rate, window: 300d, target: "< 1", warn: 1, class: advisory}
`), 400)
		if err != nil {
			t.Fatal(err)
		}
		f.produce(market(4, 60))
		live := f.run(set, t.TempDir(), nil)
		f.awaitRead(f.appID)
		whole := f.start("whole", set, t.TempDir())
		f.awaitRead(f.candidate("whole").AppID)
		if dry, err := f.cutOver("whole", func(c *Coordinator) { c.DryRun = true }); err != nil || len(dry.Shorter) > 0 {
			t.Fatalf("all is read: %+v, error %v", dry, err)
		}
		whole.end()
		orders := stream.TopicPartition{Topic: f.topics.Inputs[0]}
		f.from = From{Text: "orders/0@2", Positions: []stream.Position{{TopicPartition: orders, Offset: 2}}}
		late := f.start("late", set, t.TempDir())
		f.awaitRead(f.candidate("late").AppID)
		dry, err := f.cutOver("late", func(c *Coordinator) { c.DryRun = true })
		if err != nil || len(dry.Shorter) != 1 || dry.Shorter[0].Rule != "year" || dry.Shorter[0].Live != nil || dry.Shorter[0].Candidate <= 0 {
			t.Fatalf("the first orders are not read: %+v, error %v", dry, err)
		}
		var tooMany *TooManyError
		if _, err := f.cutOver("late", func(c *Coordinator) { c.MaxDifferences = dry.Differences.Rules }); !errors.As(err, &tooMany) || tooMany.Shorter != 1 {
			t.Fatalf("as many differences allowed as there are beside: %v", err)
		}
		done, err := f.cutOver("late", func(c *Coordinator) { c.MaxDifferences = dry.Differences.Rules + 1 })
		if err != nil || len(done.Shorter) != 1 {
			t.Fatalf("one more allowed: %+v, error %v", done, err)
		}
		live.leave()
		late.end()
	})
}

func TestShorterOfSeveralPartitions(t *testing.T) {
	date := func(d windows.Date) *windows.Date { return &d }
	got := mergeShorter(nil, []Shorter{{"a", 5, date(3)}, {"b", 5, nil}})
	got = mergeShorter(got, []Shorter{{"c", 1, date(0)}, {"a", 6, date(4)}, {"b", 4, date(1)}})
	got = mergeShorter(got, []Shorter{{"a", 2, date(1)}, {"c", 1, nil}})
	want := []Shorter{{"a", 6, date(1)}, {"b", 5, nil}, {"c", 1, nil}}
	same := func(a, b Shorter) bool {
		return a.Rule == b.Rule && a.Candidate == b.Candidate && (a.Live == nil) == (b.Live == nil) && (a.Live == nil || *a.Live == *b.Live)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
