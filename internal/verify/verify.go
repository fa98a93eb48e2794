package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Options of a verification.
type Options struct {
	Rules         *rules.Set
	Zone          *time.Location // refuse a state with another; nil for whatever the state has
	RetentionDays int32          // likewise; 0 for whatever the state has
	HistoryDays   int32          // likewise; no more than RetentionDays where counts are kept for as long as orders
	SkipOthers    bool           // skip a partition with other settings instead of refusing it
	Progress      func(Result)   // told after each seller how far it is; nil for nobody

	// PartitionOf is the partition of a key among so many by murmur2, where a state says that sellers are where it says; nil checks none.
	PartitionOf func(key []byte, partitions int32) int32
}

// What internal/engine promises of time, stated here for itself.
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
	settings *state.Settings
	calendar *windows.Calendar
	clock    state.Clock

	expires, forgotten windows.Date // ages in days
	undated            windows.Date // likewise, from which on no date is noted
	lasting            bool         // counts outlive their orders
	swept              windows.Date // the last day on which everything was swept

	result     Result
	plan       *plan.Plan
	tally      *windows.Tally
	order      windows.Order // scratch
	counts     windows.Sums  // scratch
	due        []events.Millis
	attributes windows.Attributes // scratch
	timers     int64              // that must be there, and are
	thaws      *state.Thaws
	cursors    [7]cursor
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
	if c.settings = settings; settings.Rebuild != nil {
		c.result.Skipped = "it is being rebuilt for other settings, or was when its process ended"
		return false, nil
	}
	zone, err := c.checkSettings(settings)
	if err != nil {
		return false, err
	}
	if clock.StreamTime == events.None {
		return false, c.checkEmpty()
	}
	c.calendar, c.clock = windows.NewCalendar(zone), clock
	c.result.StreamTime = clock.StreamTime
	c.expires = windows.Date(settings.Retention) + 1
	c.forgotten = c.expires + keyKeptDays
	c.undated, c.lasting = c.forgotten, settings.History > settings.Retention
	if c.lasting {
		c.undated = max(c.forgotten, windows.Date(settings.History)+1)
	}
	c.plan = plan.For(c.options.Rules, settings.Retention, settings.History)
	c.tally, c.thaws = windows.NewTally(c.plan.Program), c.reader.Thaws(c.plan.Program)
	c.swept = c.lastSweep(clock.Past())
	return true, nil
}

// lastSweep is the last day, up to that of an instant, on which anything is swept.
func (c *check) lastSweep(at events.Millis) windows.Date {
	today := c.calendar.Today(at)
	if c.lasting {
		return today // What is frozen depends on the day.
	}
	return today - (today%sweepDays+sweepDays)%sweepDays
}

// sweptOf is the last day on which everything of a seller was swept, and the last on which anything may have been.
func (c *check) sweptOf(seller string) (all, some windows.Date) {
	all, some = c.swept, c.swept
	if i := c.clock.Instant; i != nil && i.Sweeping {
		some = c.lastSweep(c.clock.StreamTime)
		if seller < i.Next.Seller {
			all = some
		}
	}
	return all, some
}

// evaluatedAt is the instant as of which a seller's rules were evaluated last; false where it lies between those of its orders.
func (c *check) evaluatedAt(seller string) (at events.Millis, ok bool) {
	i := c.clock.Instant
	if i == nil || i.Sweeping || seller < i.Next.Seller {
		return c.clock.StreamTime, true
	}
	return c.clock.StreamTime - 1, seller > i.Next.Seller || !i.Begun()
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

// checkSettings refuses a state with other settings than those asked for, or with others than this program has. It returns the state's zone.
func (c *check) checkSettings(stored *state.Settings) (zone *time.Location, err error) {
	refuse := func(flag, is, was string) error {
		return &SettingsError{Flag: flag, Partition: c.result.Partition, Is: is, Was: was}
	}
	if zone = c.options.Zone; zone == nil {
		if zone, err = time.LoadLocation(stored.Zone); err != nil {
			return nil, fmt.Errorf("load time zone of the state: %w", err)
		}
	}
	asked := &state.Settings{Zone: zone.String(), ZoneData: windows.ZoneDigest(zone), Retention: c.options.RetentionDays, FactsVersion: windows.FactsVersion}
	if asked.History = stored.History; c.options.HistoryDays > 0 {
		asked.History = c.options.HistoryDays
	}
	for _, d := range asked.From(stored) {
		return nil, refuse(cmp.Or(d.Flag, d.Name), d.Value, d.Was)
	}
	for _, r := range c.options.Rules.Rules() {
		if was, ok := stored.Rules[r.Name]; !ok {
			return nil, refuse("--rules", fmt.Sprintf("rule %q", r.Name), fmt.Sprintf("no rule %q", r.Name))
		} else if was != r.Canonical() {
			return nil, refuse("--rules", fmt.Sprintf("%q", r.Canonical()), fmt.Sprintf("%q", was))
		}
	}
	for name := range stored.Rules {
		if c.options.Rules.Find(name) == nil {
			return nil, refuse("--rules", fmt.Sprintf("no rule %q", name), fmt.Sprintf("rule %q", name))
		}
	}
	return zone, nil
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
