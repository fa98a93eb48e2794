package engine

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/windows"
)

// Settings is all that the numbers of a task with these options rest on.
func (o *Options) Settings() *state.Settings {
	s := &state.Settings{
		AppID: o.AppID,
		Zone:  o.Zone.String(), ZoneData: windows.ZoneDigest(o.Zone), Retention: o.RetentionDays, FactsVersion: cmp.Or(o.FactsVersion, windows.FactsVersion),
		RowVersion: windows.RowVersion, Revision: o.Revision,
		Partitioner: state.AnyPartition, Rules: map[string]string{}, Topics: o.Topics, BaseOnly: true,
	}
	if o.Partitioner != nil {
		s.Partitioner = state.Murmur2
	}
	if o.HistoryDays > o.RetentionDays {
		s.History = o.HistoryDays
	}
	for _, r := range o.Rules.Rules() {
		s.Rules[r.Name] = r.Canonical()
	}
	return s
}

// Plan is what is counted with these options.
func (o *Options) Plan() *plan.Plan { return plan.For(o.Rules, o.RetentionDays, o.HistoryDays) }

// Derivation tells apart the options by which other things follow from an order's row.
func (o *Options) Derivation() string { return o.Settings().Derivation(o.Plan().Program) }

// ErrNoSettings says that a state has lost some of its keys: each commit but the first leaves the settings as they are, and none goes without.
var ErrNoSettings = errors.New("the state does not tell what it rests on, so parts of it are missing: delete the state directory to have it restored from the changelog; if the changelog lacks them too, use another --app-id")

// checkSettings compares what the state rests on with what is in force, and finds out what that makes necessary. Known is whether there
// is a state.
func (e *Engine) checkSettings(known bool) error {
	now := e.options.Settings()
	was, err := e.store.Partition.Settings()
	if err != nil {
		return err
	}
	if was == nil && known {
		return ErrNoSettings
	}
	if e.fresh = was == nil; e.fresh {
		e.store.SetSettings(now)
		return nil
	}
	if now.Revision > 0 && was.Revision > now.Revision {
		return &StaleRulesError{was.Revision, now.Revision}
	}
	if was.SupersededBy != "" && was.AppID != now.AppID {
		return &SupersededError{e.options.Partition, was.SupersededBy, was.AppID}
	}
	differences := now.From(was)
	if was.Partitioner == "" && e.options.Partitioner != nil {
		moved, err := e.misplaced()
		if err != nil {
			return err
		}
		differences = append(differences, moved...)
	}
	if err := Refuse(e.options.Partition, differences); err != nil {
		return err
	}
	unknown := was.ZoneData == "" && now.ZoneData != windows.ZoneDigest(time.UTC)
	now.Redated = was.Redated || unknown || was.ZoneData != "" && was.ZoneData != now.ZoneData
	e.replaced = replaced(differences, now.Topics)
	if e.rebuild = planRebuild(was, now, differences); e.rebuild == nil && !reflect.DeepEqual(was, now) {
		e.store.SetSettings(now)
	}
	return nil
}

// Revision is that of the rules which the state goes by; 0 where they were not applied to the application. While it is still being made to follow
// other rules, it goes by those before.
func (e *Engine) Revision() int64 {
	if e.rebuild != nil {
		return e.rebuild.from.Revision
	}
	return e.options.Revision
}

// StaleRulesError says that a state goes by rules that were applied later than those which are known here.
type StaleRulesError struct{ Has, Known int64 }

// Error tells both revisions.
func (e *StaleRulesError) Error() string {
	return fmt.Sprintf("the state goes by revision %d of the rules, and here only those up to %d are known yet", e.Has, e.Known)
}

// misplaced is how the settings differ that an older version did not write, if a seller is not where its key says: topics were enlarged since,
// or the producers were trusted.
func (e *Engine) misplaced() (differences []state.Difference, err error) {
	err = e.store.Sellers(func(id string, _ bool) (bool, error) {
		if of := e.options.Partitioner([]byte(id)); of != e.options.Partition {
			differences = append(differences, state.Difference{
				Fact: state.Fact{Name: fmt.Sprintf("%s%s, or the partitioner: seller %q", state.PartitionsFact(""), events.Orders, id), Flag: "--partitioner", Value: fmt.Sprintf("of partition %d", of)},
				Was:  fmt.Sprintf("in partition %d", e.options.Partition),
			})
		}
		return len(differences) == 0, nil
	})
	return differences, err
}

// replaced lists the names of the topics that were made anew, sorted.
func replaced(differences []state.Difference, topics map[string]state.Topic) (names []string) {
	for _, use := range state.Uses() {
		if slices.ContainsFunc(differences, func(d state.Difference) bool { return d.Effect == state.Replaced && d.Name == state.IDFact(use) }) {
			names = append(names, topics[use].Name)
		}
	}
	slices.Sort(names)
	return names
}

// SupersededError says that a state gave its place to another by a cut-over, and nothing else tells so any more.
type SupersededError struct {
	Partition int32
	By, AppID string // the changelog of the other, and the application that the state is of since
}

// Error names both and the remedies.
func (e *SupersededError) Error() string {
	return fmt.Sprintf("the state of partition %d gave its place to that of the changelog %q by a cut-over, which the group's offsets do not tell any more (they expire while no process runs): name it with --topic-changelog, without the prefix of topics; this state is of %q since",
		e.Partition, e.By, e.AppID)
}

// SettingsError says that a state was built with other settings, so that its numbers cannot be continued.
type SettingsError struct {
	Partition   int32
	Differences []state.Difference
}

// Refuse is an error if any of the differences is one that a state cannot be continued with.
func Refuse(partition int32, differences []state.Difference) error {
	refused := slices.DeleteFunc(slices.Clone(differences), func(d state.Difference) bool { return d.Effect != state.Refused })
	if len(refused) == 0 {
		return nil
	}
	return &SettingsError{partition, refused}
}

// Error names the settings, the flags that set them, both values and the remedies.
func (e *SettingsError) Error() string {
	var texts []string
	remedy := "keep those settings, or build another state with another --app-id"
	if slices.ContainsFunc(e.Differences, func(d state.Difference) bool { return d.Name == state.FactAppID }) {
		remedy = "give each application a --topic-changelog of its own"
	}
	for i := range e.Differences {
		d := &e.Differences[i]
		texts = append(texts, d.String())
		if strings.HasPrefix(d.Name, state.PartitionsFact("")) {
			remedy = "sellers are in other partitions now than their state; make the topics anew with the number of partitions you want, replay the events into them, and use another --app-id"
		}
	}
	return fmt.Sprintf("the state of partition %d was built with other settings: %s: %s", e.Partition, strings.Join(texts, "; "), remedy)
}
