package engine

import (
	"fmt"
	"math"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// rebuild is what a state that rests on other settings has to go through before it goes on. What is derived of the orders' rows was made anew
// before the engine opened it (state.Restorer); here what the rows keep of the facts is judged anew where those are others, and every seller
// is evaluated, one after the other. Every commit says up to which seller it came, and a later start goes on from there.
type rebuild struct {
	from, to  *state.Settings // those that are stored until the end, with how far it is, and those in force
	steps     []func(*Engine) (done bool, err error)
	sellers   bool // every seller is to be gone over
	republish bool // every report is to be published again
	done, all int  // sellers

	forgotten []byte       // how far what was logged is deleted
	swept     bool         // sweeping has begun
	judged    windows.Date // how far the seller is judged who is next
}

// keysAtOnce is how many keys, or orders, are gone through at once.
const keysAtOnce = 1000

// planRebuild is the rebuild that the state needs; nil for none.
func planRebuild(was, now *state.Settings, differences []state.Difference) *rebuild {
	b := &rebuild{from: was, to: now, judged: math.MinInt32}
	b.steps = []func(*Engine) (bool, error){(*Engine).countSellers, (*Engine).forgetLogged, (*Engine).sweepAnew, (*Engine).rebuildSellers}
	progress := state.Rebuild{For: now.Basis()}
	b.sellers = was.Rebuild != nil
	for _, d := range differences {
		progress.Derived = progress.Derived || d.Effect == state.Rebuilt
		b.republish = b.republish || d.Effect == state.Reported
		b.sellers = b.sellers || d.Effect == state.Rebuilt || d.Effect == state.Evaluated || d.Effect == state.Reported
	}
	switch {
	case !b.sellers && was.BaseOnly:
		return nil
	case was.Rebuild == nil:
	case was.Rebuild.For == progress.For:
		progress = *was.Rebuild
	default: // It was begun for others still: a part of the state is theirs.
		progress.Derived = progress.Derived || was.Rebuild.Derived
	}
	b.from.Rebuild, b.from.RowVersion = &progress, now.RowVersion // Rows are written meanwhile.
	return b
}

// Rebuilding is whether the state is to be made to follow the settings in force before anything is taken in, and how many sellers are done, of
// how many.
func (e *Engine) Rebuilding() (done, all int, is bool) {
	if e.rebuild == nil {
		return 0, 0, false
	}
	return e.rebuild.done, e.rebuild.all, true
}

// finishRebuild goes on making the state follow the settings in force, if it was built with others. What was done counts once it is committed.
func (e *Engine) finishRebuild() (done bool, err error) {
	b := e.rebuild
	if b == nil {
		return true, nil
	}
	for len(b.steps) > 0 {
		done, err := b.steps[0](e)
		if err != nil {
			return false, fmt.Errorf("rebuild: %w", err)
		}
		if !done {
			return false, nil
		}
		b.steps = b.steps[1:]
	}
	e.rebuild = nil
	e.store.SetSettings(b.to)
	return true, nil
}

// countSellers finds out how far the rebuild is.
func (e *Engine) countSellers() (done bool, err error) {
	b := e.rebuild
	err = e.store.Sellers(func(id string, _ bool) (bool, error) {
		if b.all++; string(state.SellerRecord(id)) <= string(b.from.Rebuild.After) {
			b.done++
		}
		return true, nil
	})
	return true, err
}

// forgetLogged deletes from the changelog what an earlier version logged though it is derived. It begins anew where it was interrupted.
func (e *Engine) forgetLogged() (done bool, err error) {
	b := e.rebuild
	if b.from.BaseOnly {
		return true, nil
	}
	if b.forgotten, err = e.store.ForgetDerived(b.forgotten, keysAtOnce); err != nil || b.forgotten != nil {
		return false, err
	}
	b.from.BaseOnly = true
	return true, nil
}

// sweepAnew sweeps once more: the zone's data may have made more expire.
func (e *Engine) sweepAnew() (done bool, err error) {
	if r := e.rebuild.from.Rebuild; !r.Derived || r.After != nil || e.clock.StreamTime == events.None {
		return true, nil
	}
	if !e.rebuild.swept {
		e.rebuild.swept = true
		e.clock.Instant, e.dated = &state.Instant{Sweeping: true}, nil
	}
	return e.finishInstant()
}

// rebuildSellers goes over the sellers that are not done.
func (e *Engine) rebuildSellers() (done bool, err error) {
	b := e.rebuild
	r := b.from.Rebuild
	for b.sellers {
		ids, err := e.store.SellersAfter(r.After, sellersAtOnce)
		if err != nil || len(ids) == 0 {
			return err == nil, err
		}
		for _, id := range ids {
			if done, err := e.rebuildSeller(id); !done || err != nil {
				return false, err
			}
			r.After = state.SellerRecord(id)
			b.done++
			b.judged = windows.Date(math.MinInt32)
			if e.work++; e.full() {
				return false, nil
			}
		}
	}
	return true, nil
}

// rebuildSeller judges the rows of a seller anew, if that is to be done, and evaluates it.
func (e *Engine) rebuildSeller(id string) (done bool, err error) {
	if e.rebuild.from.Rebuild.Derived {
		if done, err := e.judgeRows(id); !done || err != nil {
			return false, err
		}
	}
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return false, err
	}
	if e.rebuild.republish {
		seller.Reported = 0
		e.store.Changed(seller) // Its report may be due already, and then nothing else would have this kept.
	}
	e.reportDue(seller)
	if e.clock.StreamTime == events.None {
		return true, nil
	}
	e.leavePlaces(seller)
	cause := outputs.RulesCause()
	return true, e.evaluateAll(seller, &cause, false)
}

