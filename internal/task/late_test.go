package task

import (
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
)

// A new state that keeps counts knows from which date on all events of orders are there, where any input does not begin with its first record.
func TestAStateWhoseInputsBeginLate(t *testing.T) {
	const first = 7
	for name, c := range map[string]struct {
		begin func(all stream.Range) int64
		since func(arrived, now windows.Date) windows.Date
	}{
		"with the first": {func(stream.Range) int64 { return 0 }, func(_, _ windows.Date) windows.Date { return 0 }},
		"with another":   {func(stream.Range) int64 { return first }, func(arrived, _ windows.Date) windows.Date { return arrived + 1 }},
		"with nothing":   {func(all stream.Range) int64 { return all.LastStable }, func(_, now windows.Date) windows.Date { return now + 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
				s := newFixture(t, broker, 1)
				s.produce(sortedMarket(5, 20))
				orders := stream.TopicPartition{Topic: s.topics.Inputs[0]}
				ranges, err := s.client.Ends(t.Context(), []stream.TopicPartition{orders})
				if err != nil {
					t.Fatal(err)
				}
				arrived, err := s.client.Arrived(t.Context(), []stream.Position{{TopicPartition: orders, Offset: first}})
				if err != nil {
					t.Fatal(err)
				}
				db := s.openState(t.TempDir())
				o := s.options(db)
				o.HistoryDays, o.From = 400, map[stream.TopicPartition]int64{orders: c.begin(ranges[orders])}
				now := time.Now()
				o.Clock = func() time.Time { return now }
				if err := New(s.environment(o), Attempt{Owner: always{}, OnCommit: func(*Task) {}}).Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				view := db.Snapshot()
				columns, err := view.Partition(0).Columns()
				view.Close()
				if err != nil || len(columns) != 1 {
					t.Fatalf("columns %v, error %v", columns, err)
				}
				calendar := windows.NewCalendar(time.UTC)
				if want := c.since(calendar.Date(arrived), calendar.Date(now.UnixMilli())); columns[0].Since != want || !columns[0].Whole {
					t.Errorf("since %v, want %v", columns[0].Since, want)
				}
			})
		})
	}
}
