package inspect

import (
	"cmp"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Options say what the numbers of the state rest on, and bound answers. Zero bounds are their defaults.
type Options struct {
	Rules         *rules.Set
	Zone          *time.Location
	RetentionDays int32
	Schema        func(id uint32) (string, error) // the schema of a Confluent schema id, for parked events; nil knows none

	PageOrders  int // of a page that asks for no number of orders; default 50
	MaxPage     int // orders of a page; default 500
	MaxRows     int // order rows that one answer reads; default 100,000
	MaxLines    int // product lines of a period that are compared; default 100,000
	MaxParts    int // shipments, items and the like that an answer lists of an order, of each sort; default 200
	MaxForecast int // days of a forecast; default 180
	MaxFacts    int // reasons that a page lists of an order; default 20
}

func (o Options) withDefaults() Options {
	o.PageOrders = cmp.Or(o.PageOrders, 50)
	o.MaxPage = cmp.Or(o.MaxPage, 500)
	o.MaxRows = cmp.Or(o.MaxRows, 100_000)
	o.MaxLines = cmp.Or(o.MaxLines, 100_000)
	o.MaxParts = cmp.Or(o.MaxParts, 200)
	o.MaxForecast = cmp.Or(o.MaxForecast, 180)
	o.MaxFacts = cmp.Or(o.MaxFacts, 20)
	return o
}

// aheadDays is how many days an order date may be ahead of stream time: it may be 24 hours after its event, which the clock's changes can make two
// days.
const aheadDays = 2

// Partition answers questions about the sellers of one partition of a snapshot, which must stay open meanwhile. It is for one goroutine.
type Partition struct {
	reader   *state.Reader
	options  Options
	calendar *windows.Calendar
	clock    state.Clock
	decoder  *events.Decoder // of parked events; nil until it is needed
	order    windows.Order   // scratch
	dueAt    []events.Millis // scratch
	plan     *plan.Plan
	tally    *windows.Tally

	historyDays int32 // for which counts are kept

	attributes    windows.Attributes // scratch
	before, after windows.Sums       // scratch
}

// Open begins to answer from a partition. The error is [ErrNothingCommitted], [ErrRestoring] or [ErrRebuilding] where there is nothing to answer from yet, and
// a [SettingsError] where the state was built with other settings than the options'.
func Open(r *state.Reader, o Options) (*Partition, error) {
	p := &Partition{reader: r, options: o.withDefaults(), calendar: windows.NewCalendar(o.Zone)}
	saved, err := r.Saved()
	if err != nil {
		return nil, fmt.Errorf("open partition: %w", err)
	}
	if saved.Partial || saved.Underived {
		return nil, ErrRestoring
	}
	settings, err := r.Settings()
	if err != nil {
		return nil, fmt.Errorf("open partition: %w", err)
	}
	known := false
	if p.clock, known, err = r.Clock(); err != nil {
		return nil, fmt.Errorf("open partition: %w", err)
	}
	if settings == nil || !known || p.clock.StreamTime == events.None {
		return nil, ErrNothingCommitted
	}
	p.plan, p.historyDays = plan.For(p.options.Rules, settings.Retention, settings.History), max(settings.Retention, settings.History)
	p.tally = windows.NewTally(p.plan.Program)
	return p, p.check(settings)
}

// check refuses a state whose numbers are not those of the settings in force.
func (p *Partition) check(stored *state.Settings) error {
	if stored.Rebuild != nil {
		return ErrRebuilding
	}
	asked := &state.Settings{
		Zone: p.options.Zone.String(), ZoneData: windows.ZoneDigest(p.options.Zone), Retention: p.options.RetentionDays, History: stored.History, FactsVersion: windows.FactsVersion,
		Rules: map[string]string{},
	}
	for _, r := range p.options.Rules.Rules() {
		asked.Rules[r.Name] = r.Canonical()
	}
	if differences := asked.From(stored); len(differences) > 0 {
		return &SettingsError{differences}
	}
	return nil
}

// version is the version of a rule that holds of a seller on a day; nil for none.
func (p *Partition) version(seller, name string, day windows.Date) *plan.Version {
	for i := range p.plan.Versions {
		if v := &p.plan.Versions[i]; v.Name == name && v.InForce(day) {
			return p.heldBy(seller, v, day)
		}
	}
	return nil
}

// heldBy is a version as it is for a seller on a day; nil where it is not in force, or the seller is exempt.
func (p *Partition) heldBy(seller string, v *plan.Version, day windows.Date) *plan.Version {
	rule, exempt := p.options.Rules.OverridesOf(seller).Held(v.Rule, day)
	if exempt || !v.InForce(day) {
		return nil
	}
	held := v.For(rule)
	return &held
}

// count is what the order at hand counts at an instant. It is valid until the next call.
func (p *Partition) count(at events.Millis) windows.Sums {
	p.attributes.Of(&p.order)
	p.after = p.tally.Count(p.after, &p.order, &p.attributes, at)
	return p.after
}

// StreamTime is as of when the state is.
func (p *Partition) StreamTime() Instant { return Instant(p.clock.StreamTime) }

// Today is the day of stream time in the zone.
func (p *Partition) Today() windows.Date { return p.calendar.Today(p.clock.StreamTime) }

// Head says whom an answer is about, as of when it is, and of which order dates the orders are kept.
type Head struct {
	SellerID string       `json:"seller_id"`
	AsOf     Instant      `json:"as_of"` // stream time
	Today    windows.Date `json:"today"` // its day in the configured zone
	KeptFrom windows.Date `json:"kept_from"`

	// CountedFrom is the first order date of which counts are kept: they may outlive the orders.
	CountedFrom windows.Date `json:"counted_from"`
}

// keptTo is the newest order date that there can be.
func (h *Head) keptTo() windows.Date { return h.Today + aheadDays }

func (p *Partition) head(seller string) Head { return p.headAt(seller, p.clock.AsOf(seller)) }

func (p *Partition) headAt(seller string, at events.Millis) Head {
	today := p.calendar.Today(at)
	return Head{
		SellerID: seller, AsOf: Instant(at), Today: today, KeptFrom: today - windows.Date(p.options.RetentionDays), CountedFrom: today - windows.Date(p.historyDays),
	}
}

// seller is the head of an answer about a seller, and where that stands with its rules.
func (p *Partition) seller(id string) (Head, map[string]state.RuleState, error) {
	states, known, err := p.reader.RuleStates(id)
	if err == nil && !known {
		err = &UnknownSellerError{id}
	}
	return p.head(id), states, err
}

// span is a period of which orders are kept, both dates inclusive, or a [NotKeptError].
func (h *Head) span(from, to windows.Date) (state.Span, error) {
	return h.spanFrom(h.KeptFrom, from, to)
}

// countedSpan is a period of which counts are kept, likewise.
func (h *Head) countedSpan(from, to windows.Date) (state.Span, error) {
	return h.spanFrom(h.CountedFrom, from, to)
}

func (h *Head) spanFrom(kept, from, to windows.Date) (state.Span, error) {
	if from > to {
		return state.Span{}, &QueryError{"from", fmt.Sprintf("%v is after %v: give the earlier date first", from, to)}
	}
	if from < kept || to > h.keptTo() {
		return state.Span{}, &NotKeptError{From: from, To: to, KeptFrom: kept, KeptTo: h.keptTo()}
	}
	return state.Span{Seller: h.SellerID, From: from, To: to}, nil
}

// Numbers are a numerator and a denominator, and their rate: null without a denominator.
type Numbers struct {
	Numerator   int64    `json:"numerator"`
	Denominator int64    `json:"denominator"`
	Rate        *float64 `json:"rate"`
}

func numbersOf(numerator, denominator int64) Numbers {
	return Numbers{numerator, denominator, optional(outputs.RateOf(numerator, denominator))}
}

func optional[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}
