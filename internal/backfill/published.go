package backfill

import (
	"context"
	"fmt"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

// published reads where the sellers of a partition stand by what was published of them: where the live changelog is lost nothing else tells. The last alert of
// a seller and rule has its state and its number. A report has the states too, for alerts that retention has deleted.
type published struct {
	live      *task.Environment
	partition int32
	standings *state.Standings

	reports, alerts *follow.Log // nil until they are opened
	latest          events.Millis
	waiting         map[string]*state.ToldSeller // to be written
}

// publishedSellers is how many sellers are gathered before they are written.
const publishedSellers = 10_000

func newPublished(live *task.Environment, partition int32, standings *state.Standings) *published {
	return &published{live: live, partition: partition, standings: standings, latest: events.None, waiting: map[string]*state.ToldSeller{}}
}

// Follow reads to where the outputs end now. The live processes write nothing any more, or have others take what they write from the same place.
func (t *published) Follow(ctx context.Context, _ func(*state.Clock) bool, behind func(int64)) error {
	if t.alerts != nil {
		return t.readOn(ctx, behind)
	}
	reports, err := t.open(ctx, t.live.Topics.SellerHealth)
	if err != nil {
		return err
	}
	alerts, err := t.open(ctx, t.live.Topics.Alerts)
	if err != nil {
		return err
	}
	if err := t.standings.BeginTold(state.Told{Whole: alerts.Whole(), Shared: t.live.TrustPartition}); err != nil {
		return err
	}
	t.reports, t.alerts = reports, alerts
	return t.read(ctx, behind)
}

// CatchUp reads what has come since.
func (t *published) CatchUp(ctx context.Context) error { return t.readOn(ctx, func(int64) {}) }

func (t *published) readOn(ctx context.Context, behind func(int64)) error {
	for _, log := range []*follow.Log{t.reports, t.alerts} {
		if err := log.Extend(ctx); err != nil {
			return err
		}
	}
	return t.read(ctx, behind)
}

// open prepares to read the partitions of an output that may have the partition's sellers.
func (t *published) open(ctx context.Context, topic string) (*follow.Log, error) {
	var logs []stream.TopicPartition
	n := t.live.Identities[topic].Partitions
	for p := range n {
		if p == t.partition || n != t.live.Partitions || t.live.TrustPartition {
			logs = append(logs, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	return follow.Open(ctx, t.live.Client, logs, t.live.FollowBytes())
}

func (t *published) read(ctx context.Context, behind func(int64)) error {
	for _, output := range []struct {
		log  *follow.Log
		take func(value []byte) error
	}{{t.reports, t.takeReport}, {t.alerts, t.takeAlert}} {
		err := output.log.Read(ctx, func(tp stream.TopicPartition, r *stream.Record) error {
			if r.Value == nil || !t.live.TrustPartition && stream.PartitionFor(r.Key, t.live.Partitions) != t.partition {
				return nil
			}
			if err := output.take(r.Value); err != nil {
				return fmt.Errorf("read %v, offset %d: %w", tp, r.Offset, err)
			}
			if len(t.waiting) < publishedSellers {
				return nil
			}
			behind(t.reports.Left() + t.alerts.Left())
			return t.write(ctx)
		})
		if err != nil {
			return err
		}
	}
	return t.write(ctx)
}

func (t *published) takeReport(value []byte) error {
	r, err := outputs.DecodeReport(value)
	if err != nil {
		return err
	}
	seller := t.seller(r.SellerID, r.AsOf)
	seller.Reported = r.Fingerprint()
	for i := range r.Rules {
		rule := &r.Rules[i]
		if rule.SilencedUntil != nil {
			continue // Of where it stands nobody was told.
		}
		seller.Stands(nameOf(rule.Rule, rule.Part), state.RuleState{State: rule.State, Level: rule.Level, Since: rule.Since})
	}
	return nil
}

func (t *published) takeAlert(value []byte) error {
	a, err := outputs.DecodeAlert(value)
	if err != nil {
		return err
	}
	t.seller(a.SellerID, a.AsOf).Stands(nameOf(a.Rule, a.Part), state.RuleState{State: a.State, Level: a.Level, Transitions: a.Transition, Since: a.AsOf})
	return nil
}

// nameOf is the name of a rule, or of a part of one, among the states of a seller.
func nameOf(rule string, part *string) string {
	if part == nil {
		return rule
	}
	return state.PartName(rule, *part)
}

func (t *published) seller(id string, asOf events.Millis) *state.ToldSeller {
	t.latest = max(t.latest, asOf)
	seller := t.waiting[id]
	if seller == nil {
		seller = &state.ToldSeller{ID: id, Rules: map[string]state.RuleState{}}
		t.waiting[id] = seller
	}
	return seller
}

// write writes what was gathered. How far the live state had read the group's offsets tell, and how far its time was at least the latest that was published.
func (t *published) write(ctx context.Context) error {
	inputs := t.live.Topics.InputPartitions(t.partition)
	committed, err := t.live.Client.EndedOffsets(ctx, t.live.AppID, inputs)
	if err != nil {
		return err
	}
	clock := state.Clock{StreamTime: t.latest}
	for i, log := range inputs {
		clock.Offsets[i] = max(0, committed[log].Offset)
	}
	for _, seller := range t.waiting {
		if err := t.standings.Tell(seller); err != nil {
			return err
		}
	}
	clear(t.waiting)
	return t.standings.WriteTold(&clock)
}

// begun is whether the live group has read anything of a partition, so that there is a state of it, or was.
func begun(ctx context.Context, client *stream.Client, c *Candidate, partition int32) (bool, error) {
	committed, err := client.EndedOffsets(ctx, c.Live, c.LiveTopics.InputPartitions(partition))
	for _, at := range committed {
		if at.Offset >= 0 {
			return true, err
		}
	}
	return false, err
}

// checkBegun refuses a live state which has a partition that nobody has worked on yet.
func (c *Candidate) checkBegun(ctx context.Context, client *stream.Client, partitions int32) error {
	for p := range partitions {
		has, err := begun(ctx, client, c, p)
		if err != nil {
			return err
		}
		if !has {
			return fmt.Errorf("the live application has no state of partition %d yet: see to it that its processes run, and try again", p)
		}
	}
	return nil
}
