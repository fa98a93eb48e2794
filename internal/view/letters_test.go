package view

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// dead is a dead letter as a task writes it, of a record that had headers of the same names.
func dead(reason, topic string, partition int32, offset, at int64) stream.Message {
	header := func(key, value string) stream.Header { return stream.Header{Key: key, Value: []byte(value)} }
	return stream.Message{Key: []byte("S1"), Value: []byte("{"), Timestamp: at, Headers: []stream.Header{
		header("reason", "of the record itself"), header("source.offset", "x"),
		header("reason", reason), header("error", fmt.Sprintf("at %d", offset)), header("source.topic", topic),
		header("source.partition", strconv.Itoa(int(partition))), header("source.offset", strconv.FormatInt(offset, 10)),
	}}
}

// letterFeed gives a view dead letters of partitions, without a broker.
func letterFeed(now time.Time, partitions int32) *View {
	v := New(Options{DeadLetters: "dead-letters", Clock: func() time.Time { return now }})
	var logs []*log
	for p := range partitions {
		logs = append(logs, &log{TopicPartition: stream.TopicPartition{Topic: "dead-letters", Partition: p}, letters: true})
	}
	v.begin(map[string]stream.TopicIdentity{"dead-letters": {Partitions: partitions}}, logs)
	return v
}

func (v *View) give(partition int32, m *stream.Message) {
	l := v.logs[partition]
	r := stream.Record{Offset: l.next, Timestamp: m.Timestamp, Key: m.Key, Value: m.Value, Headers: m.Headers}
	v.take(l, &stream.Chunk{Records: []stream.Record{r}, Next: l.next + 1, LastStable: l.next + 1})
}

// naiveLetters recounts all from the list of them.
func naiveLetters(all []letter, since, until int64) (kinds []LetterKind) {
	all = slices.DeleteFunc(slices.Clone(all), func(d letter) bool { return d.At < since || d.At > until })
	slices.SortFunc(all, func(a, b letter) int {
		return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.topic, b.topic), cmp.Compare(a.At, b.At), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	for _, d := range all {
		if n := len(kinds); n == 0 || kinds[n-1].Reason != d.reason || kinds[n-1].Topic != d.topic {
			kinds = append(kinds, LetterKind{Reason: d.reason, Topic: d.topic, First: d.At, Error: d.err})
		}
		k := &kinds[len(kinds)-1]
		if k.Count, k.Last = k.Count+1, d.At; len(k.Places) < 5 {
			k.Places = append(k.Places, d.LetterPlace)
		}
	}
	return kinds
}

// Counts and first places are those of a naive recount, in whatever order partitions are read, and whatever is older than a week is gone.
func TestDeadLettersAreCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	now := time.UnixMilli(noon)
	v := letterFeed(now, 3)
	var all []letter
	times := [3]int64{} // of each partition, which go up
	for p := range times {
		times[p] = noon - 10*day
	}
	for n := range int64(3000) {
		p := random.Int32N(3)
		times[p] = min(noon, times[p]+random.Int64N(day/48))
		reason, topic := []string{"invalid", "future", "orphan"}[random.IntN(3)], []string{"orders", "claims"}[random.IntN(2)]
		m := dead(reason, topic, p, n, times[p])
		v.give(p, &m)
		all = append(all, letter{reason, topic, fmt.Sprintf("at %d", n), LetterPlace{p, n, times[p]}})
	}
	d := v.DeadLetters()
	if since := events.Millis(noon/day-6) * day; d.Since != since || d.Cut || d.Other != 0 {
		t.Errorf("dead letters since %d, cut %v, others %d, want since %d", d.Since, d.Cut, d.Other, since)
	}
	want := naiveLetters(all, d.Since, noon)
	if len(want) != 6 {
		t.Fatalf("%d kinds", len(want))
	}
	for i := range want { // Of those of one instant any may be the first.
		want[i].Error, d.Kinds[i].Error = "", ""
	}
	if !reflect.DeepEqual(d.Kinds, want) {
		t.Errorf("%+v\nwant %+v", d.Kinds, want)
	}
}

