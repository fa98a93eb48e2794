package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
)

// State is what a candidate is doing.
type State string

// The states of a candidate.
const (
	Running    State = "running"
	Stopped    State = "stopped"
	CutOver    State = "cut over"   // its state is the live one
	Former     State = "former"     // the state that was the live one; nobody runs it
	Discarding State = "discarding" // which was interrupted
	Incomplete State = "incomplete" // begun, and killed before it was described
)

// Summary is a candidate in a list.
type Summary struct {
	Name      string     `json:"name"`
	State     State      `json:"state"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
	Done      float64    `json:"done"` // from 0 to 1
	Reading
}

// Application says whose candidates are meant.
type Application struct {
	Topics task.Topics
	Prefix string // of topics
	ID     string
}

// Candidate is the candidate of a name.
func (a *Application) Candidate(name string) (*Candidate, error) {
	return Named(a.Topics, a.Prefix, a.ID, name)
}

// Names are the names of all candidates, sorted.
func (a *Application) Names(ctx context.Context, client *stream.Client) ([]string, error) {
	topics, err := client.ListTopics(ctx)
	return Names(topics, a.Prefix, a.ID), err
}

// List is all candidates, sorted by name.
func (a *Application) List(ctx context.Context, client *stream.Client) ([]Summary, error) {
	names, err := a.Names(ctx, client)
	if err != nil {
		return nil, err
	}
	all := []Summary{} // [] in JSON, not null.
	for _, name := range names {
		c, err := a.Candidate(name)
		if err != nil {
			continue // Whoever made that topic, it is no candidate's.
		}
		summary, err := summarize(ctx, client, c)
		if err != nil {
			return nil, fmt.Errorf("backfill %q: %w", name, err)
		}
		all = append(all, *summary)
	}
	return all, nil
}

func summarize(ctx context.Context, client *stream.Client, c *Candidate) (*Summary, error) {
	s := &Summary{Name: c.Name, State: Incomplete}
	d, err := OpenControl(client, c).Find(ctx)
	if errors.As(err, new(*DiscardingError)) {
		s.State = Discarding
		return s, nil
	}
	if err != nil || d == nil {
		return s, err
	}
	c.Describe(d)
	progress, err := Look(ctx, client, c, d)
	if err != nil {
		return nil, err
	}
	members, err := client.Consumers(ctx, c.AppID)
	if err != nil {
		return nil, err
	}
	s.CreatedAt, s.Reading, s.Done = &d.CreatedAt, progress.Reading, progress.Done()
	s.State, err = stateOf(ctx, client, c, d, len(members))
	return s, err
}

func stateOf(ctx context.Context, client *stream.Client, c *Candidate, d *Description, members int) (State, error) {
	gone, err := c.WasCutOver(ctx, client)
	switch {
	case err != nil:
		return "", err
	case gone:
		return CutOver, nil
	case members > 0:
		return Running, nil
	case d.Former:
		return Former, nil
	}
	return Stopped, nil
}

// Status is all about a candidate.
type Status struct {
	Name        string       `json:"name"`
	State       State        `json:"state"`
	Processes   int          `json:"processes"`
	Description *Description `json:"description"`
	Done        float64      `json:"done"`
	*Progress
	Rate        *float64 `json:"records_per_second,omitempty"` // while it is behind
	SecondsLeft *float64 `json:"seconds_left,omitempty"`       // at that rate
	Alerts      Count    `json:"alerts"`
	DeadLetters Count    `json:"dead_letters"`

	Differences *Differences `json:"differences,omitempty"` // from the live state; nil where they were not asked for
}

// Differences is how many sellers a candidate has otherwise than the live state.
type Differences struct {
	Sellers   int64 `json:"sellers"` // on either side
	Different int64 `json:"different"`
	Moving    int64 `json:"moving"` // of which that cannot be told now
}

const (
	rateInterval = time.Second     // between the two looks that tell the rate
	countTime    = 5 * time.Second // for counting the records of a topic
)

// Status looks at a candidate, twice while it is behind, to tell the rate.
func (a *Application) Status(ctx context.Context, client *stream.Client, name string) (*Status, error) {
	c, d, err := a.Find(ctx, client, name)
	if err != nil {
		return nil, err
	}
	s, err := status(ctx, client, c, d)
	if err != nil {
		return nil, fmt.Errorf("backfill %q: %w", name, err)
	}
	return s, nil
}

func status(ctx context.Context, client *stream.Client, c *Candidate, d *Description) (*Status, error) {
	s := &Status{Name: c.Name, Description: d}
	members, err := client.Consumers(ctx, c.AppID)
	if err != nil {
		return nil, err
	}
	s.Processes = len(members)
	if s.State, err = stateOf(ctx, client, c, d, len(members)); err != nil {
		return nil, err
	}
	if err := s.look(ctx, client, c); err != nil {
		return nil, err
	}
	found, err := client.Identify(ctx, c.own())
	if err != nil {
		return nil, err
	}
	for topic, to := range map[string]*Count{c.Topics.Alerts: &s.Alerts, c.Topics.DeadLetters: &s.DeadLetters} {
		if *to, err = count(ctx, client, topic, found[topic].Partitions, countTime); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// look looks how far the candidate is, and how fast.
func (s *Status) look(ctx context.Context, client *stream.Client, c *Candidate) (err error) {
	if s.Progress, err = Look(ctx, client, c, s.Description); err != nil {
		return err
	}
	if s.Behind > 0 && s.State == Running && wait.For(ctx, rateInterval) {
		before := s.Progress
		if s.Progress, err = Look(ctx, client, c, s.Description); err != nil {
			return err
		}
		rate := s.Progress.Rate(before)
		s.Rate = &rate
		if left, ends := s.Left(rate); ends {
			seconds := left.Seconds()
			s.SecondsLeft = &seconds
		}
	}
	s.Done = s.Progress.Done()
	return s.lookAtLive(ctx, client, c.Live)
}

// Find is a candidate that there is, and what it is.
func (a *Application) Find(ctx context.Context, client *stream.Client, name string) (*Candidate, *Description, error) {
	c, err := a.Candidate(name)
	if err != nil {
		return nil, nil, err
	}
	control := OpenControl(client, c)
	exists, err := control.Exists(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !exists {
		return nil, nil, a.unknown(ctx, client, name)
	}
	d, err := control.Find(ctx)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("backfill %q: %w", name, err)
	case d == nil:
		return nil, nil, fmt.Errorf("backfill %q: whoever began it was killed before it was: begin it again with `processor backfill start %s`, or remove it with `processor backfill discard %s`", name, name, name)
	}
	c.Describe(d)
	return c, d, nil
}

// UnknownError says that there is no candidate of a name.
type UnknownError struct {
	Name  string
	Known []string
}

// Error proposes those that there are.
func (e *UnknownError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("backfill %q: there is none: begin one with `processor backfill start NAME`", e.Name)
	}
	const most = 20
	known := strings.Join(e.Known[:min(most, len(e.Known))], ", ")
	if more := len(e.Known) - most; more > 0 {
		known += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("backfill %q: there is no such one%s; there is %s", e.Name, meant.Hint(e.Name, e.Known), known)
}

func (a *Application) unknown(ctx context.Context, client *stream.Client, name string) error {
	known, err := a.Names(ctx, client)
	if err != nil {
		return err
	}
	if slices.Contains(known, name) { // Made just now.
		return fmt.Errorf("backfill %q: it is being begun: try again", name)
	}
	return &UnknownError{name, known}
}
