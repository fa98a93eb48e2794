package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Options of a verification.
type Options struct {
	Rules         *rules.Set
	Zone          string       // refuse a state with another; empty for whatever the state has
	RetentionDays int32        // likewise; 0 for whatever the state has
	SkipOthers    bool         // skip a partition with other settings instead of refusing it
	Progress      func(Result) // told after each seller how far it is; nil for nobody
}

// What internal/pipeline promises of time, stated here for itself.
const (
	keyKeptDays               = 90                       // from when an order expires until nothing of it is left
	sweepDays                 = 8                        // days divisible by it are those on which dates are swept
	orphanAfter events.Millis = 90 * 24 * 60 * 60 * 1000 // for how long an event waits for its order
)

// check is the verification of one partition.
type check struct {
	ctx      context.Context // A check is one call of Partition.
	reader   *state.Reader
	options  Options
	calendar *windows.Calendar
	at       events.Millis // stream time
	today    windows.Date

	expires, forgotten windows.Date // ages in days
	swept              windows.Date // the last day on which anything was swept

	result  Result
	order   windows.Order // scratch
	due     []events.Millis
	timers  int64 // that must be there, and are
	cursors [5]cursor
}

// Partition verifies what is stored of a partition. It returns a [SettingsError] where the state was built with other settings.
func Partition(ctx context.Context, view *state.View, partition int32, o Options) (Result, error) {
	c := &check{ctx: ctx, reader: view.Partition(partition), options: o, result: Result{Partition: partition, Differences: []Difference{}}}
	known, err := c.open()
	if err == nil && known {
		err = c.run()
	}
	if err != nil {
		var settings *SettingsError
		if errors.As(err, &settings) {
			return c.result, err
		}
		return c.result, fmt.Errorf("verify partition %d: %w", partition, err)
	}
	return c.result, nil
}

// open finds stream time and the settings of the state, and tells whether it has any.
func (c *check) open() (bool, error) {
	settings, err := c.reader.Settings()
	if err != nil {
		return false, err
	}
	clock, ok, err := c.reader.Clock()
	if err != nil {
		return false, err
	}
	if settings == nil || !ok {
		return false, c.checkEmpty()
	}
	if err := c.checkSettings(settings); err != nil {
		return false, err
	}
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		return false, fmt.Errorf("load time zone of the state: %w", err)
	}
	if clock.StreamTime == events.None {
		return false, c.checkEmpty()
	}
	c.calendar, c.at = windows.NewCalendar(zone), clock.StreamTime
	c.result.StreamTime = c.at
	c.today = c.calendar.Today(c.at)
	c.expires = windows.Date(settings.Retention) + 1
	c.forgotten = c.expires + keyKeptDays
	c.swept = c.today - (c.today%sweepDays+sweepDays)%sweepDays
	return true, nil
}

// checkEmpty checks that a state without stream time has nothing in it.
func (c *check) checkEmpty() error {
	for _, kind := range allKinds {
		found := false
		err := c.eachOf(kind, func([]byte) { found = true }, func(*state.Entry) error { found = true; return nil })
		if err != nil {
			return err
		}
		if found {
			c.result.add(Difference{Kind: KindSettings, Stored: "no stream time or settings", Computed: "both: there are keys of kind " + string(kindOf(kind))})
		}
	}
	return nil
}

func (c *check) checkSettings(m *state.Settings) error {
	refuse := func(flag, is, was string) error {
		return &SettingsError{Flag: flag, Partition: c.result.Partition, Is: is, Was: was}
	}
	if c.options.Zone != "" && c.options.Zone != m.Zone {
		return refuse("--time-zone", c.options.Zone, m.Zone)
	}
	if days := c.options.RetentionDays; days != 0 && days != m.Retention {
		return refuse("--retention", fmt.Sprintf("%dd", days), fmt.Sprintf("%dd", m.Retention))
	}
	for _, r := range c.options.Rules.Rules() {
		if was, ok := m.Rules[r.Name]; !ok {
			return refuse("--rules", fmt.Sprintf("rule %q", r.Name), fmt.Sprintf("no rule %q", r.Name))
		} else if was != r.Canonical() {
			return refuse("--rules", fmt.Sprintf("%q", r.Canonical()), fmt.Sprintf("%q", was))
		}
	}
	for name := range m.Rules {
		if c.options.Rules.Find(name) == nil {
			return refuse("--rules", fmt.Sprintf("no rule %q", name), fmt.Sprintf("rule %q", name))
		}
	}
	return nil
}

// run goes over the partition seller by seller, then over what is kept by time.
func (c *check) run() (err error) {
	defer func() { err = errors.Join(err, c.closeCursors()) }()
	if err := c.openCursors(); err != nil {
		return err
	}
	for {
		id, ok := c.nextSeller()
		if !ok {
			break
		}
		if err := c.seller(id); err != nil {
			return err
		}
		if c.options.Progress != nil {
			c.options.Progress(c.result)
		}
	}
	if err := c.checkDates(); err != nil {
		return err
	}
	return c.checkTimers()
}
