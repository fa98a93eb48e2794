package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
)

// DescriptionKey is the key under which a control topic has the candidate's description.
const DescriptionKey = "candidate"

// descriptionVersion goes up when a program that does not know of a change must not work with the candidate. What is added beside it is passed over.
const descriptionVersion = 1

// Description is what a candidate is. It is written when the candidate is begun, and does not change.
type Description struct {
	Version   int       `json:"version"`
	Name      string    `json:"name"`
	Live      string    `json:"live"` // id of the application whose candidate it is
	CreatedAt time.Time `json:"created_at"`
	Changelog string    `json:"changelog"` // topic that its state is in

	Inputs  []string  `json:"inputs"`  // topics, in the order of events.Topic
	From    string    `json:"from"`    // as it was asked for
	Offsets [][]int64 `json:"offsets"` // with which it begins, by input and partition

	// WholeSince is when the first record arrived with which the last input begins, if any begins with another than its first. Numbers of orders that
	// were placed before that are not whole.
	WholeSince *time.Time `json:"whole_since,omitempty"`

	Zone          string   `json:"zone"`
	RetentionDays int32    `json:"retention_days"`
	HistoryDays   int32    `json:"history_days,omitempty"`  // for which counts are kept, where they outlive orders
	Rules         []string `json:"rules"`                   // the definition of each
	Applied       bool     `json:"applied_rules,omitempty"` // they were those that were applied to the live application, and change with them

	Former bool `json:"former,omitempty"` // a state that was the live one, until a cut-over
}

// Partitions is how many partitions each input had when the candidate was begun.
func (d *Description) Partitions() int32 {
	if len(d.Offsets) == 0 {
		return 0
	}
	return int32(len(d.Offsets[0]))
}

// Begins is the offset with which each partition of each input begins.
func (d *Description) Begins() map[stream.TopicPartition]int64 {
	begins := map[stream.TopicPartition]int64{}
	for i, topic := range d.Inputs {
		for p, offset := range d.Offsets[i] {
			begins[stream.TopicPartition{Topic: topic, Partition: int32(p)}] = offset
		}
	}
	return begins
}

// check refuses what no candidate can be.
func (d *Description) check() error {
	if d.Version > descriptionVersion {
		return errors.New("it was begun by a newer version of the program: run that one")
	}
	if d.Version < 1 || len(d.Inputs) != int(events.NumTopics) || len(d.Offsets) != len(d.Inputs) || d.Changelog == "" {
		return errors.New("what the control topic says of it is no description of a candidate")
	}
	for _, offsets := range d.Offsets {
		if len(offsets) != len(d.Offsets[0]) {
			return errors.New("what the control topic says of it is no description of a candidate")
		}
	}
	return nil
}

// Find is the candidate's description; nil where there is none.
func (k *Control) Find(ctx context.Context) (*Description, error) {
	if exists, err := k.Exists(ctx); err != nil || !exists {
		return nil, err
	}
	return k.describe(ctx)
}

// describe is the description that a topic has which exists.
func (k *Control) describe(ctx context.Context) (*Description, error) {
	values, _, err := k.Read(ctx)
	if err != nil {
		return nil, err
	}
	if values[discardKey] != nil {
		return nil, &DiscardingError{k.name}
	}
	if values[DescriptionKey] == nil {
		return nil, nil
	}
	return decodeDescription(values[DescriptionKey])
}

func decodeDescription(value []byte) (*Description, error) {
	d := new(Description)
	err := json.Unmarshal(value, d)
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, fmt.Errorf("read description of the candidate: %w", err)
	}
	return d, nil
}

const (
	establishTries   = 10
	establishTimeout = 30 * time.Second // of a transaction that its process does not end
)

// Establish is the candidate's description: the one that there is, or else the one that propose makes. Whoever comes fences whoever came before, and then
// looks once more, so that all who come at once are given the same, whenever one of them is killed. An error of propose counts only where
// there is no description after it, and leaves nothing behind.
func (k *Control) Establish(ctx context.Context, replicationFactor int, propose func(context.Context) (*Description, error)) (*Description, error) {
	var last error
	for range establishTries {
		d, err := k.tryEstablish(ctx, replicationFactor, propose)
		if gone := (*stream.TopicError)(nil); !errors.Is(err, stream.ErrFenced) && !errors.Is(err, errUndecided) && !(errors.As(err, &gone) && gone.Gone()) {
			return d, err
		}
		// Fenced by another who comes, or what another had begun was discarded meanwhile.
		last = err
		if !wait.For(ctx, 200*time.Millisecond+rand.N(time.Second)) { // Apart from the one by whom it was fenced.
			return nil, ctx.Err()
		}
	}
	return nil, fmt.Errorf("others began %q at every try: start one process, and the others when it runs: %w", k.id, last)
}

func (k *Control) tryEstablish(ctx context.Context, replicationFactor int, propose func(context.Context) (*Description, error)) (*Description, error) {
	if d, err := k.Find(ctx); d != nil || err != nil {
		return d, err
	}
	proposal, refused := propose(ctx)
	if refused != nil {
		if d, err := k.Find(ctx); d != nil || err != nil {
			return d, err
		}
		return nil, refused
	}
	if err := k.Create(ctx, replicationFactor); err != nil {
		return nil, err
	}
	return k.establish(ctx, proposal)
}

// errUndecided says that it is not known whether a description was written: a broker that fences a transaction while it ends has answers of many kinds.
var errUndecided = errors.New("undecided")

func (k *Control) establish(ctx context.Context, proposal *Description) (*Description, error) {
	producer, err := k.client.OpenTransactional(ctx, k.id, establishTimeout)
	if err != nil {
		return nil, err
	}
	if d, err := k.describe(ctx); d != nil || err != nil {
		return d, err
	}
	message, err := controlMessage(DescriptionKey, proposal)
	if err != nil {
		return nil, err
	}
	if _, err := producer.Commit(ctx, stream.Commit{Outputs: k.output(message)}); err != nil {
		if !errors.Is(err, stream.ErrUnauthorized) {
			err = fmt.Errorf("%w: %w", errUndecided, err)
		}
		return nil, fmt.Errorf("write description of the candidate: %w", err)
	}
	return proposal, nil
}
