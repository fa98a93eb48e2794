package diff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// Topics are those of a side.
type Topics struct {
	Inputs                          [events.NumTopics]string
	Changelog, SellerHealth, Alerts string
}

const (
	readers     = 4       // of one topic at the same time
	readerBytes = 8 << 20 // that what one of them reads at a time may take
)

// source is partitions of a topic, and what is done with their records.
type source struct {
	log  *follow.Log
	take func(stream.TopicPartition, *stream.Record) error
}

// sources are read to their ends at the same time, look after look.
type sources struct {
	client *stream.Client
	all    []source
	read   *atomic.Int64 // records
}

// add adds partitions of a topic, divided among several readers; take makes what one of them does with a record.
func (s *sources) add(ctx context.Context, topic string, partitions []int32, take func() func(stream.TopicPartition, *stream.Record) error) error {
	for i := range min(readers, len(partitions)) {
		var logs []stream.TopicPartition
		for j := i; j < len(partitions); j += readers {
			logs = append(logs, stream.TopicPartition{Topic: topic, Partition: partitions[j]})
		}
		log, err := follow.Open(ctx, s.client, logs, readerBytes)
		if err != nil {
			return err
		}
		s.all = append(s.all, source{log, take()})
	}
	return nil
}

// readOn reads what there is, and in a later look what has come since.
func (s *sources) readOn(ctx context.Context, later bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group panics.Group
	for _, source := range s.all {
		group.Go(func() error {
			err := s.readSource(ctx, &source, later)
			if err != nil {
				cancel()
			}
			return err
		})
	}
	return first(group.Wait())
}

func (s *sources) readSource(ctx context.Context, source *source, later bool) error {
	if later {
		if err := source.log.Extend(ctx); err != nil {
			return err
		}
	}
	return source.log.Read(ctx, func(tp stream.TopicPartition, r *stream.Record) error {
		s.read.Add(1)
		if err := source.take(tp, r); err != nil {
			return fmt.Errorf("read %v, offset %d: %w", tp, r.Offset, err)
		}
		return nil
	})
}

// first is the error for which the others ended, if there is one.
func first(errs []error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil && !errors.Is(err, context.Canceled) })
	if i < 0 {
		return errors.Join(errs...)
	}
	return errs[i]
}

// stateTaker takes records of a side's changelog.
func (d *diff) stateTaker(side int) func() func(stream.TopicPartition, *stream.Record) error {
	return func() func(stream.TopicPartition, *stream.Record) error {
		return func(tp stream.TopicPartition, r *stream.Record) error {
			if d.orders[side].take(r.Key, r.Value) {
				return nil
			}
			return d.table.takeState(side, tp.Partition, r.Key, r.Value)
		}
	}
}

// reportTaker takes records of a side's reports. Days are of its zone, which its changelog tells.
func (d *diff) reportTaker(side int, zone *time.Location) func() func(stream.TopicPartition, *stream.Record) error {
	return func() func(stream.TopicPartition, *stream.Record) error {
		calendar := windows.NewCalendar(zone)
		return func(_ stream.TopicPartition, r *stream.Record) error {
			if !d.table.wanted(r.Key) {
				return nil
			}
			var taken digest
			if r.Value != nil {
				report, err := outputs.DecodeReport(r.Value)
				if err != nil {
					return err
				}
				d.table.reaches(side, &report)
				taken.takeReport(&report, calendar, d.table.number)
			}
			d.table.update(r.Key, side, func(_ *seller, to *digest) {
				to.asOf, to.today, to.numbers, to.parts, to.reported, to.rates = taken.asOf, taken.today, taken.numbers, taken.parts, taken.reported, taken.rates
			})
			return nil
		}
	}
}

// alertTaker takes records of a side's alerts.
func (d *diff) alertTaker(side int) func() func(stream.TopicPartition, *stream.Record) error {
	return func() func(stream.TopicPartition, *stream.Record) error {
		var scratch []byte
		return func(_ stream.TopicPartition, r *stream.Record) error {
			if !d.table.wanted(r.Key) || r.Timestamp < d.o.AlertsSince {
				return nil
			}
			a, err := outputs.DecodeAlert(r.Value)
			if err != nil {
				return err
			}
			d.table.update(r.Key, side, func(_ *seller, to *digest) { scratch = to.takeAlert(&a, scratch) })
			return nil
		}
	}
}
