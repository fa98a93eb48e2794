package backfill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
)

// begun begins a candidate.
func (f *fixture) begun(t *testing.T, name string, p *Plan) *Description {
	t.Helper()
	d, err := Start(t.Context(), f.client, f.candidate(t, name), p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhereACandidateBegins(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 2)
		orders, claims := f.app.Topics.Inputs[0], f.app.Topics.Inputs[3]
		f.produce(t, orders, 0, time.Now(), 3)
		f.produce(t, orders, 1, time.Now(), 1)
		f.produce(t, claims, 1, time.Now(), 2)
		future := time.Now().Add(time.Hour)
		for i, c := range []struct {
			from  From
			want  string
			whole bool
		}{
			{From{}, "[[0 0] [0 0] [0 0] [0 0] [0 0] [0 0]]", true},
			{From{Text: "earliest"}, "[[0 0] [0 0] [0 0] [0 0] [0 0] [0 0]]", true},
			{From{Text: "2001-01-01T00:00:00Z", Time: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}, "[[0 0] [0 0] [0 0] [0 0] [0 0] [0 0]]", true},
			{From{Text: future.Format(time.RFC3339), Time: future}, "[[3 1] [0 0] [0 0] [0 2] [0 0] [0 0]]", false},
			{From{Text: "x", Positions: []stream.Position{{TopicPartition: stream.TopicPartition{Topic: orders}, Offset: 2}}}, "[[2 0] [0 0] [0 0] [0 0] [0 0] [0 0]]", false},
		} {
			p := plan()
			p.From = c.from
			d := f.begun(t, fmt.Sprintf("x%d", i), p)
			if got := fmt.Sprint(d.Offsets); got != c.want || (d.WholeSince == nil) != c.whole {
				t.Errorf("from %+v: offsets %s, whole since %v; want %s", c.from, got, d.WholeSince, c.want)
			}
			if again := f.begun(t, fmt.Sprintf("x%d", i), p); !again.CreatedAt.Equal(d.CreatedAt) || fmt.Sprint(again.Offsets) != c.want {
				t.Errorf("begun again it is %+v, was %+v", again, d)
			}
		}
	})
}

// Inputs that have lost their first records: since when numbers are whole, and of which rules they are not yet.
func TestInputsThatNoLongerReachBack(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		orders := f.app.Topics.Inputs[0]
		old, kept := time.Now().Add(-3*time.Hour), time.Now().Add(-time.Hour)
		f.produce(t, orders, 0, old, 2)
		f.produce(t, orders, 0, kept, 2)
		deleteBefore(t, broker, orders, 2)
		d := f.begun(t, "x", plan())
		if d.Offsets[0][0] != 2 || d.WholeSince == nil || broker.Kind == brokertest.EmbeddedKind && d.WholeSince.UnixMilli() != kept.UnixMilli() {
			t.Fatalf("offsets %v, whole since %v; want 2 and %v", d.Offsets, d.WholeSince, kept)
		}
		if age := time.Since(*d.WholeSince); age < 0 || age > 2*time.Hour {
			t.Errorf("whole since %v", d.WholeSince)
		}
	})
}

// deleteBefore has a broker delete the records of partition 0 before an offset.
func deleteBefore(t *testing.T, broker *brokertest.Broker, topic string, offset int64) {
	t.Helper()
	var before kadm.Offsets
	before.AddOffset(topic, 0, offset, -1)
	if deleted, err := brokertest.Admin(t, broker).DeleteRecords(t.Context(), before); err != nil || deleted.Error() != nil {
		t.Fatal(err, deleted.Error())
	}
}

func TestWindowsThatAreNotWholeYet(t *testing.T) {
	set, err := rules.Parse([]byte(`rules:
  - {name: short, metric: claim_rate, window: 7d, target: "< 0.01", class: advisory}
  - {name: lagging, metric: claim_rate, window: 7d, lag: 10d, target: "< 0.01", class: advisory}
`), 120)
	if err != nil {
		t.Fatal(err)
	}
	date := func(day int) windows.Date {
		return windows.NewCalendar(time.UTC).Date(time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC).UnixMilli())
	}
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) // The first whole day is the 2nd.
	for _, c := range []struct {
		day  int
		want []PartialRule
	}{
		{1, []PartialRule{{"short", date(8)}, {"lagging", date(18)}}},
		{7, []PartialRule{{"short", date(8)}, {"lagging", date(18)}}},
		{8, []PartialRule{{"lagging", date(18)}}},
		{17, []PartialRule{{"lagging", date(18)}}},
		{18, nil},
	} {
		d := &Description{Zone: "UTC", WholeSince: &since}
		got, err := d.Partial(set, time.Date(2026, 3, c.day, 23, 0, 0, 0, time.UTC))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("on the %dth: %v, %v; want %v", c.day, got, err, c.want)
		}
	}
	if got, err := new(Description).Partial(set, since); got != nil || err != nil {
		t.Errorf("of whole inputs: %v, %v", got, err)
	}
}

