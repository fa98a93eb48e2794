package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
)

// changelog is the log of a partition's state.
type changelog struct {
	stream.TopicPartition
	*changelogTopic
	revision int64 // of the rules that the state goes by, as of the mark
}

// changelogTopic is what is known of a topic of changelogs.
type changelogTopic struct {
	id         string        // empty where brokers have none
	batchBytes int           // the largest batch that it takes
	maxAge     time.Duration // of a local state that is to be continued
}

// Mark is what a group keeps with its offsets: which changelog is the state that has read so far, or where that state went.
type Mark struct {
	Changelog string `json:"changelog,omitempty"` // the name of its topic
	CutOver   string `json:"cut_over,omitempty"`  // the application that the state is of now; this group has none any more
	Revision  int64  `json:"rules,omitempty"`     // of the rules that the state goes by, where they were applied (package rulebook)

	// How far the state by other rules is prepared, as [Fill].
	Filling Filling `json:"filling,omitempty"`
	Filled  int64   `json:"filled,omitempty"`
	ToFill  int64   `json:"to_fill,omitempty"`
}

// Encode is the mark as the group keeps it.
func (m Mark) Encode() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic("task: " + err.Error()) // Texts can be written.
	}
	return string(b)
}

// changelog is the changelog that is the state of a group, unless that went elsewhere.
func (m Mark) changelog(group string) (string, error) {
	if m.CutOver != "" {
		return "", &CutOverError{group, m.CutOver}
	}
	return m.Changelog, nil
}

// ErrMark says that a group's offsets were committed by something else than this program, or a newer version of it.
var ErrMark = errors.New("what it keeps with them cannot be read: they were committed by another program or a newer version of this one; run that, or use another --app-id")

