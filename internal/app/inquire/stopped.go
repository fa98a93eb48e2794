package inquire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// StoppedOptions say where a state is, and what it was built with.
type StoppedOptions struct {
	Directory     string
	Rules         *rules.Set
	Zone          *time.Location // nil: the one that the state was built with
	RetentionDays int32          // 0: likewise

	// Events reads the events behind an order back from their topics, which a state does not have.
	Events func(context.Context, *inspect.Order) (*ask.OrderEvents, error)
}

// InUseError is that a process runs on a state directory.
type InUseError struct{ Directory string }

// Error names the directory.
func (e *InUseError) Error() string {
	return fmt.Sprintf("state directory %s is in use: ask the process that runs on it with --url, such as --url http://127.0.0.1:8080", e.Directory)
}

// stopped is the state directory of a process that has stopped.
type stopped struct {
	directory  string
	view       *state.View
	partitions []int32
	settings   *state.Settings // of any of them
	inspect    inspect.Options
	readEvents func(context.Context, *inspect.Order) (*ask.OrderEvents, error)
}

// Stopped opens the state directory of a process that has stopped. It changes nothing in it. The error is an *[InUseError] where it has not.
func Stopped(o StoppedOptions) (Source, error) {
	view, err := state.OpenView(state.Options{Directory: o.Directory})
	if errors.Is(err, state.ErrLocked) {
		return nil, &InUseError{o.Directory}
	}
	if err != nil {
		return nil, err
	}
	s := &stopped{directory: o.Directory, view: view, readEvents: o.Events, inspect: inspect.Options{Rules: o.Rules, Zone: o.Zone, RetentionDays: o.RetentionDays}}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory %s: %w", o.Directory, err), view.Close())
	}
	return s, nil
}

// open finds out what there is, and what it was built with.
func (s *stopped) open() (err error) {
	if s.partitions, err = s.view.Partitions(); err != nil {
		return err
	}
	for _, p := range s.partitions {
		if s.settings, err = s.view.Partition(p).Settings(); err != nil {
			return err
		}
		if s.settings != nil {
			return s.adopt()
		}
	}
	return errors.New("nothing was committed yet: ask a process that runs with --url")
}

// adopt takes from the settings what was not given.
func (s *stopped) adopt() (err error) {
	if s.inspect.RetentionDays == 0 {
		s.inspect.RetentionDays = s.settings.Retention
	}
	if s.inspect.Zone == nil {
		if s.inspect.Zone, err = time.LoadLocation(s.settings.Zone); err != nil {
			return fmt.Errorf("its time zone: %w: run a program with this zone's data", err)
		}
	}
	return nil
}

func (s *stopped) Close() error { return s.view.Close() }

func (s *stopped) ask(_ context.Context, q *question) error {
	candidates, err := s.candidates(q.seller)
	if err != nil {
		return err
	}
	for _, p := range candidates {
		if err = s.answer(p, q); !errors.As(err, new(*inspect.UnknownSellerError)) {
			return err
		}
	}
	return err
}

func (s *stopped) events(ctx context.Context, seller, order string) (*ask.OrderEvents, error) {
	o, err := Order(ctx, s, seller, order)
	if err != nil {
		return nil, err
	}
	return s.readEvents(ctx, o)
}

// candidates are the partitions in which a seller may be; one at least.
func (s *stopped) candidates(seller string) ([]int32, error) {
	n := s.settings.Topics[events.Orders.String()].Partitions
	if n == 0 || s.settings.Partitioner != state.Murmur2 {
		return s.partitions, nil
	}
	p := stream.PartitionFor([]byte(seller), n)
	if !slices.Contains(s.partitions, p) {
		return nil, s.elsewhere(p)
	}
	return []int32{p}, nil
}

func (s *stopped) elsewhere(p int32) error {
	return fmt.Errorf("the seller's partition is %d, of which state directory %s has nothing: ask a process that runs with --url, or name the directory of the one that had it", p, s.directory)
}

func (s *stopped) answer(p int32, q *question) error {
	partition, err := inspect.Open(s.view.Partition(p), s.inspect)
	var settings *inspect.SettingsError
	switch {
	case errors.Is(err, inspect.ErrNothingCommitted):
		return s.elsewhere(p)
	case errors.As(err, &settings):
		return s.otherwise(&settings.Differences[0])
	case errors.Is(err, inspect.ErrRestoring), errors.Is(err, inspect.ErrRebuilding):
		return fmt.Errorf("state directory %s: partition %d was not whole when its process ended: start that again, and ask it with --url", s.directory, p)
	case err != nil:
		return fmt.Errorf("state directory %s: %w", s.directory, err)
	}
	return q.from(partition)
}

// otherwise says that the state was built with other settings.
func (s *stopped) otherwise(d *state.Difference) error {
	remedy := "give the --rules, --time-zone and --retention of its `processor run`"
	if d.Flag == "" {
		remedy = "use the version of the program that built it, or run this one on it once"
	}
	return fmt.Errorf("state directory %s: it was built with other settings: %v: %s", s.directory, d, remedy)
}