// judgeRows judges the tracking numbers of a seller's orders by the formats that are known now, and carries what that changes into its windows.
// One that was judged is not changed again.
func (e *Engine) judgeRows(id string) (done bool, err error) {
	b := e.rebuild
	for b.judged < maxDate {
		seller, err := e.store.Seller(id, e.today)
		if err != nil {
			return false, err
		}
		changed, next, err := e.findChanged(seller, b.judged)
		if err != nil {
			return false, err
		}
		for _, orderID := range changed {
			if err := e.judgeRow(seller, orderID); err != nil {
				return false, err
			}
		}
		b.judged = next
		if e.work += len(changed); e.full() {
			return false, nil
		}
	}
	return true, nil
}

// findChanged lists orders of a seller that are judged otherwise now, from a date on, and the date to go on with.
func (e *Engine) findChanged(seller *state.Seller, from windows.Date) (changed []string, next windows.Date, err error) {
	date, next := from, maxDate
	err = e.store.OrdersBetween(seller, from, maxDate, false, func(of windows.Date, orderID string, row []byte) (bool, error) {
		if of != date && len(changed) >= keysAtOnce {
			next = of
			return false, nil
		}
		date = of
		if err := e.order.Decode(row); err != nil {
			return false, unreadable(seller, &state.Order{ID: orderID}, err)
		}
		if e.order.Judge() {
			changed = append(changed, orderID)
		}
		return true, nil
	})
	return changed, next, err
}

func (e *Engine) judgeRow(seller *state.Seller, id string) error {
	order, err := e.store.Order(seller, id)
	if err != nil {
		return err
	}
	if frozen, err := e.frozen(seller.ID, order.Date); frozen || err != nil {
		return err
	}
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	at := e.life.CountedAt(order.Date, e.clock.StreamTime)
	e.before.Derive(e.tally, &e.order, order.Date, at)
	e.order.Judge()
	e.after.Derive(e.tally, &e.order, order.Date, at)
	e.reset(seller, order)
	e.store.PutRow(seller, order, order.Date, e.order.Append(nil))
	_, err = e.count(seller, order)
	return err
}
