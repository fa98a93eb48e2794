package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/market"
)

// Topics are the input topics of one marketplace, and its alerts.
type Topics struct {
	Prefix     string
	Partitions int
	Sellers    int
	Orders     int64
	Events     int64
	Last       events.Millis // when the last event occurred
}

// Create makes empty topics. Records have the time at which their events occurred, by which some programs go, and are kept however old.
func (l *Lab) Create(ctx context.Context, partitions int) (*Topics, error) {
	l.runs++
	t := &Topics{Prefix: fmt.Sprintf("m%d-", l.runs), Partitions: partitions}
	setting := func(value string) *string { return &value }
	settings := map[string]*string{
		"retention.ms": setting("-1"), "message.timestamp.type": setting("CreateTime"), "message.timestamp.after.max.ms": setting("9223372036854775807"),
	}
	if l.Embedded {
		settings = nil
	}
	answers, err := l.admin.CreateTopics(ctx, int32(partitions), 1, settings, append(t.inputs(), t.alerts())...)
	for _, answer := range answers.Sorted() {
		err = errors.Join(err, answer.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("create topics: %w", err)
	}
	return t, nil
}

func (t *Topics) inputs() (names []string) {
	for topic := range events.NumTopics {
		names = append(names, t.Prefix+topic.String())
	}
	return names
}

func (t *Topics) alerts() string { return t.Prefix + "alerts" }

// Drop deletes the topics.
func (l *Lab) Drop(ctx context.Context, t *Topics) error { return l.deleteTopics(ctx, t.Prefix) }

// deleteTopics deletes the topics with such names: other programs know no prefix, so that an application's topics have its name somewhere.
func (l *Lab) deleteTopics(ctx context.Context, part string) error {
	if ctx.Err() != nil {
		return nil // They go with the broker.
	}
	names, err := l.topicsOf(ctx, part)
	if err != nil || len(names) == 0 {
		return err
	}
	if _, err := l.admin.DeleteTopics(ctx, names...); err != nil {
		return fmt.Errorf("delete topics: %w", err)
	}
	return nil
}

// topicsOf is the topics in whose names a text is.
func (l *Lab) topicsOf(ctx context.Context, part string) ([]string, error) {
	all, err := l.admin.ListTopics(ctx)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	return slices.DeleteFunc(all.Names(), func(name string) bool { return !strings.Contains(name, part) }), nil
}

// Fill makes topics with the events of a marketplace, in the order in which they occur.
func (l *Lab) Fill(ctx context.Context, partitions int, o market.Options) (*Topics, error) {
	t, err := l.Create(ctx, partitions)
	if err != nil {
		return nil, err
	}
	t.Sellers = o.Sellers
	l.Log("%s: making events of %d sellers", t.Prefix, o.Sellers)
	if err := l.sendAll(ctx, t, encode(ctx, o)); err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // The programs may need it.
	return t, nil
}

// entry is one event of many that are encoded.
type entry struct {
	at     events.Millis
	value  []byte // of an array that many share
	seller int32
	topic  events.Topic
	kind   events.Kind
}

// encode makes a marketplace's events, sorted by when they occur; not all of them when it is interrupted.
func encode(ctx context.Context, o market.Options) (entries []entry) {
	const block = 1 << 20
	var encoded []byte
	for seller, e := range o.Events() {
		if cap(encoded)-len(encoded) < block/16 {
			encoded = make([]byte, 0, block)
			if ctx.Err() != nil {
				break
			}
		}
		begin := len(encoded)
		encoded = events.Encoder{}.AppendAvro(encoded, e)
		entries = append(entries, entry{e.OccurredAt, encoded[begin:len(encoded):len(encoded)], int32(seller), e.Topic, e.Kind})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return compare(a.at, a.topic, b.at, b.topic) })
	return entries
}

func (l *Lab) sendAll(ctx context.Context, t *Topics, entries []entry) error {
	l.Log("%s: sending %d events of %d sellers", t.Prefix, len(entries), t.Sellers)
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.send(ctx, t, e.topic, market.Seller(int(e.seller)), e.at, e.value)
		if e.kind == events.OrderPlaced {
			t.Orders++
		}
	}
	if len(entries) > 0 {
		t.Events, t.Last = int64(len(entries)), entries[len(entries)-1].at
	}
	return l.flush(ctx)
}

func compare(at events.Millis, topic events.Topic, otherAt events.Millis, other events.Topic) int {
	if at != otherAt {
		return int(at - otherAt)
	}
	return int(topic) - int(other)
}

// send sends an event; it blocks when many wait. Errors are told by flush.
func (l *Lab) send(ctx context.Context, t *Topics, topic events.Topic, seller string, at events.Millis, value []byte) {
	key := []byte(seller)
	record := &kgo.Record{
		Topic: t.Prefix + topic.String(), Partition: stream.PartitionFor(key, int32(t.Partitions)), Key: key, Value: value,
		Timestamp: timeOf(at),
	}
	l.client.Produce(ctx, record, func(_ *kgo.Record, err error) {
		if err != nil {
			l.failed.CompareAndSwap(nil, &err)
		}
	})
}

// flush waits until everything is sent.
func (l *Lab) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.Limit)
	defer cancel()
	if err := l.client.Flush(ctx); err != nil {
		return fmt.Errorf("send events: %w", err)
	}
	if err := l.failed.Swap(nil); err != nil {
		return fmt.Errorf("send events: %w", *err)
	}
	return nil
}

// placeOne sends a new order to every partition, of a seller of its own, some time after all events before.
func (l *Lab) placeOne(ctx context.Context, t *Topics, after events.Millis) error {
	t.Last += after
	done := make([]bool, t.Partitions)
	for i, left := 0, t.Partitions; left > 0; i++ {
		seller := fmt.Sprintf("N%s%d-%d", t.Prefix, t.Events, i)
		p := stream.PartitionFor([]byte(seller), int32(t.Partitions))
		if done[p] {
			continue
		}
		done[p] = true
		left--
		e := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: seller, OccurredAt: t.Last, SellerID: seller, OrderID: "1", OrderDate: t.Last,
			Channel: events.MFN, Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: events.None, DeliverBy: events.None,
		}
		l.send(ctx, t, events.Orders, seller, t.Last, events.Encoder{}.AppendAvro(nil, &e))
	}
	t.Events += int64(t.Partitions)
	return l.flush(ctx)
}

// ends is how many records the inputs have, of each partition.
func (l *Lab) ends(ctx context.Context, t *Topics) (byPartition []int64, err error) {
	ends, err := l.admin.ListEndOffsets(ctx, t.inputs()...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list ends of topics: %w", err)
	}
	byPartition = make([]int64, t.Partitions)
	ends.Each(func(o kadm.ListedOffset) { byPartition[o.Partition] += o.Offset })
	return byPartition, nil
}

// logBytes is what is in all topics on the broker's disk.
func (l *Lab) logBytes(ctx context.Context) (total float64, err error) {
	dirs, err := l.admin.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("describe logs: %w", err)
	}
	dirs.Each(func(d kadm.DescribedLogDir) {
		err = errors.Join(err, d.Err)
		total += float64(d.Size())
	})
	return total, err
}

// changelogRecords is the records of an application's changelogs.
func (l *Lab) changelogRecords(ctx context.Context, appID string) (total int64, err error) {
	names, err := l.topicsOf(ctx, appID+"-")
	if err != nil {
		return 0, err
	}
	ends, err := l.admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return 0, fmt.Errorf("list ends of topics: %w", err)
	}
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	return total, ends.Error()
}
