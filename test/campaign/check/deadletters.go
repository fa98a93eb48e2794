package check

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/oracle"
	"sellerpulse/pkg/events"
)

func (c *Checker) takeDeadLetter(r *kgo.Record) {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	id := headers["source.topic"] + " " + headers["source.partition"] + " " + headers["source.offset"]
	if c.first("dead letter", id) {
		c.dead = append(c.dead, id+" "+headers["reason"])
	}
	if source := c.sourceOf(headers); source == nil || !bytes.Equal(source.Value, r.Value) || !bytes.Equal(source.Key, r.Key) || headers["error"] == "" {
		c.problem("dead letter %q is not the record that was sent, or gives no error", id)
	}
}

// sourceOf is the record that a dead letter was made of.
func (c *Checker) sourceOf(headers map[string]string) *struct{ Key, Value []byte } {
	partition, badPartition := strconv.Atoi(headers["source.partition"])
	offset, badOffset := strconv.Atoi(headers["source.offset"])
	for topic := range events.NumTopics {
		if topic.String() != headers["source.topic"] || badPartition != nil || badOffset != nil || partition >= c.options.Partitions {
			continue
		}
		if sent := c.inputs[c.index(topic, partition)]; offset < len(sent) {
			return &struct{ Key, Value []byte }{sent[offset].Key, sent[offset].Value}
		}
	}
	return nil
}

// compareDeadLetters demands the dead letters that the reference has. Their order is free.
func (c *Checker) compareDeadLetters() {
	var want []string
	for p, reference := range c.references {
		for i := c.applied[p].deadLetters; i < len(reference.DeadLetters); i++ {
			want = append(want, deadLetterText(&reference.DeadLetters[i]))
		}
		c.applied[p].deadLetters = len(reference.DeadLetters)
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

func deadLetterText(d *oracle.DeadLetter) string {
	return fmt.Sprintf("%s %d %d %s", d.Topic, d.Partition, d.Offset, d.Reason)
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
