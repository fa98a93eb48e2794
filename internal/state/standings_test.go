package state

import (
	"fmt"
	"maps"
	"testing"

	"sellerpulse/pkg/rules"
)

// succeeded is what a store with a seller of a record has after the seller has gone on from where it stood in another state, and which rules stood
// otherwise.
func succeeded(t *testing.T, is, was []byte, silenced, whole bool) (stored map[string]string, changed string) {
	t.Helper()
	db := open(t, Options{Directory: t.TempDir()})
	p := partition(t, db, 0)
	defer func() { _, _ = p.Close(), db.Close() }()
	other := partition(t, db, 1)
	defer other.Close()
	for one, record := range map[*Partition][]byte{p: is, other: was} {
		one.Put(SellerRecord("S1"), record)
		if err := one.Checkpoint(Saved{Position: 1}); err != nil {
			t.Fatal(err)
		}
	}
	s, c := newStore(p), Succession{Is: &Standing{SellerID: "S1"}, Was: &Standing{SellerID: "S1"}, Whole: whole, Silenced: func(int) bool { return silenced }}
	c.Changed = func(seller *Seller, rule, part int, from rules.Standing) error {
		st := seller.Rules[rule]
		if part >= 0 {
			st = seller.Parts[rule][part].RuleState
		}
		changed += fmt.Sprint(seller.ID, rule, part, from.State, st, ";")
		return nil
	}
	if ours, err := s.StandingsBehind("", false, 9); err != nil {
		t.Fatal(err)
	} else if len(ours) > 0 {
		c.Is = &ours[0]
	}
	if theirs, err := NewStandings(other).Behind("", false, 9); err != nil {
		t.Fatal(err)
	} else if len(theirs) > 0 {
		c.Was = &theirs[0]
	}
	if _, err := s.Succeed(&c); err != nil {
		t.Fatal(err)
	}
	records := s.Take(Clock{})
	stored = map[string]string{}
	for _, r := range records[:len(records)-1] { // The last is the clock.
		stored["logged "+string(r.Key)] = string(r.Value)
	}
	s.Committed()
	if err := s.Checkpoint(Saved{Position: 2}); err != nil {
		t.Fatal(err)
	}
	maps.Copy(stored, content(t, p))
	return stored, changed
}

// standingOf is the record of a seller.
func standingOf(due byte, reported byte, states map[string]RuleState) []byte {
	value := []byte{sellerVersion, due, 0, 0, 0, 0, 0, 0, 0, reported}
	for _, name := range []string{"odr", "cancellation", "gone"} {
		value = appendRuleState(value, name, states[name])
	}
	return value
}

// A seller goes on alike whether its record alone is read or all of it, and its transitions are counted on from where it stood.
func TestSucceedByTheRecordAloneIsTheSame(t *testing.T) {
	odr := func(state rules.State, transitions int64) map[string]RuleState {
		return map[string]RuleState{"odr": {State: state, Transitions: transitions, Since: transitions}}
	}
	breached := standingOf(0, 7, odr(rules.Breached, 2))
	for name, c := range map[string]struct {
		is, was, want []byte
		silenced      bool
		changed       string
	}{
		"the same":             {is: breached, was: breached, want: breached},
		"other transitions":    {is: breached, was: standingOf(0, 7, odr(rules.Breached, 5)), want: standingOf(0, 7, odr(rules.Breached, 5))},
		"another report":       {is: breached, was: standingOf(0, 8, odr(rules.Breached, 2)), want: standingOf(1, 8, odr(rules.Breached, 2))},
		"a report that is due": {is: breached, was: standingOf(1, 7, odr(rules.Breached, 2)), want: standingOf(1, 7, odr(rules.Breached, 2))},
		"a rule that is gone":  {is: breached, was: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 2, Since: 2}, "gone": {State: rules.OK, Since: 1}}), want: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 2, Since: 2}, "gone": {State: rules.OK, Since: 1}})},
		"another state":        {is: breached, was: standingOf(0, 7, odr(rules.OK, 5)), want: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 6, Since: 2}}), changed: fmt.Sprint("S1", 0, -1, rules.OK, RuleState{State: rules.Breached, Transitions: 6, Since: 2}, ";")},
		"a seller that is new": {is: breached, want: standingOf(1, 0, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 1, Since: 2}}), changed: fmt.Sprint("S1", 0, -1, rules.State(0), RuleState{State: rules.Breached, Transitions: 1, Since: 2}, ";")},
		"another state, silenced": {
			is: breached, was: standingOf(0, 7, odr(rules.OK, 5)), silenced: true,
			want: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 5, Since: 2, Untold: true, Told: rules.Standing{State: rules.OK}}}),
		},
		"what a silence kept is told": {
			is: breached, was: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 5, Since: 1, Untold: true, Told: rules.Standing{State: rules.OK}}}),
			want:    standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 6, Since: 1}}),
			changed: fmt.Sprint("S1", 0, -1, rules.OK, RuleState{State: rules.Breached, Transitions: 6, Since: 1}, ";"),
		},
		"what a silence kept is so": {
			is: breached, was: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.OK, Transitions: 5, Since: 1, Untold: true, Told: rules.Standing{State: rules.Breached}}}),
			want: standingOf(0, 7, map[string]RuleState{"odr": {State: rules.Breached, Transitions: 5, Since: 2}}),
		},
		"a seller that is there": {was: standingOf(0, 7, nil), want: standingOf(1, 7, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			got, changed := succeeded(t, c.is, c.was, c.silenced, false)
			if record := got[string(SellerRecord("S1"))]; record != string(c.want) || changed != c.changed {
				t.Errorf("the record is %q, want %q; told was %q, want %q", record, c.want, changed, c.changed)
			}
			whole, changedWhole := succeeded(t, c.is, c.was, c.silenced, true)
			if !maps.Equal(got, whole) || changed != changedWhole {
				t.Errorf("by the record alone %q, told %q; read whole %q, told %q", got, changed, whole, changedWhole)
			}
		})
	}
}
