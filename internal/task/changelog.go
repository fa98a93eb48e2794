package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
)

// changelog is the log of a partition's state.
type changelog struct {
	stream.TopicPartition
	*changelogTopic
}

// changelogTopic is what is known of a topic of changelogs.
type changelogTopic struct {
	id         string // empty where brokers have none
	partitions int32
	batchBytes int           // the largest batch that it takes
	maxAge     time.Duration // of a local state that is to be continued
}

// Mark is what a group keeps with its offsets: which changelog is the state that has read so far, or where that state went.
type Mark struct {
	Changelog string `json:"changelog,omitempty"` // the name of its topic
	CutOver   string `json:"cut_over,omitempty"`  // the application that the state is of now; this group has none any more
}

// Encode is the mark as the group keeps it.
func (m Mark) Encode() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic("task: " + err.Error()) // Texts can be written.
	}
	return string(b)
}

// ErrMark says that a group's offsets were committed by something else than this program, or a newer version of it.
var ErrMark = errors.New("what it keeps with them cannot be read: they were committed by another program or a newer version of this one; run that, or use another --app-id")

// MarkOf reads the mark that a group keeps with offsets of some inputs. Without one it is that of the application's own changelog.
func MarkOf(committed map[stream.TopicPartition]stream.Committed, own string) (m Mark, err error) {
	for log, c := range committed {
		if c.Offset < 0 || c.Metadata == "" {
			continue
		}
		var one Mark
		if json.Unmarshal([]byte(c.Metadata), &one) != nil || one == (Mark{}) {
			return m, fmt.Errorf("offsets of %v: %w", log, ErrMark)
		}
		if m != (Mark{}) && one != m {
			return m, fmt.Errorf("offsets of %v and others of its partition are of different states, which no commit leaves behind: somebody moved the group's offsets; use another --app-id to read the inputs anew", log)
		}
		m = one
	}
	if m == (Mark{}) {
		m.Changelog = own
	}
	return m, nil
}

// CutOverError says that the state which a group had is another application's now.
type CutOverError struct{ Group, To string }

// Error names both and what to do.
func (e *CutOverError) Error() string {
	return fmt.Sprintf("the state of %q was cut over to %q, and goes on there: nothing is left to be done here", e.Group, e.To)
}

// changelogOf finds out which changelog is the state of a partition: the group's offsets name it.
func (e *Environment) changelogOf(ctx context.Context, partition int32) (*changelog, error) {
	committed, err := e.Client.Offsets(ctx, e.AppID, e.Topics.InputPartitions(partition))
	if err != nil {
		return nil, fmt.Errorf("read the group's offsets: %w", err)
	}
	mark, err := MarkOf(committed, e.Topics.Changelog)
	if err != nil {
		return nil, fmt.Errorf("group %q: %w", e.AppID, err)
	}
	if mark.CutOver != "" {
		return nil, &CutOverError{e.AppID, mark.CutOver}
	}
	topic, err := e.changelogTopic(ctx, mark.Changelog)
	if err != nil {
		return nil, err
	}
	return &changelog{stream.TopicPartition{Topic: mark.Changelog, Partition: partition}, topic}, nil
}

// changelogTopic looks a topic up, once.
func (e *Environment) changelogTopic(ctx context.Context, name string) (*changelogTopic, error) {
	if known := e.changelogs.get(name); known != nil {
		return known, nil
	}
	found, err := e.describe(ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("look up the changelog: %w", err)
	}
	d, ok := found[name]
	if !ok {
		return nil, fmt.Errorf("the changelog %q, which the offsets of group %q name as the state, does not exist: it was deleted; use another --app-id to build the state anew from the inputs", name, e.AppID)
	}
	if d.Partitions != e.Partitions {
		return nil, fmt.Errorf("the changelog %q, which the offsets of group %q name as the state, has %d partitions and the inputs have %d: use another --app-id to build the state anew from the inputs",
			name, e.AppID, d.Partitions, e.Partitions)
	}
	identities, err := e.Client.Identify(ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("look up the changelog: %w", err)
	}
	known := &changelogTopic{id: identities[name].ID, partitions: d.Partitions, batchBytes: limits.Batch(d.Config), maxAge: maxStateAge(d.Config)}
	e.changelogs.put(name, known)
	return known, nil
}

func (c *changelogTopics) get(name string) *changelogTopic {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.byName[name]
}

func (c *changelogTopics) put(name string, topic *changelogTopic) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.byName[name] = topic
}

// isChangelog is whether a topic is one of changelogs that this process has read.
func (e *Environment) isChangelog(topic string) bool { return e.changelogs.get(topic) != nil }

// Changelog is the name of the topic whose log is the state of a partition now.
func (e *Environment) Changelog(ctx context.Context, partition int32) (string, error) {
	log, err := e.changelogOf(ctx, partition)
	if err != nil {
		return "", err
	}
	return log.Topic, nil
}
