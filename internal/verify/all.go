package verify

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/state"
)

// Answer is what was found in all partitions of a state.
type Answer struct {
	Partitions []Result `json:"partitions"`
	Total      int64    `json:"differences_total"`
}

// Checked is how many partitions were not skipped.
func (a *Answer) Checked() (n int) {
	for i := range a.Partitions {
		if a.Partitions[i].Skipped == "" {
			n++
		}
	}
	return n
}

func (a *Answer) add(r Result) {
	a.Partitions = append(a.Partitions, r)
	a.Total += r.Total
}

// All verifies every partition of a view, but for those that are a part of what the changelog has.
func All(ctx context.Context, view *state.View, o Options) (Answer, error) {
	answer := Answer{Partitions: []Result{}}
	partitions, err := view.Partitions()
	if err != nil {
		return answer, err
	}
	for _, p := range partitions {
		saved, err := view.Saved(p)
		if err != nil {
			return answer, err
		}
		if saved.Partial || saved.Underived {
			answer.add(Result{Partition: p, Skipped: "it is being restored, or was when its process ended", Differences: []Difference{}})
			continue
		}
		result, err := Partition(ctx, view, p, o)
		var settings *SettingsError
		if o.SkipOthers && errors.As(err, &settings) {
			result.Skipped, err = fmt.Sprintf("its commit with the present %s is to come", settings.Flag), nil
		}
		if err != nil {
			return answer, err
		}
		answer.add(result)
	}
	return answer, nil
}
