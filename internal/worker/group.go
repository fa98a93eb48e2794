package worker

import (
	"cmp"
	"fmt"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

func (w *Worker) groupOptions() stream.GroupOptions {
	o := &w.options
	return stream.GroupOptions{
		ID: o.AppID, Topics: o.Topics.Inputs[:], SessionTimeout: o.SessionTimeout, Protocol: assignProtocol, Rejoin: o.Succession.joinsAgain(),
		UserData: func() []byte {
			return encodeMember(memberData{Holdings: w.holdings(), Facts: w.facts(), Succeeds: o.Succession.partitions(), Address: o.Address})
		},
		Assign: func(members []stream.GroupMember) (map[string]stream.Assignment, error) {
			assigned, refused := assign(members, w.facts(), w.env.Partitions, o.Standbys)
			for id, why := range refused {
				o.Logger.Warn("member of the group is refused", "member", id, "error", why)
			}
			return assigned, nil
		},
	}
}

// facts is all on which the states of this process's tasks rest. Where rules are those that were applied to the application members need not have the
// same at every moment, but all go by what is applied.
func (w *Worker) facts() []state.Fact {
	facts := w.env.Settings().Facts()
	for i := range facts {
		if facts[i].Name == state.FactRules && w.options.AppliedRules {
			facts[i].Value = AppliedRules
		}
	}
	return facts
}

// AppliedRules is what members tell of their rules who go by those that are applied to the application.
const AppliedRules = "as applied"

// holdings is what this process has of each partition.
func (w *Worker) holdings() (all []holding) {
	for p := range w.env.Partitions {
		saved, err := w.options.State.Saved(p)
		if err != nil {
			w.options.Logger.Warn("cannot tell what is on disk of a partition", "partition", p, "error", err)
			continue
		}
		active := w.slots.owns(p)
		if active || saved.Position > 0 {
			all = append(all, holding{Partition: p, Position: saved.Position, Changelog: cmp.Or(saved.Changelog, w.options.Topics.Changelog), Active: active})
		}
	}
	return all
}

// RefusedError says that the group does not take this process.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return "this process is refused: " + e.Why }

// accept gives every slot the role that a generation of the group has for it.
func (w *Worker) accept(g *stream.Generation) error {
	data, err := decodeAssigned(g.UserData)
	if err != nil {
		return err
	}
	if data.Refused != "" {
		return &RefusedError{data.Refused}
	}
	for _, p := range slices.Concat(g.Partitions, data.Standby) {
		if p < 0 || p >= w.env.Partitions {
			return fmt.Errorf("the group assigned partition %d of %d: members disagree on the number of partitions; restart them all", p, w.env.Partitions)
		}
	}
	w.options.Logger.Info("partitions assigned", "generation", g.ID, "owned", append([]int32{}, g.Partitions...), "standby", append([]int32{}, data.Standby...)) // [] in JSON, not null.
	w.metrics.assigned(len(g.Partitions), len(data.Standby))
	w.status.assign(g)
	w.generations.put(g)
	w.slots.assign(w.process, g, data.Standby)
	return nil
}
