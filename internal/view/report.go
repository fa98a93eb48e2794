package view

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/outputs"
)

// ErrNotFound is that there is no such seller or alert, as far as the topics tell.
var ErrNotFound = errors.New("not found")

// errMoved is that a report is not where it was: a newer one took its place.
var errMoved = errors.New("the report was replaced by a newer one, which has not been read yet: try again")

// moveTries is how often a report is looked for that is replaced in the meantime, with pauses in which the newer one is read.
const (
	moveTries = 10
	movePause = 50 * time.Millisecond
)

// Report reads the latest report of a seller from its topic. It fails with ErrNotFound where the view has no such seller.
func (v *View) Report(ctx context.Context, id string) (*outputs.Report, error) {
	leave, err := v.enter(ctx)
	if err != nil {
		return nil, fmt.Errorf("read report of seller %q: %w", id, err)
	}
	defer leave()
	for range moveTries {
		at, found := v.reportAt(id)
		if !found {
			return nil, fmt.Errorf("report of seller %q: %w", id, ErrNotFound)
		}
		var report *outputs.Report
		if report, err = v.readReport(ctx, id, at); err == nil {
			return report, nil
		}
		if !errors.Is(err, errMoved) || !wait.For(ctx, movePause) {
			break
		}
	}
	return nil, fmt.Errorf("read report of seller %q: %w", id, err)
}

// Seller is where a seller stands by its latest report, which no broker is asked for; false where the view has no such seller.
func (v *View) Seller(id string) (Seller, bool) {
	v.mutex.Lock()
	s, definitions := v.table.find(id), v.table.definitions.list
	v.mutex.Unlock()
	if s == nil {
		return Seller{}, false
	}
	return s.full(definitions), true
}

// enter waits until another read may begin.
func (v *View) enter(ctx context.Context) (leave func(), err error) {
	select {
	case v.lookups <- struct{}{}:
		return func() { <-v.lookups }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("await one of %d reads at a time: %w", maxLookups, context.Cause(ctx))
	}
}

func (v *View) reportAt(id string) (at stream.Position, found bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	s := v.table.find(id)
	if s == nil {
		return at, false
	}
	return stream.Position{TopicPartition: stream.TopicPartition{Topic: v.o.SellerHealth, Partition: s.partition}, Offset: s.offset}, true
}

// readReport reads the report at a position.
func (v *View) readReport(ctx context.Context, id string, at stream.Position) (*outputs.Report, error) {
	r, err := v.o.Client.RecordAt(ctx, at)
	switch {
	case errors.Is(err, stream.ErrGone):
		return nil, errMoved
	case err != nil:
		return nil, err
	case string(r.Key) != id:
		return nil, errMoved
	}
	report, err := outputs.DecodeReport(r.Value)
	return &report, err
}
