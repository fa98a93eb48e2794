package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/display"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mapping/cases"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// tryFlags is what `processor mapping try` is told.
type tryFlags struct {
	mapping mappingFlags
	topic   string
	from    string
	count   count
}

// newMappingTry is `processor mapping try`.
func newMappingTry(s *session) *cobra.Command {
	flags := tryFlags{from: "earliest", count: 10}
	cmd := &cobra.Command{
		Use: "try FILE [flags]", Short: "Show what a mapping makes of the next records of a topic", Args: someMappings(1, 1),
		Long: `Reads some records of a topic and prints each, cut to a line, and below it the events that it becomes, or why it becomes none. It writes nothing, and moves no offset.`,
		Example: `  processor mapping try mine.yaml --topic shop.orders
  processor mapping try mine.yaml --topic shop.orders --from 2026-03-01T00:00:00Z --count 100
  processor mapping try mine.yaml --from shop.orders/2@17`,
		ValidArgsFunction: completeMappings,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.mapping.schema = s.schemaOf(cmd.Context())
			m, err := flags.mapping.parse(s, args[0])
			if err != nil {
				return err
			}
			return s.tryMapping(cmd.Context(), m, &flags)
		},
	}
	flags.mapping.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.topic, "topic", "", "`name` of the topic, as it is in Kafka; default: the one that the mapping names, or that of --from")
	f.StringVar(&flags.from, "from", flags.from, "`place` to begin at: earliest, latest for the last records, a time such as 2026-03-01T00:00:00Z, or a record such as shop.orders/2@17, of its partition alone")
	f.Var(&flags.count, "count", "records to show")
	return cmd
}

// tryMapping shows what becomes of records.
func (s *session) tryMapping(ctx context.Context, m *mapping.Mapping, flags *tryFlags) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	place, err := deadletter.ParsePlace(flags.from)
	topic := flags.topic
	switch {
	case err == nil && topic != "" && place.Topic != topic:
		return usage("--topic %s, and --from is a record of %s", topic, place.Topic)
	case err == nil:
		topic = place.Topic
	case topic == "" && len(m.Topics()) == 1:
		topic = m.Topics()[0]
	case topic == "":
		return usage("name a topic with --topic")
	}
	source, err := m.Source(topic)
	if err != nil {
		return usage("%w", err)
	}
	positions, ends, err := flags.positions(ctx, client, topic, place)
	if err != nil {
		return err
	}
	return s.tryRecords(ctx, client, source, int(flags.count), positions, ends)
}

// positions is where to begin.
func (f *tryFlags) positions(ctx context.Context, client *stream.Client, topic string, place stream.Position) (positions []stream.Position, ends map[stream.TopicPartition]stream.Range, err error) {
	found, err := client.Identify(ctx, []string{topic})
	if err != nil {
		return nil, nil, err
	}
	if _, ok := found[topic]; !ok {
		return nil, nil, fmt.Errorf("topic %q does not exist", topic)
	}
	var logs []stream.TopicPartition
	for p := range found[topic].Partitions {
		if place.Topic == "" || p == place.Partition {
			logs = append(logs, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	if ends, err = client.Ends(ctx, logs); err != nil {
		return nil, nil, err
	}
	starts, err := f.starts(ctx, client, logs, ends, place)
	for _, tp := range logs {
		positions = append(positions, stream.Position{TopicPartition: tp, Offset: starts[tp]})
	}
	return positions, ends, err
}

func (f *tryFlags) starts(ctx context.Context, client *stream.Client, logs []stream.TopicPartition, ends map[stream.TopicPartition]stream.Range, place stream.Position) (map[stream.TopicPartition]int64, error) {
	starts := map[stream.TopicPartition]int64{}
	if at, err := time.Parse(time.RFC3339, f.from); err == nil {
		return client.OffsetsAt(ctx, logs, at.UnixMilli())
	}
	for _, tp := range logs {
		switch {
		case place.Topic != "":
			starts[tp] = place.Offset
		case f.from == "earliest":
			starts[tp] = ends[tp].First
		case f.from == "latest":
			each := (int64(f.count) + int64(len(logs)) - 1) / int64(len(logs))
			starts[tp] = max(ends[tp].First, ends[tp].LastStable-each)
		default:
			return nil, usage("--from %q: use earliest, latest, a time such as 2026-03-01T00:00:00Z, or a record such as shop.orders/2@17", f.from)
		}
	}
	return starts, nil
}

// tryRecords shows records until there are enough, or no more.
func (s *session) tryRecords(ctx context.Context, client *stream.Client, source *mapping.Source, most int, positions []stream.Position, ends map[stream.TopicPartition]stream.Range) error {
	fetcher := client.NewFetcher(stream.FetchOptions{Positions: positions, MaxWait: 100 * time.Millisecond})
	for {
		open := make([]bool, len(positions))
		for i := range positions {
			open[i] = positions[i].Offset < ends[positions[i].TopicPartition].LastStable
		}
		if most <= 0 || !slices.Contains(open, true) {
			return nil
		}
		chunks, err := fetcher.Fetch(ctx, open)
		if err != nil {
			return err
		}
		for i := range chunks {
			tp := positions[chunks[i].Source].TopicPartition
			for j := range chunks[i].Records {
				if most--; most < 0 {
					return nil
				}
				if err := s.tryRecord(source, tp, &chunks[i].Records[j]); err != nil {
					return err
				}
			}
			positions[chunks[i].Source].Offset = chunks[i].Next
		}
	}
}

// shownRecord is how much of a record is shown.
const shownRecord = 200

// tryRecord shows what becomes of a record. Its error is an outage of the schema registry.
func (s *session) tryRecord(source *mapping.Source, tp stream.TopicPartition, r *stream.Record) error {
	record := mapping.Record{Topic: tp.Topic, Partition: tp.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		record.Headers = append(record.Headers, mapping.Header(h))
	}
	lines, err := cases.Messages(source, &record)
	refused, ok := errors.AsType[*mapping.Error](err)
	if err != nil && !ok {
		return fmt.Errorf("map record %v@%d: %w", tp, r.Offset, err)
	}
	key, value := source.NewRunner(events.Encoder{}).Texts(&record)
	fmt.Fprintf(s.stdout, "%v@%d key %s\n  %s\n", tp, r.Offset, display.Cell(key, idWidth), display.Cell(value, shownRecord))
	switch {
	case refused != nil:
		fmt.Fprintf(s.stdout, "  ! %s: %s\n", refused.Reason, display.Escape(err.Error()))
	case len(lines) == 0:
		fmt.Fprintln(s.stdout, "  - no event")
	}
	for _, line := range lines {
		fmt.Fprintln(s.stdout, "  > "+line)
	}
	return nil
}
