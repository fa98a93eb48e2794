package engine

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Change is a rule of a seller that stands otherwise in a state than in the one whose place it takes.
type Change struct {
	SellerID, Rule         string
	Part                   *string // of a rule with parts
	From, To               rules.Standing
	Numerator, Denominator int64
}

// sellersCompared is how many sellers are compared at once.
const sellersCompared = 1000

// Succeed makes the state take the place of another, which must be as of the same offsets and stream time: transitions are counted on from there,
// and there is one alert for each rule of a seller that stands otherwise and of which people are told. changed is told of each that stands
// otherwise. It must follow a checkpoint. All of it is to be in the next commit; an error says where that is more than most bytes. Of reports that are
// due about so many can be published before the checkpoint that follows.
func (e *Engine) Succeed(other *state.Standings, most, reports int, changed func(*Change)) error {
	for after, given := "", false; ; given = true {
		theirs, err := other.Behind(after, given, sellersCompared)
		if err != nil {
			return err
		}
		ours, err := e.store.StandingsBehind(after, given, sellersCompared)
		if err != nil {
			return err
		}
		last, ok := lastOfPages(theirs, ours)
		if !ok {
			return nil
		}
		for len(theirs) > 0 && theirs[0].SellerID <= last || len(ours) > 0 && ours[0].SellerID <= last {
			var is, was state.Standing
			is, was, ours, theirs = nextPair(ours, theirs)
			if err := e.succeed(&is, &was, other.Told(), reports, changed); err != nil {
				return err
			}
			if w := e.Waiting(); w.Bytes > most {
				return fmt.Errorf("the two states differ by more than one transaction may carry, %d MiB at seller %q: give the process more with --memory", most>>20, was.SellerID)
			}
		}
		after = last
	}
}

// lastOfPages is the last seller up to which two pages, each full or the last, tell all there are; false where there is none.
func lastOfPages(pages ...[]state.Standing) (last string, ok bool) {
	full := false
	for _, page := range pages {
		if len(page) == 0 {
			continue
		}
		end, more := page[len(page)-1].SellerID, len(page) == sellersCompared
		switch {
		case !ok, more && !full, more && end < last, !full && end > last:
			last = end
		}
		ok, full = true, full || more
	}
	return last, ok
}

// nextPair takes the next seller off two lists that are in order, as it stands in each.
func nextPair(ours, theirs []state.Standing) (is, was state.Standing, restOurs, restTheirs []state.Standing) {
	switch {
	case len(ours) == 0 || len(theirs) > 0 && theirs[0].SellerID < ours[0].SellerID:
		return state.Standing{SellerID: theirs[0].SellerID}, theirs[0], ours, theirs[1:]
	case len(theirs) == 0 || ours[0].SellerID < theirs[0].SellerID:
		return ours[0], state.Standing{SellerID: ours[0].SellerID}, ours[1:], theirs
	}
	return ours[0], theirs[0], ours[1:], theirs[1:]
}

func (e *Engine) succeed(is, was *state.Standing, told *state.Told, reports int, changed func(*Change)) error {
	if is.Same(was) || told != nil && told.Shared && !is.Known() {
		return nil
	}
	_, queued := e.reports.queued[is.SellerID]
	c := state.Succession{Is: is, Was: was, Told: told, Today: e.today, Whole: queued || len(e.reports.queued) < reports}
	held := e.policy.of(is.SellerID, e.today)
	c.Silenced = func(name int) bool { r := held.find(name); return r != nil && r.silence != nil }
	c.Changed = func(seller *state.Seller, name, part int, from rules.Standing) error {
		r := held.find(name)
		if r == nil {
			return nil
		}
		s := &standing{seller: seller, rule: r, at: part}
		if part >= 0 {
			s.part = windows.Part{Field: r.Field, Value: seller.Parts[name][part].Value}
			s.tracked = seller.Windows.Part(s.part)
		}
		_, numerator, denominator := s.numbers()
		to := s.state().Standing()
		changed(&Change{seller.ID, r.Name, s.value(), from, to, numerator, denominator})
		if !rules.Alerts(from, to) {
			return nil
		}
		cause := outputs.BackfillCause()
		return e.alert(s, from, &cause)
	}
	due, err := e.store.Succeed(&c)
	switch {
	case err != nil || !due:
	case c.Whole:
		e.reports.add(is.SellerID)
	default:
		e.reports.missed = true
	}
	return err
}

// SetSettings has the state rest on what is in force for another application from the next commit on.
func (e *Engine) SetSettings(settings *state.Settings) error {
	was, err := e.store.Partition.Settings()
	if err != nil {
		return err
	}
	next := *settings
	next.Redated = was != nil && was.Redated
	e.store.SetSettings(&next)
	return nil
}
