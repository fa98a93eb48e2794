package whatif

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/rules"
)

// ErrEmpty says that a state directory has no state that rules could be tried on.
var ErrEmpty = errors.New("nothing was committed yet: name the state directory of a process that has worked")

// Stopped tries rules on the state directory of a process that has stopped, or on a copy of one. Of the options it takes Most and Progress; parse reads the
// rules for the days for which the state keeps counts.
func Stopped(ctx context.Context, directory string, parse func(days int) (*rules.Set, error), o Options) (answer *Answer, err error) {
	view, err := state.OpenView(state.Options{Directory: directory})
	if errors.Is(err, state.ErrLocked) {
		return nil, fmt.Errorf("state directory %s is in use: ask the process that runs on it with --url, such as --url http://127.0.0.1:8080", directory)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	partitions, err := view.Partitions()
	if err == nil {
		err = o.adopt(view, partitions, parse)
	}
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", directory, err)
	}
	var answers []*Answer
	for _, p := range partitions {
		a, err := OfPartition(ctx, view, p, o)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return Merge(answers, o.Most), nil
}

// adopt takes from the settings of the first partition that has any what the state was built with.
func (o *Options) adopt(view *state.View, partitions []int32, parse func(days int) (*rules.Set, error)) error {
	for _, p := range partitions {
		settings, err := view.Partition(p).Settings()
		if err != nil {
			return err
		}
		if settings == nil {
			continue
		}
		if o.Zone, err = time.LoadLocation(settings.Zone); err != nil {
			return fmt.Errorf("load time zone of the state: %w", err)
		}
		o.RetentionDays, o.HistoryDays = settings.Retention, settings.History
		o.Rules, err = parse(int(max(settings.Retention, settings.History)))
		return err
	}
	return ErrEmpty
}
