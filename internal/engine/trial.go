package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Trial tries rules on the sellers of a state that goes by others: where each would stand if they were put in force at its stream time. It evaluates as a
// rebuild does, from the orders' rows where the rules count what no bucket has. It changes nothing, and is for one goroutine.
type Trial struct {
	partition *state.Partition
	options   Options
	clock     state.Clock
	recounts  bool             // the buckets do not have what is counted
	inForce   map[string]scope // the rules that the state goes by
	gone      []string         // those of them that are not tried
	columns   []state.Columns  // of what is frozen, and would be
}

// scope is whether a rule is in force on the day, and whether it has parts.
type scope struct{ is, parts bool }

// ErrNothing says that a state has nothing to try rules on: no event was applied yet.
var ErrNothing = errors.New("no event was applied yet")

// NewTrial begins a trial on what a view has of a partition, with options that are those of the state but for the rules. It must be closed before the
// view is.
func NewTrial(view *state.View, partition int32, o Options) (*Trial, error) {
	o.Partition = partition
	reader := view.Partition(partition)
	settings, err := reader.Settings()
	if err != nil {
		return nil, err
	}
	clock, known, err := reader.Clock()
	if err != nil {
		return nil, err
	}
	if settings == nil || !known || clock.StreamTime == events.None {
		return nil, ErrNothing
	}
	p, err := view.Trial(partition)
	if err != nil {
		return nil, err
	}
	t := &Trial{partition: p, options: o.withDefaults(), clock: clock, inForce: map[string]scope{}}
	t.recounts = clock.Instant != nil || p.DerivedBy() != o.Derivation() // In the middle of an instant some sellers are as of the one before.
	today := windows.NewCalendar(o.Zone).Today(clock.StreamTime)
	for _, name := range slices.Sorted(maps.Keys(settings.Rules)) {
		is, parts := rules.Scope(settings.Rules[name], today)
		t.inForce[name] = scope{is, parts}
		if o.Rules.Find(name) == nil {
			t.gone = append(t.gone, name)
		}
	}
	e := New(p, t.options)
	e.clock, e.today = clock, today
	_, err = e.planColumns(p)
	t.columns = e.columns
	return t, err
}

// Close ends the trial.
func (t *Trial) Close() error { return t.partition.Close() }

// StreamTime is that of the state.
func (t *Trial) StreamTime() events.Millis { return t.clock.StreamTime }

// Recounts is whether orders are counted anew, which takes longer, since the rules count what no bucket has.
func (t *Trial) Recounts() bool { return t.recounts }

// Tried is where a seller would stand.
type Tried struct {
	SellerID string
	Rules    []TriedRule               // those in force on the day, and of each those parts that have a place
	Gone     map[string]rules.Standing // where it stands with rules, or parts as [state.PartName] names them, that fall silent; none of NO_DATA
	Status   rules.Status
	Statuses []rules.PackStatus
	Alerts   []outputs.Alert // that would be published, without the orders behind them
}

// TriedRule is where a seller would stand with a rule or a part of it, and where it stands.
type TriedRule struct {
	outputs.RuleReport
	Was rules.Standing
}

// trialBytes is about how much a trial has in memory of the sellers that it has tried.
const trialBytes = 4 << 20

// Each tries the rules on every seller, in the order of their ids, until yield has an error.
func (t *Trial) Each(yield func(*Tried) error) error {
	e := t.engine()
	for after, last := []byte(nil), false; !last; {
		ids, err := e.store.SellersAfter(after, sellersAtOnce)
		if err != nil {
			return err
		}
		for _, id := range ids {
			tried, err := t.try(e, id)
			if err == nil {
				err = yield(tried)
			}
			if err != nil {
				return err
			}
			if e.store.Held() > trialBytes {
				e = t.engine()
			}
		}
		if last = len(ids) < sellersAtOnce; !last {
			e, after = t.engine(), state.SellerRecord(ids[len(ids)-1])
		}
	}
	return nil
}

// engine makes an engine that has no seller in memory yet, and never commits.
func (t *Trial) engine() *Engine {
	e := New(t.partition, t.options)
	e.trial, e.clock, e.today = true, t.clock, e.calendar.Today(t.clock.StreamTime)
	o := state.StoreOptions{
		Layout: windows.NewLayout(e.plan.Program, slices.Concat(e.policy.terms[:]...)), Bytes: trialBytes,
		Rules: slices.Concat(e.policy.names, t.gone), Fields: slices.Concat(e.policy.fields, make([]windows.Field, len(t.gone))),
	}
	if t.recounts {
		o.Recount = state.NewRecount(e.life, e.tally, t.clock.StreamTime)
	}
	e.store, e.columns = state.NewStore(t.partition, o), t.columns
	e.store.ReadParts()
	return e
}

func (t *Trial) try(e *Engine, id string) (*Tried, error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return nil, fmt.Errorf("try rules on seller %q: %w", id, err)
	}
	was := t.standings(e, seller)
	e.leavePlaces(seller)
	cause := outputs.RulesCause()
	if err := e.evaluateAll(seller, &cause, false); err != nil {
		return nil, fmt.Errorf("try rules on seller %q: %w", id, err)
	}
	tried := &Tried{SellerID: id, Gone: was, Statuses: e.options.Rules.Statuses(), Alerts: e.pending.Alerts}
	e.pending = Output{}
	for _, r := range e.policy.of(id, e.today).rules {
		if r == nil {
			continue
		}
		all := r.standings(seller)
		slices.SortFunc(all, func(a, b standing) int { return strings.Compare(a.part.Value, b.part.Value) })
		for i := range all {
			name := all[i].name()
			tried.Rules = append(tried.Rules, TriedRule{e.reportRule(&all[i], 0), was[name]})
			tried.Status = max(tried.Status, r.Recommend(tried.Statuses, all[i].state().State))
			delete(was, name)
		}
	}
	maps.DeleteFunc(tried.Gone, func(name string, _ rules.Standing) bool {
		rule, _, _ := state.CutPartName(name)
		return !t.inForce[rule].is // It was silent before.
	})
	return tried, nil
}

// name is that of the rule or of the part.
func (s *standing) name() string {
	if s.rule.Field == windows.NoField {
		return s.rule.Name
	}
	return state.PartName(s.rule.Name, s.part.Value)
}

// standings are where a seller stands, but for those of NO_DATA.
func (t *Trial) standings(e *Engine, seller *state.Seller) map[string]rules.Standing {
	all := map[string]rules.Standing{}
	for i, name := range slices.Concat(e.policy.names, t.gone) {
		if !t.inForce[name].parts {
			add(all, name, seller.Rules[i].Standing())
		}
		if seller.Parts == nil {
			continue
		}
		for j := range seller.Parts[i] {
			if p := &seller.Parts[i][j]; p.Place != windows.NoField {
				add(all, state.PartName(name, p.Value), p.Standing())
			}
		}
	}
	return all
}

func add(to map[string]rules.Standing, name string, s rules.Standing) {
	if s.State != rules.NoData {
		to[name] = s
	}
}
