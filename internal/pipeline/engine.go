package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// EngineOptions say what the numbers of a task rest on.
type EngineOptions struct {
	AppID         string
	Rules         *rules.Set
	Zone          *time.Location
	RetentionDays int32
	Partition     int32
	Partitioner   func(key []byte) int32       // the partition of a key; nil trusts the producers
	TopicNames    [events.NumTopics]string     // as alerts and dead letters name them
	Schema        func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	Topics        map[string]state.Topic       // by what they are for; nil where they are not known

	CommitBytes int // that may wait for a commit in the middle of a long way; default limits.Commit

	factsVersion int // of tests: another than windows.FactsVersion
}

// Record is one message of an input topic. Decode fills Event, or Err: an *events.Error for a message that can never be applied.
type Record struct {
	Topic     events.Topic
	Offset    int64
	Timestamp events.Millis
	Key       []byte
	Value     []byte
	Headers   []state.Header
	Event     events.Event
	Err       error
	Batch     *stream.BatchError // not nil where the record stands for a batch that cannot be read
}

// size is what the record's value and headers come to.
func (r *Record) size() int { return state.SizeOf(r.Value, r.Headers) }

// DeadLetter is a record that was not applied, and why.
type DeadLetter struct {
	Topic     events.Topic
	Offset    int64
	Timestamp events.Millis
	Key       []byte
	Value     []byte
	Headers   []state.Header
	Reason    events.DeadLetterReason
	Err       error
}

// Output is what a task has to publish with its next commit, beside the changes of its state.
type Output struct {
	Alerts      []rules.Alert
	Reports     []rules.Report
	DeadLetters []DeadLetter

	bytes int // about, of all
}

// reset empties the output, keeping its memory.
func (o *Output) reset() {
	clear(o.Alerts)
	clear(o.DeadLetters)
	clear(o.Reports)
	o.Alerts, o.DeadLetters, o.Reports, o.bytes = o.Alerts[:0], o.DeadLetters[:0], o.Reports[:0], 0
}

// Engine is the pure middle of a task: records and instants in, changes of the state and output out. It has no clock and knows nothing
// of Kafka; it is for one goroutine.
//
// Invariant: everything due up to stream time has been evaluated, each due instant for itself and in order.
type Engine struct {
	options  EngineOptions
	life     state.Lifetime
	rules    []*rules.Rule
	ruleSums []ruleSums
	store    *state.Store
	calendar *windows.Calendar
	decoder  *events.Decoder
	ages     []windows.Date // in days, at which a date enters or leaves a window

	streamTime events.Millis
	today      windows.Date
	nextSlide  windows.Date // the next day at whose start anything moves
	pending    Output

	order    windows.Order // scratch
	before   state.Derived
	after    state.Derived
	row      []byte
	touched  []string
	onReport func(*state.Seller) // tells that a report of a seller is due
	onFull   func() error        // commits, where much is waiting between two due instants

	replaced   []string // names of topics that are not those which the state was read from, though they have their names
	committed  bool     // onFull was called
	fresh      bool     // there was no state
	rebuild    *rebuild // nil where nothing is to be rebuilt
	rowAtMost  int      // bytes that the row of an order takes, or less
	maxWaiting int      // changed keys that wait for a commit, but for those of one instant
}

// ruleSums says what a rule compares: two measures of a channel's orders, and which terms of a seller they are.
type ruleSums struct {
	channel                        events.Channel
	numerator, denominator         windows.Measure
	numeratorTerm, denominatorTerm int
}

// of is the two numbers of a seller.
func (s *ruleSums) of(seller *state.Seller) (numerator, denominator int64) {
	return seller.Windows.Sum(s.numeratorTerm), seller.Windows.Sum(s.denominatorTerm)
}

// futureBy is how far ahead of its record's time an event may be.
const futureBy events.Millis = 10 * 60 * 1000

