package engine

import (
	"cmp"
	"slices"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Options say what the numbers of a task rest on. The zero value of those with a default is useful.
type Options struct {
	AppID         string
	Rules         *rules.Set
	Revision      int64 // of the rules, where they were applied to the application (package rulebook); 0 where the process was given them
	Zone          *time.Location
	RetentionDays int32
	HistoryDays   int32 // for which counts are kept, where they outlive orders; default the retention
	Partition     int32
	Partitioner   func(key []byte) int32       // the partition of a key; nil trusts the producers
	TopicNames    [events.NumTopics]string     // as alerts and dead letters name them
	Schema        func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	Topics        map[string]state.Topic       // by what they are for; nil where they are not known
	FactsVersion  int                          // default windows.FactsVersion

	CacheBytes     int           // of sellers and orders in memory; default that of state.StoreOptions
	CommitBytes    int           // that wait, after which a step ends; default limits.Commit
	CommitKeys     int           // changed keys, and sellers, orders and timers looked at, after which a step ends; default 50,000
	ReportInterval time.Duration // between two reports of a seller; default 10 s
	ReportsQueued  int           // sellers in memory whose reports are due; default 16,384
}

func (o Options) withDefaults() Options {
	o.HistoryDays = max(o.HistoryDays, o.RetentionDays)
	o.CommitBytes = cmp.Or(o.CommitBytes, limits.Commit)
	o.CommitKeys = cmp.Or(o.CommitKeys, 50_000)
	o.ReportInterval = cmp.Or(o.ReportInterval, 10*time.Second)
	o.ReportsQueued = cmp.Or(o.ReportsQueued, 1<<14)
	return o
}

// Engine applies records and instants to the state of a partition.
type Engine struct {
	*Admission
	options  Options
	life     state.Lifetime
	policy   *policy
	plan     *plan.Plan
	tally    *windows.Tally
	store    *state.Store
	calendar *windows.Calendar

	clock     state.Clock // that of the last commit, but for stream time and how far the instant is, which are as they are now
	today     windows.Date
	nextSlide windows.Date    // the next day at whose start anything moves
	added     addedDate       // last, which nextSlide knows of
	columns   []state.Columns // of what is frozen, the oldest first; none where counts are kept for as long as orders
	pending   Output
	work      int // sellers, orders and timers looked at since the last commit
	reports   reportQueue

	order  windows.Order // scratch
	before state.Derived
	after  state.Derived
	missed state.Derived             // scratch
	values []string                  // scratch
	held   [windows.NumFields][]held // scratch
	row    []byte
	dated  *state.DatedSellers // whom the instant in progress concerns by the dates of their orders; nil until it is needed
	known  *state.KnownSellers // all, of an instant that concerns all; nil until it is needed
	turned []string            // whose overrides begin or end at the instant in progress, sorted; nil until it is needed

	trial     bool     // it is tried what would be: alerts are without the orders behind them
	replaced  []string // names of topics that are not those which the state was read from, though they have their names
	fresh     bool     // there was no state
	rebuild   *rebuild // nil where nothing is to be rebuilt
	rowAtMost int      // bytes that the row of an order takes, or less
}

// New makes the engine of a partition on its state. [Engine.Open] is to follow.
func New(p *state.Partition, o Options) *Engine {
	o = o.withDefaults()
	e := &Engine{Admission: NewAdmission(o), options: o, calendar: windows.NewCalendar(o.Zone), nextSlide: maxDate}
	e.life = state.Lifetime{Calendar: e.calendar, RetentionDays: o.RetentionDays, HistoryDays: o.HistoryDays}
	e.plan = o.Plan()
	e.tally, e.policy = windows.NewTally(e.plan.Program), newPolicy(e.plan, o.Rules, o.HistoryDays)
	e.store = state.NewStore(p, state.StoreOptions{
		Layout: windows.NewLayout(e.plan.Program, slices.Concat(e.policy.terms[:]...)), Rules: e.policy.names, Fields: e.policy.fields, Bytes: o.CacheBytes,
	})
	e.reports = newReportQueue(o.ReportsQueued, o.ReportInterval)
	e.clock.StreamTime = events.None
	return e
}

const maxDate = windows.Date(1<<31 - 1)

// Open takes up the state where it was left.
func (e *Engine) Open() error {
	if err := e.store.Open(); err != nil {
		return err
	}
	clock, known, err := e.store.Clock()
	if err != nil {
		return err
	}
	e.clock = clock
	if at := clock.StreamTime; at != events.None {
		e.today = e.calendar.Today(at)
		if err := e.findSlide(); err != nil {
			return err
		}
	}
	if err := e.checkSettings(known); err != nil {
		return err
	}
	if err := e.openColumns(); err != nil {
		return err
	}
	e.reports.missed = known // Those that are marked are to be found.
	return e.findReports()
}

// Clock is how far the last commit was; StreamTime is [events.None] for a new state.
func (e *Engine) Clock() state.Clock { return e.clock }

// Fresh is whether there was no state.
func (e *Engine) Fresh() bool { return e.fresh }

// Replaced lists the names of the topics that are not those which the state was read from, though they have their names, sorted.
func (e *Engine) Replaced() []string { return e.replaced }

// StreamTime is the highest event time applied, or the instant that time was moved to; events.None before the first.
func (e *Engine) StreamTime() events.Millis { return e.clock.StreamTime }

// ReportOf tells a seller's numbers and states at stream time; false for a seller without a placed order.
func (e *Engine) ReportOf(id string) (outputs.Report, bool, error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil || !seller.Known {
		return outputs.Report{}, false, err
	}
	return e.Report(seller), true, nil
}
