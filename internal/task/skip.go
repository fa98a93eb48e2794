package task

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// decode reads a record's event, unless the record is to be passed over, or stands for a batch that cannot be read. Err is then an
// *events.Error where the partition can go on.
func (t *Task) decode(r *entry) {
	t.at, t.applying = record{r.Topic, r.Offset}, true
	last := r.Offset
	if r.batch != nil {
		r.Headers, last = headersOf(r.batch), r.batch.Last
	}
	switch named := t.skipped(r, last); {
	case named != nil:
		r.Err = named
	case r.batch == nil:
		t.engine.Decode(&r.Record)
	case errors.Is(r.batch, stream.ErrInflated):
		r.Err = &events.Error{Reason: events.Undecodable, Problem: r.batch.Error()}
	default:
		r.Err = r.batch
	}
	t.applying = false
}

// skipped is why a record is passed over, or nil. A batch that cannot be read is, as a whole, by any of its offsets.
func (t *Task) skipped(r *entry, last int64) error {
	if len(t.env.Skip) == 0 {
		return nil
	}
	log := t.env.Topics.InputPartitions(t.partition)[r.Topic]
	for _, p := range t.env.Skip {
		if p.TopicPartition != log || p.Offset < r.Offset || p.Offset > last {
			continue
		}
		why := &events.Error{Reason: events.Skipped, Problem: "passed over by --skip " + atRecord(log, p.Offset)}
		if r.batch != nil {
			why.Problem += ": " + r.batch.Error()
		}
		return why
	}
	return nil
}

// headersOf says what is known of a batch that cannot be read.
func headersOf(b *stream.BatchError) (headers []state.Header) {
	sum := sha256.Sum256(b.Raw)
	add := func(key, value string) { headers = append(headers, state.Header{Key: key, Value: []byte(value)}) }
	add("batch.first", strconv.FormatInt(b.First, 10))
	add("batch.last", strconv.FormatInt(b.Last, 10))
	if b.Count >= 0 {
		add("batch.records", strconv.Itoa(b.Count))
	}
	add("batch.bytes", strconv.Itoa(len(b.Raw)))
	add("batch.sha256", hex.EncodeToString(sum[:]))
	return headers
}

// logSkipped says that records named by --skip have been passed over.
func (t *Task) logSkipped(letters []engine.DeadLetter) {
	for i := range letters {
		if d := &letters[i]; d.Reason == events.Skipped {
			log := t.env.Topics.InputPartitions(t.partition)[d.Topic]
			t.log.Warn("record was passed over, and is among the dead letters", "at", atRecord(log, d.Offset), "reason", d.Err)
		}
	}
}