// markOf reads the mark that a group keeps with the offsets of a partition.
func markOf(committed map[stream.TopicPartition]stream.Committed, own string) (m Mark, err error) {
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
	if m.Changelog == "" && m.CutOver == "" {
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

// Marks are what a group keeps with the offsets of each partition; own is the changelog where it keeps nothing. Transactions that are not ended do not
// count.
func Marks(ctx context.Context, client *stream.Client, group string, topics *Topics, own string, partitions ...int32) (marks []Mark, err error) {
	return marksBy(ctx, client.EndedOffsets, group, topics, own, partitions...)
}

// readOffsets reads a group's offsets.
type readOffsets func(ctx context.Context, group string, logs []stream.TopicPartition) (map[stream.TopicPartition]stream.Committed, error)

func marksBy(ctx context.Context, read readOffsets, group string, topics *Topics, own string, partitions ...int32) (marks []Mark, err error) {
	if len(partitions) == 0 {
		return nil, nil
	}
	var logs []stream.TopicPartition
	for _, p := range partitions {
		logs = append(logs, topics.InputPartitions(p)...)
	}
	all, err := read(ctx, group, logs)
	if err != nil {
		return nil, fmt.Errorf("read the group's offsets: %w", err)
	}
	for _, p := range partitions {
		committed := map[stream.TopicPartition]stream.Committed{}
		for _, log := range topics.InputPartitions(p) {
			committed[log] = all[log]
		}
		mark, err := markOf(committed, own)
		if err != nil {
			return nil, fmt.Errorf("group %q: %w", group, err)
		}
		marks = append(marks, mark)
	}
	return marks, nil
}

// MarksOfAll are the marks of all partitions that the inputs have, none where they do not exist.
func MarksOfAll(ctx context.Context, client *stream.Client, group string, topics *Topics, own string) ([]Mark, error) {
	found, err := client.Identify(ctx, topics.Inputs[:1])
	if err != nil {
		return nil, err
	}
	return Marks(ctx, client, group, topics, own, numbered(found[topics.Inputs[0]].Partitions)...)
}

// numbered are the partitions of a topic.
func numbered(partitions int32) (all []int32) {
	for p := range partitions {
		all = append(all, p)
	}
	return all
}

// ChangelogInForce is the changelog that is the state of an application, where a cut-over is under way that of its first partition.
func ChangelogInForce(ctx context.Context, client *stream.Client, appID string, topics *Topics) (string, error) {
	marks, err := MarksOfAll(ctx, client, appID, topics, topics.Changelog)
	if err != nil || len(marks) == 0 || marks[0].Changelog == "" {
		return topics.Changelog, err
	}
	return marks[0].Changelog, nil
}

// changelogOf finds out which changelog is the state of a partition: the group's offsets name it.
func (e *Environment) changelogOf(ctx context.Context, partition int32) (*changelog, error) {
	marks, err := Marks(ctx, e.Client, e.AppID, &e.Topics, e.Topics.Changelog, partition)
	if err != nil {
		return nil, err
	}
	return e.marked(ctx, partition, marks[0])
}

// settledChangelogOf waits for transactions that may make another changelog the state. Who calls it has ended those of the owner before, or knows that
// one is decided.
func (e *Environment) settledChangelogOf(ctx context.Context, partition int32) (*changelog, error) {
	mark, err := e.settledMarkOf(ctx, partition)
	if err != nil {
		return nil, err
	}
	return e.marked(ctx, partition, mark)
}

func (e *Environment) settledMarkOf(ctx context.Context, partition int32) (Mark, error) {
	marks, err := marksBy(ctx, e.Client.Offsets, e.AppID, &e.Topics, e.Topics.Changelog, partition)
	if err != nil {
		return Mark{}, err
	}
	return marks[0], nil
}

// marked is the changelog that a mark of a partition names.
func (e *Environment) marked(ctx context.Context, partition int32, mark Mark) (*changelog, error) {
	name, err := mark.changelog(e.AppID)
	if err != nil {
		return nil, err
	}
	topic, err := e.changelogTopic(ctx, name)
	if err != nil {
		return nil, err
	}
	e.changelogs.put(partition, name, topic)
	return &changelog{stream.TopicPartition{Topic: name, Partition: partition}, topic, mark.Revision}, nil
}

// checkChangelogs refuses changelogs that are missing or have another number of partitions than the inputs.
func (e *Environment) checkChangelogs(ctx context.Context) error {
	marks, err := Marks(ctx, e.Client, e.AppID, &e.Topics, e.Topics.Changelog, numbered(e.Partitions)...)
	if err != nil {
		return err
	}
	for p, mark := range marks {
		_, err := e.marked(ctx, int32(p), mark)
		if err != nil && !as[*CutOverError](err) && !(e.ReplacesLost && as[*MissingChangelogError](err)) {
			return err
		}
	}
	return nil
}

// changelogTopic looks a topic up, once.
func (e *Environment) changelogTopic(ctx context.Context, name string) (*changelogTopic, error) {
	if known := e.changelogs.get(name); known != nil {
		return known, nil
	}
	if e.ReplacesLost && e.changelogs.isMissing(name) {
		return nil, &MissingChangelogError{name, e.AppID, name == e.Topics.Changelog}
	}
	found, err := e.describe(ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("look up the changelog: %w", err)
	}
	d, ok := found[name]
	switch {
	case !ok:
		e.changelogs.setMissing(name)
		return nil, &MissingChangelogError{name, e.AppID, name == e.Topics.Changelog}
	case d.Partitions != e.Partitions && name == e.Topics.Changelog:
		return nil, e.unequal(name, d.Partitions)
	case d.Partitions != e.Partitions:
		return nil, fmt.Errorf("the changelog %q, which the offsets of group %q name as the state, has %d partitions and the inputs have %d: use another --app-id to build the state anew from the inputs",
			name, e.AppID, d.Partitions, e.Partitions)
	}
	identities, err := e.Client.Identify(ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("look up the changelog: %w", err)
	}
	return &changelogTopic{id: identities[name].ID, batchBytes: limits.Batch(d.Config), maxAge: maxStateAge(d.Config)}, nil
}

// MissingChangelogError says that a changelog which is to be the state does not exist.
type MissingChangelogError struct {
	Changelog, Group string
	Own              bool // it is the application's own, and may never have been created
}

// Error names the topic and the remedy.
func (e *MissingChangelogError) Error() string {
	if e.Own {
		return fmt.Sprintf("topic %q does not exist: create all topics with `processor topics`; or if it held a state, %s", e.Changelog, RemedyAnew)
	}
	return fmt.Sprintf("the changelog %q, which the offsets of group %q name as the state, does not exist: it was deleted; %s", e.Changelog, e.Group, RemedyAnew)
}

// DeletedError says that a topic which the state rests on was deleted while a process worked with it.
type DeletedError struct {
	Topic     string
	Changelog bool
}

// Error names the topic and the remedy.
func (e *DeletedError) Error() string {
	remedy := "create all topics with `processor topics`, and use another --app-id"
	if e.Changelog {
		remedy = RemedyAnew
	}
	return fmt.Sprintf("topic %q: it was deleted while this process ran: %s", e.Topic, remedy)
}

// changelogTopics are those that were looked up; for any goroutine.
type changelogTopics struct {
	mutex   sync.Mutex
	byName  map[string]*changelogTopic
	of      map[int32]string // that of each partition, as of when it was last asked for
	missing map[string]bool  // that did not exist when they were last looked up
}

func newChangelogTopics() *changelogTopics {
	return &changelogTopics{byName: map[string]*changelogTopic{}, of: map[int32]string{}, missing: map[string]bool{}}
}

func (c *changelogTopics) isMissing(name string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.missing[name]
}

func (c *changelogTopics) setMissing(name string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.missing[name] = true
}

func (c *changelogTopics) get(name string) *changelogTopic {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.byName[name]
}

func (c *changelogTopics) put(partition int32, name string, topic *changelogTopic) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.byName[name], c.of[partition] = topic, name
}

// inForce lists the changelogs of all partitions, each once.
func (c *changelogTopics) inForce() (names []string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, name := range c.of {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Changelogs are the changelogs of all partitions, as of when each was last asked for.
func (e *Environment) Changelogs() map[string]stream.TopicIdentity {
	all := map[string]stream.TopicIdentity{}
	for _, name := range e.changelogs.inForce() {
		all[name] = stream.TopicIdentity{ID: e.changelogs.get(name).id, Partitions: e.Partitions}
	}
	return all
}

// LeftChangelogs are those of some topics which are changelogs that are the state of no partition any more. It asks the group's offsets: of a partition that
// has gone elsewhere this process does not hear what became of it.
func (e *Environment) LeftChangelogs(ctx context.Context, topics []string) (left []string, err error) {
	marks, err := Marks(ctx, e.Client, e.AppID, &e.Topics, e.Topics.Changelog, numbered(e.Partitions)...)
	if err != nil {
		return nil, err
	}
	for _, topic := range topics {
		if e.IsChangelog(topic) && !slices.ContainsFunc(marks, func(m Mark) bool { return m.Changelog == topic }) {
			left = append(left, topic)
		}
	}
	return left, nil
}

// IsChangelog is whether a topic is one of changelogs that this process has read.
func (e *Environment) IsChangelog(topic string) bool { return e.changelogs.get(topic) != nil }

// Changelog is the name of the topic whose log is the state of a partition now, whether it exists or not.
func (e *Environment) Changelog(ctx context.Context, partition int32) (string, error) {
	marks, err := Marks(ctx, e.Client, e.AppID, &e.Topics, e.Topics.Changelog, partition)
	if err != nil {
		return "", err
	}
	return marks[0].changelog(e.AppID)
}
