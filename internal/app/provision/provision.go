package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
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

// Found is what there is.
type Found struct {
	Topics   []Topic
	Findings Findings
}

// Create creates the topics that do not exist and checks all. Its error says why it cannot.
func Create(ctx context.Context, client *stream.Client, topics task.Topics, size Size) (Found, error) {
	wanted := plan(topics, size)
	existing, err := describe(ctx, client, wanted)
	if err != nil {
		return Found{}, err
	}
	if size.Partitions, err = agree(wanted, existing, size.Partitions); err != nil {
		return Found{}, err
	}
	if err := client.CreateTopics(ctx, missingOf(plan(topics, size), existing)); err != nil {
		return Found{}, err
	}
	found, err := Check(ctx, client, topics)
	for i := range found.Topics {
		_, existed := existing[found.Topics[i].Name]
		found.Topics[i].Created = !existed
	}
	return found, err
}

// Add creates the topics that do not exist, and checks nothing.
func Add(ctx context.Context, client *stream.Client, topics task.Topics, size Size) error {
	wanted := plan(topics, size)
	existing, err := describe(ctx, client, wanted)
	if err != nil {
		return err
	}
	return client.CreateTopics(ctx, missingOf(wanted, existing))
}

func missingOf(wanted []planned, existing map[string]stream.TopicDescription) (missing []stream.TopicSpec) {
	for _, w := range wanted {
		if _, ok := existing[w.Name]; !ok {
			missing = append(missing, w.TopicSpec)
		}
	}
	return missing
}

// agree is the number of partitions that new topics get: what is asked for, which must be what the inputs and the changelog have that
// exist, or else what those have.
func agree(wanted []planned, found map[string]stream.TopicDescription, asked int32) (int32, error) {
	agreed := asked
	for _, w := range wanted {
		d, ok := found[w.Name]
		if !ok || !w.mustAgree() {
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

// mustAgree is whether a topic must have as many partitions as the inputs.
func (u use) mustAgree() bool { return u == input || u == changelog }

// Check looks whether all brokers can be reached, and all topics are there and as they should be.
func Check(ctx context.Context, client *stream.Client, topics task.Topics) (Found, error) {
	found, err := look(ctx, client, topics)
	return found, errors.Join(client.Reach(ctx), err)
}

// look looks at the topics that there are.
func look(ctx context.Context, client *stream.Client, topics task.Topics) (Found, error) {
	wanted := plan(topics, Size{})
	existing, err := describe(ctx, client, wanted)
	if err != nil {
		return Found{}, err
	}
	found := Found{Findings: validate(client, wanted, existing)}
	for _, w := range wanted {
		if d, ok := existing[w.Name]; ok {
			found.Topics = append(found.Topics, topicOf(w.Name, d))
		}
	}
	return found, nil
}

// Await looks at the topics once all are there: brokers learn of new ones one after the other, and are given a moment.
func Await(ctx context.Context, client *stream.Client, topics task.Topics) (Found, error) {
	const patience, pause = 3 * time.Second, 250 * time.Millisecond
	every := time.NewTicker(pause)
	defer every.Stop()
	for waited := time.Duration(0); ; waited += pause {
		found, err := look(ctx, client, topics)
		if err != nil || found.whole(topics) || waited >= patience {
			return found, err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// whole is whether all topics were found that nothing runs without.
func (f *Found) whole(topics task.Topics) bool {
	topics.Rules = ""
	for _, w := range plan(topics, Size{}) {
		if !slices.ContainsFunc(f.Topics, func(t Topic) bool { return t.Name == w.Name }) {
			return false
		}
	}
	return true
}

// missingFrom lists the topics that were not found and without which nothing runs.
func missingFrom(found map[string]stream.TopicDescription, wanted []planned) (names []string) {
	for _, w := range wanted {
		if _, ok := found[w.Name]; !ok && w.use != ruleSets {
			names = append(names, strconv.Quote(w.Name))
		}
	}
	return names
}

// equal is the remedy where numbers of partitions differ.
const equal = "all inputs and the changelog must have the same number; make them anew, or use others with --topic-prefix"

func unequal(a string, partitionsOfA int32, b string, partitionsOfB int32) string {
	return fmt.Sprintf("topic %q has %d partitions and topic %q has %d", a, partitionsOfA, b, partitionsOfB)
}

// Inputs is the number of partitions that all inputs have.
func Inputs(ctx context.Context, client *stream.Client, topics task.Topics) (int32, error) {
	size, err := SizeOf(ctx, client, topics)
	return size.Partitions, err
}

// SizeOf is the number of partitions that all inputs have, and how many copies there are of the first.
func SizeOf(ctx context.Context, client *stream.Client, topics task.Topics) (Size, error) {
	found, err := client.Topics(ctx, topics.Inputs[:])
	if err != nil {
		return Size{}, err
	}
	first := found[topics.Inputs[0]]
	for _, name := range topics.Inputs {
		d, ok := found[name]
		if !ok {
			return Size{}, fmt.Errorf("topic %q does not exist: create it with `processor topics`", name)
		}
		if d.Partitions != first.Partitions {
			return Size{}, fmt.Errorf("%s: %s", unequal(topics.Inputs[0], first.Partitions, name, d.Partitions), equal)
		}
	}
	return Size{Partitions: first.Partitions, ReplicationFactor: first.ReplicationFactor}, nil
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