// What cannot be begun is refused with one line that says what to do, and leaves nothing behind.
func TestRefusalsOfStart(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 2)
		orders := f.app.Topics.Inputs[0]
		other, err := rules.Parse([]byte("rules:\n  - {name: one, metric: claim_rate, window: 7d, target: \"< 0.01\", class: advisory}\n"), 120)
		if err != nil {
			t.Fatal(err)
		}
		f.begun(t, "x", plan())
		f.produce(t, orders, 1, time.Now(), 2)
		at := func(topic string, partition int32, offset int64) []stream.Position {
			return []stream.Position{{TopicPartition: stream.TopicPartition{Topic: topic, Partition: partition}, Offset: offset}}
		}
		discard := func(name string) string {
			return "remove it with `processor backfill discard " + name + "`"
		}
		for _, c := range []struct {
			name   string
			change func(*Plan)
			want   string
		}{
			{"x", func(p *Plan) { p.Zone = time.FixedZone("Mars", 0) }, `backfill "x": it was begun with --time-zone UTC, not Mars: give the same, or ` + discard("x") + " and begin it anew"},
			{"x", func(p *Plan) { p.RetentionDays = 200 }, `backfill "x": it was begun with --retention 120d, not 200d: give the same, or ` + discard("x") + " and begin it anew"},
			{"x", func(p *Plan) { p.From.Text = "2026-01-01T00:00:00Z" }, `backfill "x": it was begun with --from earliest, not 2026-01-01T00:00:00Z: give the same, or ` + discard("x") + " and begin it anew"},
			{"x", func(p *Plan) { p.Rules = other }, fmt.Sprintf(`backfill "x": it was begun with the rule %q, which --rules has not: give the same rules, or `, rules.BuiltIn().Versions()[0].Canonical()) + discard("x") + " and begin it anew"},
			{"y", func(p *Plan) { p.From.Positions = at(orders, 1, 3) }, fmt.Sprintf(`backfill "y": --from %s/1@3: the input begins at offset 0 and ends at 2: name one from there to there`, orders)},
			{"y", func(p *Plan) { p.From.Positions = at(orders, 2, 0) }, fmt.Sprintf(`backfill "y": --from %s/2@0: there is no such partition of an input: the inputs are %q, with the partitions 0 to 1`, orders, f.app.Topics.Inputs[:])},
		} {
			p := plan()
			c.change(p)
			if _, err := Start(t.Context(), f.client, f.candidate(t, c.name), p); err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		}
		if names, err := f.app.Names(t.Context(), f.client); err != nil || !slices.Equal(names, []string{"x"}) {
			t.Errorf("there are %q, %v; want the one that was begun", names, err)
		}
	})
}

// What is left over of an earlier candidate is refused: its topics, and its offsets.
func TestLeftoversAreRefused(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		c := f.candidate(t, "x")
		err := f.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: c.Topics.Changelog, Partitions: 1, ReplicationFactor: 1}})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("backfill \"x\": topics %q are left over from an earlier one: remove it with `processor backfill discard x`, and begin it anew", c.Topics.Changelog)
		if _, err := Start(t.Context(), f.client, c, plan()); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
		if err := f.client.DeleteTopics(t.Context(), []string{c.Topics.Changelog}); err != nil {
			t.Fatal(err)
		}
		f.commit(t, c, 7)
		want = fmt.Sprintf("backfill \"x\": group %q is left over from an earlier one, at offset 7 of %s/0: remove it with `processor backfill discard x`, and begin it anew", c.AppID, c.Topics.Inputs[0])
		if _, err := Start(t.Context(), f.client, c, plan()); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
	})
}

// commit moves a candidate's group in partition 0 of its first input.
func (f *fixture) commit(t *testing.T, c *Candidate, offset int64) {
	t.Helper()
	f.commitMarked(t, c, offset, task.Mark{Changelog: c.Topics.Changelog})
}

