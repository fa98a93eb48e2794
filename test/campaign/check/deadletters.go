package check

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
	"sellerpulse/test/oracle"
)

func (c *Checker) takeDeadLetter(r *kgo.Record) {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	id := headers["source.topic"] + " " + headers["source.partition"] + " " + headers["source.offset"]
	if c.compares(headers["reason"]) && c.first("dead letter", id) {
		c.dead = append(c.dead, id+" "+headers["reason"])
	}
	if source := c.sourceOf(id, headers); source == nil || !bytes.Equal(source.Value, r.Value) || !bytes.Equal(source.Key, r.Key) || headers["error"] == "" {
		c.problem("dead letter %q is not the record that was sent, or gives no error", id)
	}
}

// Replayed tells that a state which was built in another order has become the live one. From when on events wait for their order depends on the order: they
// may be orphans sooner, or be among the dead letters of the state that was cut over to or from. So orphans are not compared any more.
func (c *Checker) Replayed() { c.replayed = true }

// compares is whether dead letters of a reason are compared.
func (c *Checker) compares(reason string) bool { return !c.replayed || reason != string(events.Orphan) }

// source is what a dead letter was made of.
type source struct{ Key, Value []byte }

// sourceOf is that of a dead letter; nil when there is none.
func (c *Checker) sourceOf(id string, headers map[string]string) *source {
	if r := c.refused[id]; r != nil {
		return &r.source
	}
	if s := c.skipped[id]; s != nil {
		if headers["batch.first"] != s.first || headers["batch.last"] != s.last {
			return nil
		}
		return &source{Value: s.raw}
	}
	partition, badPartition := strconv.Atoi(headers["source.partition"])
	offset, badOffset := strconv.ParseInt(headers["source.offset"], 10, 64)
	for topic := range events.NumTopics {
		if c.options.App.Input(topic) != headers["source.topic"] || badPartition != nil || badOffset != nil || partition >= c.options.App.Partitions {
			continue
		}
		if sent := c.inputs[c.index(topic, partition)].at(offset); sent != nil {
			return &source{sent.Key, sent.Value}
		}
	}
	return nil
}

// skipping is a batch that was passed over.
type skipping struct {
	raw         []byte
	first, last string // offsets
	compared    bool
}

// Skipped tells of records, all those of a batch that nobody can read, which is passed over as a whole.
func (c *Checker) Skipped(records []market.Record, batch *cluster.Rotten) {
	for i := range records {
		c.note(&records[i])
	}
	first := strconv.FormatInt(batch.First, 10)
	c.skipped[fmt.Sprintf("%s %d %s", batch.Topic, batch.Partition, first)] = &skipping{raw: batch.Raw, first: first, last: strconv.FormatInt(batch.Last, 10)}
}

// compareDeadLetters demands the dead letters that the reference has. Their order is free.
func (c *Checker) compareDeadLetters() {
	var want []string
	for p, reference := range c.references {
		for i := c.applied[p].deadLetters; i < len(reference.DeadLetters); i++ {
			if d := &reference.DeadLetters[i]; c.compares(d.Reason) {
				want = append(want, c.deadLetterText(d))
			}
		}
		c.applied[p].deadLetters = len(reference.DeadLetters)
	}
	for id, s := range c.skipped {
		if !s.compared {
			want, s.compared = append(want, id+" skipped"), true
		}
	}
	for id, r := range c.refused {
		if !r.compared {
			want, r.compared = append(want, id+" "+r.reason), true
		}
	}
	c.result.DeadLetters += len(want)
	slices.Sort(want)
	slices.Sort(c.dead)
	missing, extra := differences(c.dead, want)
	c.result.Lost += len(missing)
	if len(missing)+len(extra) > 0 {
		c.problem("dead letters that are not there: %s; that must not be: %s", shorten(missing), shorten(extra))
	}
	c.dead = nil
}

func (c *Checker) deadLetterText(d *oracle.DeadLetter) string {
	return fmt.Sprintf("%s %d %d %s", c.options.App.Input(d.Topic), d.Partition, d.Offset, d.Reason)
}

// differences are what each of two sorted lists has and the other has not.
func differences(got, want []string) (missing, extra []string) {
	for len(got) > 0 || len(want) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0] < got[0]:
			missing, want = append(missing, want[0]), want[1:]
		case len(want) == 0 || got[0] < want[0]:
			extra, got = append(extra, got[0]), got[1:]
		default:
			got, want = got[1:], want[1:]
		}
	}
	return missing, extra
}

// shorten joins the first few.
func shorten(texts []string) string {
	const most = 5
	text := strings.Join(texts[:min(most, len(texts))], "; ")
	if len(texts) > most {
		text += fmt.Sprintf("; and %d more", len(texts)-most)
	}
	return "[" + text + "]"
}