// NewEngine makes the engine of a partition on its state. [Engine.Open] is to follow.
func NewEngine(p *state.Partition, o EngineOptions, storeBytes int) *Engine {
	e := &Engine{options: o, rules: o.Rules.Rules(), calendar: windows.NewCalendar(o.Zone), nextSlide: maxDate, maxWaiting: 50_000}
	e.options.CommitBytes = orDefault(o.CommitBytes, limits.Commit)
	e.life = state.Lifetime{Calendar: e.calendar, RetentionDays: o.RetentionDays}
	e.decoder = events.NewDecoder(events.DecoderOptions{MaxBytes: limits.Input, Schema: o.Schema})
	e.store = state.NewStore(p, state.StoreOptions{
		Layout: windows.NewLayout(e.layOut()), Rules: ruleNames(e.rules), Bytes: storeBytes,
	})
	e.streamTime = events.None
	return e
}

const maxDate = windows.Date(1<<31 - 1)

// layOut lists the distinct terms that rules compare, and the ages at which anything of a date changes in rules or reports.
func (e *Engine) layOut() (terms []windows.Term) {
	index := func(t windows.Term) int {
		i := slices.Index(terms, t)
		if i < 0 {
			i = len(terms)
			terms = append(terms, t)
		}
		return i
	}
	ages := func(w windows.Window) { e.ages = append(e.ages, windows.Date(w.Lag), windows.Date(w.Lag+w.Days)) }
	for _, r := range e.rules {
		sums := ruleSums{channel: r.Channel().Of()}
		sums.numerator, sums.denominator = r.Metric.Measures()
		sums.numeratorTerm = index(windows.Term{Window: r.Window, Channel: sums.channel, Measure: sums.numerator})
		sums.denominatorTerm = index(windows.Term{Window: r.Window, Channel: sums.channel, Measure: sums.denominator})
		e.ruleSums = append(e.ruleSums, sums)
		ages(r.Window)
	}
	for m := range rules.NumMetrics {
		for _, w := range rules.ReportWindows(m) {
			ages(w)
		}
	}
	slices.Sort(e.ages)
	e.ages = slices.Compact(e.ages)
	return terms
}

func ruleNames(set []*rules.Rule) (names []string) {
	for _, r := range set {
		names = append(names, r.Name)
	}
	return names
}

// Open takes up the state where it was left. [Engine.Rebuild] is to follow.
func (e *Engine) Open() error {
	if err := e.store.Open(); err != nil {
		return err
	}
	clock, known, err := e.store.Clock()
	if err != nil {
		return err
	}
	if at := clock.StreamTime; at != events.None {
		e.streamTime, e.today = at, e.calendar.Today(at)
		if err := e.findSlide(); err != nil {
			return err
		}
	}
	return e.checkSettings(known)
}

// errNoSettings says that a state has lost some of its keys: each commit but the first leaves the settings as they are, and none goes without.
var errNoSettings = errors.New("the state does not tell what it rests on, so parts of it are missing: delete the state directory to have it restored from the changelog; if the changelog lacks them too, use another --app-id")

// checkSettings compares what the state rests on with what is in force, and finds out what that makes necessary. Known is whether there
// is a state.
func (e *Engine) checkSettings(known bool) error {
	now := e.options.settings()
	was, err := e.store.Partition.Settings()
	if err != nil {
		return err
	}
	if was == nil && known {
		return errNoSettings
	}
	if e.fresh = was == nil; e.fresh {
		e.store.SetSettings(now)
		return nil
	}
	differences := now.From(was)
	if was.Partitioner == "" && e.options.Partitioner != nil {
		moved, err := e.misplaced()
		if err != nil {
			return err
		}
		differences = append(differences, moved...)
	}
	if err := refuse(e.options.Partition, differences); err != nil {
		return err
	}
	unknown := was.ZoneData == "" && now.ZoneData != windows.ZoneDigest(time.UTC)
	now.Redated = was.Redated || unknown || was.ZoneData != "" && was.ZoneData != now.ZoneData
	e.replaced = replaced(differences, now.Topics)
	if e.rebuild = planRebuild(was, now, differences); e.rebuild == nil && !reflect.DeepEqual(was, now) {
		e.store.SetSettings(now)
	}
	return nil
}