func (f *fixture) commitMarked(t *testing.T, c *Candidate, offset int64, mark task.Mark) {
	t.Helper()
	producer, err := f.client.OpenTransactional(t.Context(), c.AppID+"-0", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	offsets := []stream.Position{{TopicPartition: stream.TopicPartition{Topic: c.Topics.Inputs[0]}, Offset: offset}}
	_, err = producer.Commit(t.Context(), stream.Commit{Groups: []stream.GroupOffsets{{Group: c.AppID, Offsets: offsets, Metadata: mark.Encode()}}})
	if err == nil { // They can be read a moment later.
		_, err = f.client.Offsets(t.Context(), c.AppID, []stream.TopicPartition{offsets[0].TopicPartition})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What one leaves that was cut over to is discarded, but for the changelog, and its name is taken.
func TestACandidateThatWasCutOverTo(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		f.produce(t, f.app.Topics.Inputs[0], 0, time.Now(), 9)
		f.begun(t, "x", plan())
		c := f.candidate(t, "x")
		f.commitMarked(t, c, 7, task.Mark{CutOver: f.app.ID})
		live := &Candidate{AppID: f.app.ID, Topics: f.app.Topics}
		f.commitMarked(t, live, 7, task.Mark{Changelog: c.Topics.Changelog})
		if all, err := f.app.List(t.Context(), f.client); err != nil || len(all) != 1 || all[0].State != CutOver {
			t.Errorf("list %+v, %v", all, err)
		}
		r, err := f.discard(t, "x", f.localState(t, c.Topics.Changelog))
		if err != nil || !slices.Equal(r.Kept, []string{c.Topics.Changelog}) || r.State != nil {
			t.Errorf("kept %q, state %v, %v", r.Kept, r.State, err)
		}
		if left := f.left(t, c); !slices.Equal(left, []string{c.Topics.Changelog}) {
			t.Errorf("topics %q are left, want the changelog", left)
		}
		want := fmt.Sprintf("backfill \"x\": topic %q is the changelog of %q since an earlier one was cut over to: begin it under another name", c.Topics.Changelog, f.app.ID)
		if _, err := Start(t.Context(), f.client, f.candidate(t, "x"), plan()); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
	})
}

// A candidate whose changelog is gone, or whose inputs were enlarged, is refused.
func TestCandidatesThatCannotGoOn(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		f.produce(t, f.app.Topics.Inputs[0], 0, time.Now(), 9)
		f.begun(t, "lost", plan())
		lost := f.candidate(t, "lost")
		f.commit(t, lost, 7)
		if err := f.client.DeleteTopics(t.Context(), []string{lost.Topics.Changelog}); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("backfill \"lost\": its changelog %q is gone, and its group is at offset 7 of %s/0: remove it with `processor backfill discard lost`, and begin it anew", lost.Topics.Changelog, lost.Topics.Inputs[0])
		if _, err := Start(t.Context(), f.client, lost, plan()); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
		f.begun(t, "x", plan())
		f.enlarge(t, broker, 3)
		want = "backfill \"x\": it was begun when the inputs had 1 partitions, and they have 3: sellers are in other partitions now; remove it with `processor backfill discard x`, and begin it anew"
		if _, err := Start(t.Context(), f.client, f.candidate(t, "x"), plan()); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
	})
}

// enlarge gives the inputs more partitions, and returns when brokers know.
func (f *fixture) enlarge(t *testing.T, broker *brokertest.Broker, partitions int32) {
	t.Helper()
	grown, err := brokertest.Admin(t, broker).UpdatePartitions(t.Context(), int(partitions), f.app.Topics.Inputs[:]...)
	if err == nil {
		err = grown.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		size, err := provision.SizeOf(ctx, f.client, f.app.Topics)
		if err == nil && size.Partitions == partitions {
			return
		}
		if !wait.For(ctx, 10*time.Millisecond) {
			t.Fatalf("inputs have %d partitions, %v", size.Partitions, err)
		}
	}
}

// An input may be another topic than the live one's; a candidate that was begun with one keeps it.
func TestAnInputThatMoved(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t), 1)
	moved := f.app
	moved.Topics.Inputs[0] = f.app.Prefix + "orders-v2"
	if err := f.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: moved.Topics.Inputs[0], Partitions: 1, ReplicationFactor: 1}}); err != nil {
		t.Fatal(err)
	}
	c, err := moved.Candidate("x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), f.client, c, plan()); err != nil {
		t.Fatal(err)
	}
	found, _, err := f.app.Find(t.Context(), f.client, "x")
	if err != nil || found.Topics.Inputs[0] != moved.Topics.Inputs[0] {
		t.Errorf("found %+v, %v; want the input that it was begun with", found, err)
	}
	if _, err := Start(t.Context(), f.client, f.candidate(t, "x"), plan()); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("backfill \"x\": it was begun with the input %s, not %s: give the same, or", moved.Topics.Inputs[0], f.app.Topics.Inputs[0])) {
		t.Errorf("error %v, want both inputs", err)
	}
}
