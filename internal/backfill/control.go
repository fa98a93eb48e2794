package backfill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
)

// Control is the control topic of a candidate: what the candidate is, what is asked of it, and what came of that, each under a key whose latest value
// counts. It has one partition.
type Control struct {
	client *stream.Client
	name   string // of the candidate
	log    stream.TopicPartition
	id     string // transactional id of whoever writes the description
}

// Bounds of what is in a control topic.
const (
	maxValueBytes   = 256 << 10 // of one value
	maxControlBytes = 16 << 20  // of the latest values together
)

// OpenControl makes a Control of a candidate's topic, whether it exists or not.
func OpenControl(client *stream.Client, c *Candidate) *Control {
	return &Control{client: client, name: c.Name, log: stream.TopicPartition{Topic: c.Control}, id: c.AppID + "-control"}
}

// Create makes the topic, unless it exists.
func (k *Control) Create(ctx context.Context, replicationFactor int) error {
	return k.client.CreateTopics(ctx, []stream.TopicSpec{{
		Name: k.log.Topic, Partitions: 1, ReplicationFactor: replicationFactor, Config: map[string]string{"cleanup.policy": "compact"},
	}})
}

// Exists is whether the topic exists.
func (k *Control) Exists(ctx context.Context) (bool, error) {
	found, err := k.client.Identify(ctx, []string{k.log.Topic})
	return len(found) > 0, err
}

// Read is the latest value of each key that has one, and the offset from which to follow so that nothing is missed.
func (k *Control) Read(ctx context.Context) (values map[string][]byte, next int64, err error) {
	ranges, err := k.client.Ends(ctx, []stream.TopicPartition{k.log})
	if err != nil {
		return nil, 0, fmt.Errorf("read control topic: %w", err)
	}
	values, size, end := map[string][]byte{}, 0, ranges[k.log].LastStable
	next, err = k.scan(ctx, ranges[k.log].First, end, func(key string, value []byte) error {
		size += len(value) - len(values[key])
		if size > maxControlBytes {
			return fmt.Errorf("topic %q has values of more than %d bytes: it is no control topic of a candidate", k.log.Topic, maxControlBytes)
		}
		if value == nil {
			delete(values, key)
		} else {
			values[key] = bytes.Clone(value) // of its own: the record shares the memory of a whole answer
		}
		return nil
	})
	return values, next, err
}

// Follow hands out what is written from an offset on as it comes, a nil value where a key was removed, until ctx ends or yield fails.
func (k *Control) Follow(ctx context.Context, from int64, yield func(key string, value []byte) error) error {
	_, err := k.scan(ctx, from, -1, yield)
	return err
}

// scan hands out the records from an offset on, up to an end unless that is negative, and tells where it has got to.
func (k *Control) scan(ctx context.Context, from, end int64, yield func(key string, value []byte) error) (next int64, err error) {
	next = from
	fetcher := k.client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: k.log, Offset: from}}})
	for end < 0 || next < end {
		chunks, err := fetcher.Fetch(ctx, nil)
		if err != nil {
			return next, fmt.Errorf("read control topic: %w", err)
		}
		for i := range chunks {
			for _, r := range chunks[i].Records {
				if err := yield(string(r.Key), r.Value); err != nil {
					return next, err
				}
			}
			next = chunks[i].Next
		}
	}
	return next, nil
}

// Write puts a value under a key, as JSON; nil removes the key.
func (k *Control) Write(ctx context.Context, key string, value any) error {
	message, err := controlMessage(key, value)
	if err != nil {
		return err
	}
	producer, err := k.client.OpenIdempotent(ctx)
	if err == nil {
		_, err = producer.Produce(ctx, k.output(message))
	}
	if err != nil {
		return fmt.Errorf("write %q to the control topic: %w", key, err)
	}
	return nil
}

// Requests writes requests, as long as no cut-over of any candidate of the application is begun by another.
type Requests struct {
	control  *Control
	producer *stream.Producer
}

// OpenRequests ends what another command may ask of the candidates of an application.
func (k *Control) OpenRequests(ctx context.Context, c *Candidate) (*Requests, error) {
	producer, err := k.client.OpenTransactional(ctx, c.Live+infix+"cut-over", establishTimeout)
	if err != nil {
		return nil, fmt.Errorf("begin the cut-over: %w", err)
	}
	return &Requests{k, producer}, nil
}

// errOvertaken says that another cut-over began.
var errOvertaken = errors.New("another cut-over began, which ends this one: nothing was changed by it; one at a time")

// Write asks the candidate's processes.
func (q *Requests) Write(ctx context.Context, r *request) error {
	message, err := controlMessage(requestKey, r)
	if err != nil {
		return err
	}
	_, err = q.producer.Commit(ctx, stream.Commit{Outputs: q.control.output(message)})
	if errors.Is(err, stream.ErrFenced) {
		return errOvertaken
	}
	if err != nil {
		return fmt.Errorf("ask the candidate's processes: %w", err)
	}
	return nil
}

func (k *Control) output(m stream.Message) []stream.Output {
	return []stream.Output{{TopicPartition: k.log, Messages: []stream.Message{m}}}
}

func controlMessage(key string, value any) (stream.Message, error) {
	m := stream.Message{Key: []byte(key), Timestamp: time.Now().UnixMilli()}
	if value == nil {
		return m, nil
	}
	var err error
	if m.Value, err = json.Marshal(value); err != nil {
		return m, fmt.Errorf("encode %q for the control topic: %w", key, err)
	}
	if len(m.Value) > maxValueBytes {
		return m, fmt.Errorf("encode %q for the control topic: %d bytes, more than %d", key, len(m.Value), maxValueBytes)
	}
	return m, nil
}
