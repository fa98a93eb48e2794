package view

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// Alert is the alert of an id, "<seller>/<rule>/<n>" or "<seller>/<rule>:<part>/<n>", and the one before it of the same seller, rule and part; nil where that is
// the first, or is not kept any more. Those that are not recent are looked for in the partition of the seller, which may take as long as reading all of it:
// ctx bounds it. Where the id leaves open which seller is meant, that of each is looked through, the likeliest first. It fails with ErrNotFound where there is
// no such alert, or none any more. Where the one before alone cannot be read, the alert comes with the error.
func (v *View) Alert(ctx context.Context, id string) (found, previous *outputs.Alert, err error) {
	all := outputs.AlertIDs(id)
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("alert %q: %w: an id is a seller, a rule and a number from 1 on, with a / between them", id, ErrNotFound)
	}
	searches, err := v.recentAlert(all)
	for _, s := range searches {
		if err == nil && !s.done() {
			err = v.searchAlert(ctx, s)
		}
		if err != nil {
			return s.found, s.previous, fmt.Errorf("find alert %q: %w", id, err)
		}
		if s.found != nil {
			return s.found, s.previous, nil
		}
	}
	return nil, nil, fmt.Errorf("alert %q: %w", id, ErrNotFound)
}

// alertSearch looks for an alert and the one before.
type alertSearch struct {
	id              outputs.AlertID
	found, previous *outputs.Alert
	before          int64 // the offset of the partition up to which there is more to be found; 0 for its end
}

func (s *alertSearch) done() bool {
	return s.found != nil && (s.previous != nil || s.id.Transition == 1)
}

// recentAlert looks among the recent alerts for one of some ids: for that alone is then to be searched further. Else each is.
func (v *View) recentAlert(ids []outputs.AlertID) (searches []*alertSearch, err error) {
	for _, id := range ids {
		s := &alertSearch{id: id}
		earlier := id
		earlier.Transition--
		v.mutex.Lock()
		found, previous := v.recent.kept(id), v.recent.kept(earlier)
		v.mutex.Unlock()
		if previous != nil {
			if s.previous, err = decoded(previous); err != nil {
				return []*alertSearch{s}, err
			}
		}
		if found != nil {
			s.before = found.offset
			s.found, err = decoded(found)
			return []*alertSearch{s}, err
		}
		searches = append(searches, s)
	}
	return searches, nil
}

func decoded(a *alert) (*outputs.Alert, error) {
	whole, err := a.decode()
	return &whole, err
}

// searchAlert looks through the partition of the seller.
func (v *View) searchAlert(ctx context.Context, s *alertSearch) error {
	leave, err := v.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	tp, known := v.partitionOf(s.id.SellerID)
	if !known {
		return nil
	}
	ranges, err := v.o.Client.Ends(ctx, []stream.TopicPartition{tp})
	if err != nil {
		return err
	}
	at, end := ranges[tp].First, ranges[tp].LastStable
	if s.before > 0 {
		end = min(end, s.before)
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
		if r.Batch != nil || string(r.Key) != s.id.SellerID {
			continue
		}
		a, err := outputs.DecodeAlert(r.Value)
		if err != nil || !s.id.Of(&a) {
			continue
		}
		switch a.Transition {
		case s.id.Transition - 1:
			s.previous = &a
		case s.id.Transition:
			s.found = &a
			return true
		}
	}
	return s.done()
}
