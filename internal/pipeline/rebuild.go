package pipeline

import (
	"context"
	"fmt"
	"math"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// rebuild is what a state that rests on other settings has to go through before it goes on. What is derived of the orders' rows was made anew
// before the engine opened it (state.Restorer); here what the rows keep of the facts is judged anew where those are others, and every seller
// is evaluated, one after the other. Every commit says up to which seller it came, and a later start goes on from there.
type rebuild struct {
	from, to  *state.Settings // those that are stored until the end, with how far it is, and those in force
	sellers   bool            // every seller is to be gone over
	republish bool            // every report is to be published again
	done, all int             // sellers
	gained    int             // sellers that were done since the last commit
}

const (
	sellersAtOnce = 256  // read at once
	judgedAtOnce  = 1000 // orders whose rows change, before they are written
	rebuildAlerts = 1000 // that wait for a commit
)

// planRebuild is the rebuild that the state needs; nil for none.
func planRebuild(was, now *state.Settings, differences []state.Difference) *rebuild {
	b := &rebuild{from: was, to: now}
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
	b.from.Rebuild = &progress
	return b
}

// Rebuilding is whether Rebuild has anything to do.
func (e *Engine) Rebuilding() bool { return e.rebuild != nil }

// Rebuild makes the state follow the settings in force, if it was built with others. It must have returned nil before anything is applied.
// Where ctx ends before, it returns its error; what was done then counts once it is committed. It tells how many sellers are done, of how many.
func (e *Engine) Rebuild(ctx context.Context, progress func(done, all int)) error {
	b := e.rebuild
	if b == nil {
		return nil
	}
	r := b.from.Rebuild
	if err := e.store.Sellers(func(id string, _ bool) (bool, error) {
		if b.all++; string(state.SellerRecord(id)) <= string(r.After) {
			b.done++
		}
		return true, nil
	}); err != nil {
		return err
	}
	if err := e.forgetLogged(ctx); err != nil {
		return err
	}
	if r.Derived && e.streamTime != events.None { // The zone's data may have made more expire.
		if err := e.sweep(state.SweptOn(e.today+1) - state.SweepDays); err != nil {
			return err
		}
		if err := e.findSlide(); err != nil {
			return err
		}
	}
	if b.sellers {
		if err := e.rebuildSellers(ctx, progress); err != nil {
			return err
		}
	}
	e.rebuild = nil
	e.store.SetSettings(b.to)
	return nil
}

// forgetLogged deletes from the changelog what an earlier version logged though it is derived. It begins anew where it was interrupted.
func (e *Engine) forgetLogged(ctx context.Context) error {
	from := e.rebuild.from
	if from.BaseOnly {
		return nil
	}
	err := e.store.ForgetDerived(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return e.rebuilt()
	})
	from.BaseOnly = err == nil
	return err
}

// rebuildSellers goes over the sellers that are not done.
func (e *Engine) rebuildSellers(ctx context.Context, progress func(done, all int)) error {
	r := e.rebuild.from.Rebuild
	for {
		ids, err := e.store.SellersAfter(r.After, sellersAtOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := e.rebuildSeller(ctx, id); err != nil {
				return fmt.Errorf("rebuild seller %q: %w", id, err)
			}
			r.After = state.SellerRecord(id)
			e.rebuild.gained++
			if err := e.rebuilt(); err != nil {
				return err
			}
		}
		e.rebuild.done += len(ids)
		progress(e.rebuild.done, e.rebuild.all)
	}
}

// rebuilt commits if much is waiting, or was done.
func (e *Engine) rebuilt() error {
	waiting, _ := e.store.Waiting()
	if e.onFull == nil || waiting+e.rebuild.gained < e.maxWaiting && e.waiting() < e.options.CommitBytes && len(e.pending.Alerts) < rebuildAlerts {
		return nil
	}
	e.rebuild.gained = 0
	return e.onFull()
}

// rebuildSeller judges the rows of a seller anew, if that is to be done, and evaluates it.
func (e *Engine) rebuildSeller(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.rebuild.from.Rebuild.Derived {
		if err := e.judgeRows(ctx, id); err != nil {
			return err
		}
	}
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return err
	}
	if e.rebuild.republish {
		seller.Reported = 0
		e.store.Changed(seller) // Its report may be due already, and then nothing else would have this kept.
	}
	e.reportDue(seller)
	if e.streamTime == events.None {
		return nil
	}
	for i := range e.rules {
		if err := e.evaluateRule(seller, i, rules.RulesCause()); err != nil {
			return err
		}
	}
	return nil
}

// judgeRows judges the tracking numbers of a seller's orders by the formats that are known now, and carries what that changes into its windows.
func (e *Engine) judgeRows(ctx context.Context, id string) error {
	for from := windows.Date(math.MinInt32); from < maxDate; {
		seller, err := e.store.Seller(id, e.today)
		if err != nil {
			return err
		}
		var judged []string
		date, next := from, maxDate
		err = e.store.OrdersBetween(seller, from, maxDate, false, func(of windows.Date, orderID string, row []byte) (bool, error) {
			if of != date && len(judged) >= judgedAtOnce {
				next = of
				return false, nil
			}
			date = of
			if err := e.order.Decode(row); err != nil {
				return false, unreadable(seller, &state.Order{ID: orderID}, err)
			}
			if e.order.Judge() {
				judged = append(judged, orderID)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		for _, orderID := range judged {
			if err := e.judgeRow(seller, orderID); err != nil {
				return err
			}
		}
		if from = next; from == maxDate {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.rebuilt(); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) judgeRow(seller *state.Seller, id string) error {
	order, err := e.store.Order(seller, id)
	if err != nil {
		return err
	}
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	at := e.life.CountedAt(order.Date, e.streamTime)
	e.before.Of(&e.order, order.Date, at)
	e.order.Judge()
	e.after.Of(&e.order, order.Date, at)
	e.reset(seller, order)
	e.store.PutRow(seller, order, order.Date, e.order.Append(nil))
	_, err = e.count(seller)
	return err
}
