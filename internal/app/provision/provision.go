package provision

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sellerpulse/internal/pipeline"
	"sellerpulse/internal/stream"
)

// Topic is a topic as it was found or made.
type Topic struct {
	Name              string
	Created           bool
	Partitions        int32
	ReplicationFactor int
	Cleanup           string
	RetentionDays     int64 // 0: without end
}

// Create creates the topics that do not exist and checks all. Its error names everything that is wrong.
func Create(ctx context.Context, client *stream.Client, topics pipeline.Topics, size Size) ([]Topic, error) {
	wanted := plan(topics, size)
	found, err := describe(ctx, client, wanted)
	if err != nil {
		return nil, err
	}
	if size.Partitions, err = agree(wanted, found, size.Partitions); err != nil {
		return nil, err
	}
	var missing []stream.TopicSpec
	for _, w := range plan(topics, size) {
		if _, ok := found[w.Name]; !ok {
			missing = append(missing, w.TopicSpec)
		}
	}
	if err := client.CreateTopics(ctx, missing); err != nil {
		return nil, err
	}
	all, err := Check(ctx, client, topics)
	for i := range all {
		_, existed := found[all[i].Name]
		all[i].Created = !existed
	}
	return all, err
}

// agree is the number of partitions that new topics get: what is asked for, which must be what the inputs and the changelog have that
// exist, or else what those have.
func agree(wanted []planned, found map[string]stream.TopicDescription, asked int32) (int32, error) {
	agreed := asked
	for _, w := range wanted {
		d, ok := found[w.Name]
		if !ok || !mustAgree(w, wanted) {
			continue
		}
		if asked > 0 && d.Partitions != asked {
			return 0, fmt.Errorf("topic %q has %d partitions already, not %d: leave out --partitions, or use other topics with --topic-prefix", w.Name, d.Partitions, asked)
		}
		if agreed == 0 {
			agreed = d.Partitions
		}
	}
	if agreed == 0 {
		agreed = DefaultPartitions
	}
	return agreed, nil
}

// mustAgree is whether a topic must have as many partitions as the inputs: itself an input, or the changelog.
func mustAgree(w planned, all []planned) bool {
	return w.use == input || w.Name == all[len(all)-1].Name
}

// Check checks that all topics are there and as they should be. Its error names everything that is wrong.
func Check(ctx context.Context, client *stream.Client, topics pipeline.Topics) ([]Topic, error) {
	wanted := plan(topics, Size{})
	found, err := describe(ctx, client, wanted)
	if err != nil {
		return nil, err
	}
	var all []Topic
	wrong := []error{client.Reach(ctx)}
	if missing := missingFrom(found, wanted); len(missing) > 0 {
		wrong = append(wrong, fmt.Errorf("no topics %s: create them with `processor topics`", strings.Join(missing, ", ")))
	}
	for _, w := range wanted {
		d, ok := found[w.Name]
		if !ok {
			continue
		}
		all = append(all, topicOf(w.Name, d))
		wrong = append(wrong, checkSettings(w, d))
		if first, ok := found[wanted[0].Name]; ok && mustAgree(w, wanted) && d.Partitions != first.Partitions {
			wrong = append(wrong, unequal(wanted[0].Name, first.Partitions, w.Name, d.Partitions))
		}
	}
	return all, errors.Join(wrong...)
}

func missingFrom(found map[string]stream.TopicDescription, wanted []planned) (names []string) {
	for _, w := range wanted {
		if _, ok := found[w.Name]; !ok {
			names = append(names, strconv.Quote(w.Name))
		}
	}
	return names
}

func unequal(a string, partitionsOfA int32, b string, partitionsOfB int32) error {
	return fmt.Errorf("topic %q has %d partitions and topic %q has %d: all inputs and the changelog must have the same number; make them anew, or use others with --topic-prefix",
		a, partitionsOfA, b, partitionsOfB)
}

// Inputs is the number of partitions that all inputs have.
func Inputs(ctx context.Context, client *stream.Client, topics pipeline.Topics) (int32, error) {
	found, err := client.Topics(ctx, topics.Inputs[:])
	if err != nil {
		return 0, err
	}
	first := found[topics.Inputs[0]].Partitions
	for _, name := range topics.Inputs {
		d, ok := found[name]
		if !ok {
			return 0, fmt.Errorf("topic %q does not exist: create it with `processor topics`", name)
		}
		if d.Partitions != first {
			return 0, unequal(topics.Inputs[0], first, name, d.Partitions)
		}
	}
	return first, nil
}

func describe(ctx context.Context, client *stream.Client, wanted []planned) (map[string]stream.TopicDescription, error) {
	names := make([]string, len(wanted))
	for i, w := range wanted {
		names[i] = w.Name
	}
	return client.Topics(ctx, names)
}

func topicOf(name string, d stream.TopicDescription) Topic {
	t := Topic{Name: name, Partitions: d.Partitions, ReplicationFactor: d.ReplicationFactor, Cleanup: d.Config[cleanupPolicy]}
	if ms, err := strconv.ParseInt(d.Config[retention], 10, 64); err == nil && ms > 0 && strings.Contains(t.Cleanup, deleted) {
		t.RetentionDays = ms / day
	}
	return t
}

// checkSettings judges by the settings that the broker tells; one that it does not know of is passed over.
func checkSettings(w planned, d stream.TopicDescription) error {
	var wrong []error
	differs := func(setting, want, why string) {
		if got, ok := d.Config[setting]; ok && got != want {
			wrong = append(wrong, fmt.Errorf("topic %q has %s=%s: set it to %s, %s", w.Name, setting, got, want, why))
		}
	}
	switch w.use {
	case input:
		differs(timestampType, logAppendTime, "or old events are deleted as soon as they arrive")
		differs(cleanupPolicy, deleted, "or events of the same seller replace each other")
		if ms, err := strconv.ParseInt(d.Config[retention], 10, 64); err == nil && ms >= 0 && ms < minRetentionDays*day {
			wrong = append(wrong, fmt.Errorf("topic %q has %s=%d: set it to %d (%d days) or more, or a replay misses orders that still count",
				w.Name, retention, ms, minRetentionDays*day, minRetentionDays))
		}
	case output:
		differs(cleanupPolicy, deleted, "or those of the same seller replace each other")
	case table:
		differs(cleanupPolicy, compacted, "or what changes seldom is lost")
		if ms, err := strconv.ParseInt(d.Config[tombstones], 10, 64); err == nil && ms < minTombstoneHours*hour {
			wrong = append(wrong, fmt.Errorf("topic %q has %s=%d: set it to %d (%d hours) or more, or a state that was away for longer is restored whole",
				w.Name, tombstones, ms, minTombstoneHours*hour, minTombstoneHours))
		}
	}
	return errors.Join(wrong...)
}