// misplaced is how the settings differ that an older version did not write, if a seller is not where its key says: topics were enlarged since,
// or the producers were trusted.
func (e *Engine) misplaced() (differences []state.Difference, err error) {
	err = e.store.Sellers(func(id string, _ bool) (bool, error) {
		if of := e.options.Partitioner([]byte(id)); of != e.options.Partition {
			differences = append(differences, state.Difference{
				Fact: state.Fact{Name: fmt.Sprintf("%s%s, or the partitioner: seller %q", state.PartitionsFact(""), events.Orders, id), Flag: "--partitioner", Value: fmt.Sprintf("of partition %d", of)},
				Was:  fmt.Sprintf("in partition %d", e.options.Partition),
			})
		}
		return len(differences) == 0, nil
	})
	return differences, err
}

// Take hands over what is to be published. A task takes it by committing; this is for those who use an engine without Kafka.
func (e *Engine) Take() Output {
	taken := e.pending
	e.pending = Output{}
	return taken
}

// ReportOf tells a seller's numbers and states at stream time; false for a seller without a placed order.
func (e *Engine) ReportOf(id string) (rules.Report, bool, error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil || !seller.Known {
		return rules.Report{}, false, err
	}
	return e.Report(seller), true, nil
}

// StreamTime is the highest event time applied, or the instant that time was moved to; events.None before the first.
func (e *Engine) StreamTime() events.Millis { return e.streamTime }

// Decode reads a record's value into its Event or Err, and judges what needs no state. An Err that is no *events.Error is an outage of the
// schema registry.
func (e *Engine) Decode(r *Record) {
	if value, all := len(r.Value), r.size(); value <= limits.Input && all > limits.Input {
		r.Err = &events.Error{Reason: events.Undecodable, Problem: fmt.Sprintf(
			"the value has %d bytes and its %d headers %d, together more than %d", value, len(r.Headers), all-value, limits.Input)}
		return
	}
	if r.Err = e.decode(r); r.Err == nil {
		e.judge(r)
	}
}

// errRegistry says that a record cannot be read now, since the schema registry does not answer.
var errRegistry = errors.New("schema registry")

func (e *Engine) decode(r *Record) error {
	err := e.decoder.Decode(r.Topic, r.Value, &r.Event)
	if _, refused := errors.AsType[*events.Error](err); err == nil || refused {
		return err
	}
	return fmt.Errorf("%w: %w", errRegistry, err)
}

// judge refuses what is in the wrong place or from the future.
func (e *Engine) judge(r *Record) {
	if r.Err != nil {
		return
	}
	switch seller := r.Event.SellerID; {
	case r.Key == nil:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: "the record has no key: key events by seller_id"}
	case string(r.Key) != seller:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: fmt.Sprintf("the record's key is %q: key events by seller_id", shorten(r.Key))}
	case e.options.Partitioner != nil && e.options.Partitioner(r.Key) != e.options.Partition:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: fmt.Sprintf(
			"its partition by murmur2 is %d, not %d: let producers partition by murmur2, as Java clients do, or trust them with --partitioner any", e.options.Partitioner(r.Key), e.options.Partition)}
	case r.Event.OccurredAt-futureBy > r.Timestamp: // Which cannot overflow: the time of a record may be anything.
		r.Err = fromTheFuture(r)
	}
}

// fromTheFuture refuses an event that is ahead of its record. A record without a time, which Kafka has as -1, guards nothing and so takes
// nothing: whatever else one could compare with is not in the log, or not before all is read, and a bounded run depends on the log alone.
func fromTheFuture(r *Record) error {
	problem := fmt.Sprintf("over 10 minutes ahead of the record's time, %s: check the producer's clock", instant(r.Timestamp))
	if r.Timestamp < 0 {
		problem = "cannot be compared, for the record has no time: set message.timestamp.type=LogAppendTime of the topic, and send it again"
	}
	return &events.Error{Reason: events.Future, Field: "occurred_at", Value: instant(r.Event.OccurredAt), Problem: problem}
}

