package backfill

import (
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

func TestStatusOfACandidate(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 2)
		orders := f.app.Topics.Inputs[0]
		f.produce(t, orders, 0, time.Now(), 10)
		f.produce(t, orders, 1, time.Now(), 4)
		p := plan()
		p.From = From{Text: "places", Positions: []stream.Position{{TopicPartition: stream.TopicPartition{Topic: orders}, Offset: 2}}}
		f.begun(t, "x", p)
		c := f.candidate(t, "x")
		f.commit(t, c, 8)
		f.commit(t, &Candidate{AppID: f.app.ID, Topics: f.app.Topics}, 9)
		f.produce(t, c.Topics.Alerts, 1, time.Now(), 3)
		f.produce(t, c.Topics.DeadLetters, 0, time.Now(), 1)
		s, err := f.app.Status(t.Context(), f.client, "x")
		if err != nil {
			t.Fatal(err)
		}
		want := []PartitionProgress{{0, Reading{6, 2}, 1}, {1, Reading{0, 4}, 4}}
		if s.Partitions[0] != want[0] || s.Partitions[1] != want[1] || s.Reading != (Reading{6, 6}) || s.LiveBehind != 5 || s.Done != 0.5 {
			t.Errorf("progress %+v of %+v, done %v; want %+v", s.Progress, s.Partitions, s.Done, want)
		}
		if s.State != Stopped || s.Processes != 0 || s.Rate != nil || s.Alerts != (Count{Records: 3}) || s.DeadLetters != (Count{Records: 1}) {
			t.Errorf("status %+v", s)
		}
		all, err := f.app.List(t.Context(), f.client)
		if err != nil || len(all) != 1 || all[0].Name != "x" || all[0].State != Stopped || all[0].Behind != 6 || all[0].Done != 0.5 || !all[0].CreatedAt.Equal(s.Description.CreatedAt) {
			t.Errorf("list %+v, %v", all, err)
		}
	})
}

func TestPaceOfACandidate(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	look := func(seconds int, read, behind int64) *Progress {
		return &Progress{At: begin.Add(time.Duration(seconds) * time.Second), Reading: Reading{read, behind}}
	}
	for _, c := range []struct {
		before, now *Progress
		rate        float64
		left        time.Duration
		ends        bool
		caughtUp    bool
	}{
		{look(0, 100, 900), look(2, 300, 800), 100, 8 * time.Second, true, false},
		{look(0, 100, 900), look(2, 300, 29), 100, 290 * time.Millisecond, true, true},
		{look(0, 100, 900), look(2, 100, 900), 0, 0, false, false},
		{look(0, 100, 0), look(2, 100, 0), 0, 0, true, true},
		{look(0, 100, 10), look(0, 100, 10), 0, 0, false, false},
		{look(0, 0, 1<<62), look(100, 1, 1<<62), 0.01, 365 * 24 * time.Hour, true, false},
	} {
		rate := c.now.Rate(c.before)
		left, ends := c.now.Left(rate)
		if rate != c.rate || left != c.left || ends != c.ends || c.now.CaughtUp(rate) != c.caughtUp {
			t.Errorf("after %+v at %+v: rate %v, left %v, ends %v, caught up %v; want %+v", c.before, c.now, rate, left, ends, c.now.CaughtUp(rate), c)
		}
	}
}
