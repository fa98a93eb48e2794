package engine

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Change is a rule of a seller that stands otherwise in a state than in the one whose place it takes.
type Change struct {
	SellerID, Rule         string
	From, To               rules.State
	Numerator, Denominator int64
}

// sellersCompared is how many sellers are compared at once.
const sellersCompared = 1000

// Succeed makes the state take the place of another, which must be as of the same offsets and stream time: transitions are counted on from there,
// and there is one alert for each rule of a seller that stands otherwise and of which people are told. changed is told of each that stands
// otherwise. It must follow a checkpoint. All of it is to be in the next commit; an error says where that is more than most bytes.
func (e *Engine) Succeed(other *state.Standings, most int, changed func(*Change)) error {
	for after, given := "", false; ; given = true {
		theirs, err := other.Behind(after, given, sellersCompared)
		if err != nil {
			return err
		}
		var key []byte
		if given {
			key = state.SellerRecord(after)
		}
		ours, err := e.store.SellersAfter(key, sellersCompared)
		if err != nil {
			return err
		}
		last, ok := lastOfPages(theirs, ours)
		if !ok {
			return nil
		}
		for len(theirs) > 0 && theirs[0].SellerID <= last || len(ours) > 0 && ours[0] <= last {
			was := state.Standing{}
			switch {
			case len(ours) == 0 || len(theirs) > 0 && theirs[0].SellerID < ours[0]:
				was, theirs = theirs[0], theirs[1:]
			case len(theirs) == 0 || ours[0] < theirs[0].SellerID:
				was.SellerID, ours = ours[0], ours[1:]
			default:
				was, theirs, ours = theirs[0], theirs[1:], ours[1:]
			}
			if err := e.succeed(&was, changed); err != nil {
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
func lastOfPages(theirs []state.Standing, ours []string) (last string, ok bool) {
	if n := len(theirs); n > 0 {
		last, ok = theirs[n-1].SellerID, true
	}
	if n := len(ours); n > 0 {
		switch mine := ours[n-1]; {
		case !ok, n == sellersCompared && (len(theirs) < sellersCompared || mine < last), n < sellersCompared && len(theirs) < sellersCompared && mine > last:
			last, ok = mine, true
		}
	}
	return last, ok
}

func (e *Engine) succeed(was *state.Standing, changed func(*Change)) error {
	seller, err := e.store.Seller(was.SellerID, e.today)
	if err != nil {
		return err
	}
	err = e.store.Succeed(seller, was, func(i int, from rules.State) error {
		numerator, denominator := e.ruleSums[i].of(seller)
		to := seller.Rules[i].State
		changed(&Change{seller.ID, e.rules[i].Name, from, to, numerator, denominator})
		if !rules.Alerts(from, to) {
			return nil
		}
		return e.alert(seller, i, from, numerator, denominator, outputs.BackfillCause())
	})
	if err == nil && seller.ReportDue {
		e.reports.add(seller.ID)
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