func shorten(b []byte) []byte {
	if len(b) > 64 {
		return b[:64]
	}
	return b
}

// Apply moves stream time to a record's event, with all that falls due before it, and applies the event; or puts the record among the
// dead letters. An error is one of the state's, or what keeps the record from being judged, after which the engine is not to be used any more.
func (e *Engine) Apply(r *Record) error {
	if refusal, ok := errors.AsType[*events.Error](r.Err); ok {
		e.refuse(r, refusal)
		return nil
	}
	if r.Err != nil {
		return r.Err
	}
	ev := &r.Event
	at := max(e.streamTime, ev.OccurredAt)
	seller, order, err := e.find(ev)
	if err != nil {
		return err
	}
	if expired := e.expired(ev, order, e.calendar.Today(at)); expired != nil {
		e.refuse(r, expired)
		return nil
	}
	if full, err := e.full(seller, order, r); full || err != nil {
		if full {
			e.refuse(r, tooMany(order))
		}
		return err
	}
	if err := e.Advance(at); err != nil {
		return err
	}
	if e.committed { // On the way: what has not been used lately was let go of.
		e.committed = false
		if seller, order, err = e.find(ev); err != nil {
			return err
		}
	}
	seller.Windows.Slide(e.today)
	if order.Known() && order.Date+e.life.ForgottenAfter() <= e.today {
		e.store.Forget(seller, order) // It was not yet swept.
	}
	switch {
	case order.Status == state.Live:
		return e.applyTo(seller, order, r, nil)
	case ev.Kind == events.OrderPlaced:
		return e.place(seller, order, r)
	default:
		return e.park(seller, order, r)
	}
}

func (e *Engine) find(ev *events.Event) (*state.Seller, *state.Order, error) {
	seller, err := e.store.Seller(ev.SellerID, e.today)
	if err != nil {
		return nil, nil, err
	}
	order, err := e.store.Order(seller, ev.OrderID)
	return seller, order, err
}

// expired tells whether an event is about an order that has expired on a day, as an error that says so.
func (e *Engine) expired(ev *events.Event, order *state.Order, today windows.Date) *events.Error {
	date, known := order.Date, order.Known()
	if known && date+e.life.ForgottenAfter() <= today {
		known = false // By then nothing is left of it.
	}
	gone := known && order.Status == state.Expired // Also where the zone's data has set today back since.
	if ev.Kind == events.OrderPlaced {
		if placed := e.placedOn(ev, order); !known || placed < date {
			date, known = placed, true
		}
	}
	if !gone && (!known || date+e.life.ExpiresAfter() > today) {
		return nil
	}
	return &events.Error{
		Reason: events.Expired, Field: "order_id", Value: ev.OrderID,
		Problem: fmt.Sprintf("its order date %v is over %d days before stream time", date, e.options.RetentionDays),
	}
}

// placedOn is the date that a PLACED gives its order: that which it has, unless the order_date is another.
func (e *Engine) placedOn(ev *events.Event, order *state.Order) windows.Date {
	if order.Status == state.Live && e.order.Decode(order.Row) == nil && e.order.OrderDate == ev.OrderDate {
		return order.Date
	}
	return e.calendar.Date(ev.OrderDate)
}

// refuse puts a record among the dead letters.
func (e *Engine) refuse(r *Record, why *events.Error) {
	e.pending.DeadLetters = append(e.pending.DeadLetters, DeadLetter{
		Topic: r.Topic, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value, Headers: r.Headers,
		Reason: why.Reason, Err: why,
	})
	e.pending.bytes += len(r.Key) + r.size()
}

func instant(at events.Millis) string { return time.UnixMilli(at).UTC().Format(time.RFC3339Nano) }
