package view

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// Alert is the alert of an id, "<seller>/<rule>/<n>", and the one before it of the same seller and rule; nil where that is the first, or is not kept any more.
// Those that are not recent are looked for in the partition of the seller, which may take as long as reading all of it: ctx bounds it. It fails with
// ErrNotFound where there is no such alert, or none any more. Where the one before alone cannot be read, the alert comes with the error.
func (v *View) Alert(ctx context.Context, id string) (found, previous *outputs.Alert, err error) {
	seller, rule, number, ok := outputs.ParseAlertID(id)
	if !ok {
		return nil, nil, fmt.Errorf("alert %q: %w: an id is a seller, a rule and a number from 1 on, with a / between them", id, ErrNotFound)
	}
	search := &alertSearch{seller: seller, rule: rule, number: number}
	at, err := v.recentAlert(search)
	if err == nil && !search.done() {
		err = v.searchAlert(ctx, search, at)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("find alert %q: %w", id, err)
	case search.found == nil:
		err = fmt.Errorf("alert %q: %w", id, ErrNotFound)
	}
	return search.found, search.previous, err
}

// alertSearch looks for an alert and the one before.
type alertSearch struct {
	seller, rule    string
	number          int64
	found, previous *outputs.Alert
}

func (s *alertSearch) done() bool { return s.found != nil && (s.previous != nil || s.number == 1) }

// recentAlert looks among the recent alerts. It tells up to which offset of its partition there is more to be found; 0 for all of it.
func (v *View) recentAlert(s *alertSearch) (before int64, err error) {
	v.mutex.Lock()
	found, previous := v.recent.kept(s.seller, s.rule, s.number), v.recent.kept(s.seller, s.rule, s.number-1)
	v.mutex.Unlock()
	if found != nil {
		before = found.offset
		if s.found, err = decoded(found); err != nil {
			return 0, err
		}
	}
	if previous != nil {
		s.previous, err = decoded(previous)
	}
	return before, err
}

func decoded(a *alert) (*outputs.Alert, error) {
	whole, err := a.decode()
	return &whole, err
}

// searchAlert looks through the partition of the seller, up to an offset, or else to its end.
func (v *View) searchAlert(ctx context.Context, s *alertSearch, before int64) error {
	leave, err := v.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	tp, known := v.partitionOf(s.seller)
	if !known {
		return nil
	}
	ranges, err := v.o.Client.Ends(ctx, []stream.TopicPartition{tp})
	if err != nil {
		return err
	}
	at, end := ranges[tp].First, ranges[tp].LastStable
	if before > 0 {
		end = min(end, before)
	}
	fetcher := v.o.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: tp, Offset: at}}, Unpacked: readerBytes, Marks: true})
	for at < end {
		chunks, err := fetcher.Fetch(ctx, nil)
		if errors.As(err, new(*stream.OffsetError)) {
			return nil // What there was has been deleted while it was read.
		}
		if err != nil {
			return err
		}
		for _, chunk := range chunks {
			at = chunk.Next
			if s.look(chunk.Records) {
				return nil
			}
		}
	}
	return nil
}

// partitionOf is where the alerts of a seller are published.
func (v *View) partitionOf(seller string) (tp stream.TopicPartition, known bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	partitions := v.identities[v.o.Alerts].Partitions
	if partitions == 0 {
		return tp, false
	}
	return stream.TopicPartition{Topic: v.o.Alerts, Partition: stream.PartitionFor([]byte(seller), partitions)}, true
}

// look looks through records, and tells whether there is nothing more to be found. The one before comes before.
func (s *alertSearch) look(records []stream.Record) (ended bool) {
	for i := range records {
		r := &records[i]
		if r.Batch != nil || string(r.Key) != s.seller {
			continue
		}
		a, err := outputs.DecodeAlert(r.Value)
		if err != nil || a.Rule != s.rule {
			continue
		}
		switch a.Transition {
		case s.number - 1:
			s.previous = &a
		case s.number:
			s.found = &a
			return true
		}
	}
	return s.done()
}