// Reasons and topics are others' words: there are only so many, and what is no dead letter of a task is counted as unreadable.
func TestDeadLettersAreBounded(t *testing.T) {
	v := letterFeed(time.UnixMilli(noon), 1)
	for n := range int64(2 * letterKinds) {
		m := dead(fmt.Sprintf("reason-%03d", n), "orders", 0, n, noon)
		m.Headers[3].Value = []byte(strings.Repeat("ä", letterError))
		v.give(0, &m)
	}
	d := v.DeadLetters()
	if len(d.Kinds) != letterKinds || d.Other != letterKinds || d.Kinds[0].Error != strings.Repeat("ä", letterError/2) {
		t.Errorf("%d kinds, %d others, error %q", len(d.Kinds), d.Other, d.Kinds[0].Error)
	}
	ahead := dead("reason-000", "orders", 0, 99, noon+400*day)
	v.give(0, &ahead)
	if k := v.DeadLetters().Kinds[0]; k.Count != 2 || k.Last != noon {
		t.Errorf("what is ahead of the clock is %+v", k)
	}
	for _, change := range []func(m *stream.Message){
		func(m *stream.Message) { m.Headers = nil },
		func(m *stream.Message) { m.Headers[2].Value = nil },
		func(m *stream.Message) { m.Headers[2].Value = []byte(strings.Repeat("x", 250)) },
		func(m *stream.Message) { m.Headers[5].Value = []byte("-1") },
		func(m *stream.Message) { m.Headers[6].Value = []byte("many") },
	} {
		before := v.AsOf().Unreadable
		m := dead("invalid", "orders", 0, 1, noon)
		change(&m)
		v.give(0, &m)
		if got := v.AsOf().Unreadable; got != before+1 {
			t.Errorf("%v: %d unreadable, want %d", m.Headers, got, before+1)
		}
	}
}

// Dead letters are followed from the topic, from not too far before its end, and what is newer comes by itself.
func TestFollowingDeadLetters(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p := newPublished(t, broker)
		topic := broker.Prefix + "dead-letters"
		p.partitions[topic] = 2
		p.create(topic)
		write := func(partition int32, messages ...stream.Message) {
			out := stream.Output{TopicPartition: stream.TopicPartition{Topic: topic, Partition: partition}, Messages: messages}
			if _, err := p.producer.Commit(t.Context(), stream.Commit{Outputs: []stream.Output{out}}); err != nil {
				t.Fatal(err)
			}
		}
		var many []stream.Message
		now := time.Now().UnixMilli()
		for n := range int64(20) {
			many = append(many, dead("invalid", "orders", 1, n, now))
		}
		write(0, many...)
		write(1, dead("future", "claims", 3, 7, now))
		all, _ := run(t, Options{Client: p.client, DeadLetters: topic})
		whole(t, all)
		if d := all.DeadLetters(); len(d.Kinds) != 2 || d.Kinds[0].Reason != "future" || d.Kinds[1].Count != 20 || d.Cut {
			t.Errorf("%+v", d)
		}
		cut, _ := run(t, Options{Client: p.client, DeadLetters: topic, lettersRead: 11}) // ten records and a marker
		whole(t, cut)
		if d := cut.DeadLetters(); len(d.Kinds) != 2 || d.Kinds[1].Count != 10 || d.Kinds[1].Places[0].Offset != 10 || !d.Cut {
			t.Errorf("%+v", d)
		}
		write(1, dead("invalid", "orders", 1, 20, now))
		for v, count := range map[*View]int64{all: 21, cut: 11} {
			eventually(t, v, "one more", func() bool { return v.DeadLetters().Kinds[1].Count == count })
		}
	})
}

func FuzzLetter(f *testing.F) {
	f.Add("invalid", "orders", "1", "2", "error")
	f.Add("", "\x00", "-1", "9223372036854775808", "\xff")
	f.Fuzz(func(t *testing.T, reason, topic, partition, offset, text string) {
		r := stream.Record{Timestamp: noon}
		for _, h := range [][2]string{{"reason", reason}, {"source.topic", topic}, {"source.partition", partition}, {"source.offset", offset}, {"error", text}} {
			r.Headers = append(r.Headers, stream.Header{Key: h[0], Value: []byte(h[1])})
		}
		d := decoder{log: &log{}}
		if d.letter(&r) != nil {
			return
		}
		if got := d.letters[0]; got.reason != reason || got.topic != topic || got.Offset < 0 || got.Partition < 0 || len(got.err) > letterError {
			t.Errorf("%+v", got)
		}
	})
}
