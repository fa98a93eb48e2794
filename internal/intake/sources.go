package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// maxTopics bounds the source topics of an intake.
const maxTopics = 1_000

// sources are the source topics that there are.
type sources struct {
	topics  map[string]stream.TopicIdentity
	units   int32         // the most partitions that one has
	gone    []string      // topics that the mapping names and that are not there any more
	changed chan struct{} // closed once there are others
}

// has is whether a partition is one of them.
func (s *sources) has(tp stream.TopicPartition) bool {
	return tp.Partition < s.topics[tp.Topic].Partitions
}

// logs is all their partitions.
func (s *sources) logs() (all []stream.TopicPartition) {
	for p := range s.units {
		all = append(all, s.of(p)...)
	}
	return all
}

// of is partition p of those that have one, by name.
func (s *sources) of(p int32) (logs []stream.TopicPartition) {
	for _, name := range s.names() {
		if p < s.topics[name].Partitions {
			logs = append(logs, stream.TopicPartition{Topic: name, Partition: p})
		}
	}
	return logs
}

func (s *sources) names() []string { return slices.Sorted(maps.Keys(s.topics)) }

// find looks which source topics there are. At first those that are named must be there, and at least one in all.
func (in *Intake) find(ctx context.Context, first bool) (*sources, error) {
	names, err := in.wanted(ctx)
	if err != nil {
		return nil, err
	}
	s := &sources{changed: make(chan struct{})}
	if s.topics, err = in.options.Client.Identify(ctx, names); err != nil {
		return nil, err
	}
	if first {
		if err := in.check(s); err != nil {
			return nil, err
		}
	}
	for _, t := range s.topics {
		s.units = max(s.units, t.Partitions)
	}
	for _, name := range in.options.Mapping.Topics() {
		if _, ok := s.topics[name]; !ok {
			s.gone = append(s.gone, name)
		}
	}
	return s, nil
}

// wanted is the names of the source topics.
func (in *Intake) wanted(ctx context.Context) ([]string, error) {
	m := in.options.Mapping
	names := m.Topics()
	if !m.Patterned() {
		return names, nil
	}
	all, err := in.options.Client.ListTopics(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range all {
		if !strings.HasPrefix(name, "__") && !in.ours(name) && m.Of(name) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > maxTopics {
		return nil, fmt.Errorf("the patterns of mapping %s fit %d topics, more than %d: narrow them", m.Name, len(names), maxTopics)
	}
	return names, nil
}

// ours is whether a topic is one that this application writes, which no pattern is to find.
func (in *Intake) ours(name string) bool {
	t := &in.options.Topics
	return slices.Contains(t.Inputs[:], name) || slices.Contains([]string{t.Alerts, t.SellerHealth, t.DeadLetters, t.Changelog, t.Rules}, name)
}

// check refuses sources that nothing can be read of, and those that would be read and written at once.
func (in *Intake) check(s *sources) error {
	m := in.options.Mapping
	for _, name := range m.Topics() {
		if in.ours(name) {
			return fmt.Errorf("mapping %s reads topic %q, to which it writes: read from another one, or give ours another name with --topic-prefix", m.Name, name)
		}
		if _, ok := s.topics[name]; !ok {
			return fmt.Errorf("source topic %q of mapping %s does not exist: create it, or correct `topics:`", name, m.Name)
		}
	}
	if len(m.Topics()) == 0 && !m.Patterned() {
		return fmt.Errorf("mapping %s: %w", m.Name, mapping.ErrNoTopics)
	}
	if len(s.topics) == 0 {
		return fmt.Errorf("no topic fits the patterns of mapping %s: create one, or correct `pattern:`", m.Name)
	}
	return nil
}

// watchSources notices topics that come and go, and partitions that are added.
func (in *Intake) watchSources(ctx context.Context) {
	for wait.For(ctx, in.options.Refresh) {
		found, err := in.find(ctx, false)
		if err != nil {
			continue // An outage, which units tell of.
		}
		was := in.sources.Load()
		if maps.Equal(found.topics, was.topics) {
			continue
		}
		in.options.Logger.Info("source topics changed", "group", in.group, "topics", found.names())
		if len(found.gone) > 0 {
			in.options.Logger.Error("source topics are gone: going on with the others until they are there again", "group", in.group, "topics", found.gone)
		}
		in.sources.Store(found)
		close(was.changed)
		if found.units != was.units {
			select {
			case in.rejoin <- struct{}{}:
			default: // It is about to join again.
			}
		}
	}
}

// groupName is a mapping's name as it may be in that of a group.
func groupName(mapping string) string { return strings.ReplaceAll(mapping, "/", "-") }
