package deadletter

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
)

// headers makes headers of pairs of name and value.
func headers(pairs ...string) (list []stream.Header) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, stream.Header{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return list
}

func TestParse(t *testing.T) {
	log := stream.TopicPartition{Topic: "dead-letters", Partition: 3}
	place := stream.Position{TopicPartition: log, Offset: 12}
	source := stream.Position{TopicPartition: stream.TopicPartition{Topic: "orders", Partition: 2}, Offset: 17}
	ours := []string{"reason", "misrouted", "error", "e", "source.topic", "orders", "source.partition", "2", "source.offset", "17"}
	for _, c := range []struct {
		name    string
		headers []string
		want    Letter
	}{
		{"as it came", ours, Letter{Headers: []stream.Header{}}},
		{
			"with headers of its own, of our names too", append([]string{"reason", "x", "source.offset", "1", "value.bytes", "9"}, ours...),
			Letter{Headers: headers("reason", "x", "source.offset", "1", "value.bytes", "9")},
		},
		{
			"cut", append(ours, "value.bytes", "300000", "value.sha256", "ab", "headers.count", "7", "headers.bytes", "99"),
			Letter{Headers: []stream.Header{}, ValueCut: &Whole{300_000, "ab"}, HeadersCount: 7},
		},
		{"with a key that is cut", append(ours, "key.bytes", "5000", "key.sha256", "cd"), Letter{Headers: []stream.Header{}, KeyCut: &Whole{5_000, "cd"}}},
	} {
		record := stream.Record{Offset: 12, Timestamp: 1_000, Key: []byte("k"), Value: []byte("v"), Headers: headers(c.headers...)}
		c.want.Place, c.want.At, c.want.Source, c.want.Reason, c.want.Error, c.want.Key, c.want.Value = place, 1_000, source, "misrouted", "e", record.Key, record.Value
		got, err := Parse(log, &record)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%+v, %v, want\n%+v", c.name, got, err, c.want)
		}
		if cut := strings.Contains(c.name, "cut"); got.Cut() != cut {
			t.Errorf("%s: cut: %t, want %t", c.name, got.Cut(), cut)
		}
	}
}

func TestForeignRecords(t *testing.T) {
	for name, of := range map[string][]string{
		"no headers":     nil,
		"no reason":      {"source.topic", "orders", "source.partition", "2", "source.offset", "17"},
		"all before it":  {"source.topic", "orders", "source.partition", "2", "source.offset", "17", "reason", "invalid"},
		"no topic":       {"reason", "invalid", "source.partition", "2", "source.offset", "17"},
		"no offset":      {"reason", "invalid", "source.topic", "orders", "source.partition", "2"},
		"below zero":     {"reason", "invalid", "source.topic", "orders", "source.partition", "-2", "source.offset", "17"},
		"too many":       {"reason", "invalid", "source.topic", "orders", "source.partition", "2147483648", "source.offset", "17"},
		"an empty word":  {"reason", "", "source.topic", "orders", "source.partition", "2", "source.offset", "17"},
		"a long topic":   {"reason", "invalid", "source.topic", strings.Repeat("x", 250), "source.partition", "2", "source.offset", "17"},
		"no such number": {"reason", "invalid", "source.topic", "orders", "source.partition", "2", "source.offset", "0x11"},
	} {
		if l, err := Parse(stream.TopicPartition{}, &stream.Record{Headers: headers(of...)}); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %+v, error %v", name, l, err)
		}
	}
}

// Whatever headers a record has, nothing of ours is among its own, and its place is one that a log can have.
func FuzzParse(f *testing.F) {
	f.Add("reason", "invalid", "orders", "1", "2", "value.bytes", "3")
	f.Add("", "", "\x00", "-1", "9223372036854775808", "reason", "\xff")
	f.Fuzz(func(t *testing.T, own, reason, topic, partition, offset, name, value string) {
		r := stream.Record{Headers: headers(own, "own", "reason", reason, "source.topic", topic, "source.partition", partition, "source.offset", offset, name, value)}
		l, err := Parse(stream.TopicPartition{}, &r)
		if err != nil {
			return
		}
		if len(l.Headers) != 1 || string(l.Reason) != reason || l.Source.Partition < 0 || l.Source.Offset < 0 || l.HeadersCount < 0 {
			t.Errorf("%+v of %+v", l, r.Headers)
		}
		if l.ValueCut != nil && l.ValueCut.Bytes < 0 {
			t.Errorf("%+v", l.ValueCut)
		}
	})
}
