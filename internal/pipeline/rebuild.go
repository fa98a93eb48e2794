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

// rebuild is what a state that rests on other settings has to go through before it goes on: what is derived of the orders is made anew from
// their rows where the facts or the zone's data are others, then every seller is evaluated. It goes over the timers, then over the sellers;
// every commit says up to where it came, and a later start goes on from there. Dates and index follow from the keys of rows, which stay.
type rebuild struct {
	from, to  *state.Settings // those that are stored until the end, with how far it is, and those in force
	republish bool            // every report is to be published again
	done, all int             // sellers
}

const (
	timersAtOnce  = 1024 // read at once
	sellersAtOnce = 256

	rebuildBytes  = 4 << 20 // of buckets that wait for a commit, about
	rebuildAlerts = 1000    // likewise
)

// planRebuild is the rebuild that the state needs; nil for none.
func planRebuild(was, now *state.Settings, differences []state.Difference) *rebuild {
	b := &rebuild{from: was, to: now}
	progress := state.Rebuild{For: now.Basis()}
	needed := was.Rebuild != nil
	for _, d := range differences {
		progress.Derived = progress.Derived || d.Effect == state.Rebuilt
		b.republish = b.republish || d.Effect == state.Reported
		needed = needed || d.Effect == state.Rebuilt || d.Effect == state.Evaluated || d.Effect == state.Reported
	}
	switch {
	case !needed:
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
	err := e.store.Sellers(func(id string, _ bool) (bool, error) {
		if b.all++; r.Timers && string(state.SellerRecord(id)) <= string(r.After) {
			b.done++
		}
		return true, nil
	})
	if err == nil {
		err = e.rebuildTimers(ctx)
	}
	if err == nil {
		err = e.rebuildSellers(ctx, progress)
	}
	if err != nil {
		return err
	}
	e.rebuild = nil
	e.store.SetSettings(b.to)
	return nil
}

// rebuildTimers takes away the timers that no order needs, after it has swept what the zone's data may have made due.
func (e *Engine) rebuildTimers(ctx context.Context) error {
	r := e.rebuild.from.Rebuild
	if r.Timers = r.Timers || !r.Derived || e.streamTime == events.None; r.Timers {
		return nil
	}
	if err := e.sweep(sweptOn(e.today+1) - sweepDays); err != nil {
		return err
	}
	if err := e.findSlide(); err != nil {
		return err
	}
	for !r.Timers {
		if err := ctx.Err(); err != nil {
			return err
		}
		last, err := e.store.TimersAfter(r.After, timersAtOnce, e.checkTimer)
		if err != nil {
			return err
		}
		r.After, r.Timers = last, last == nil
		if err := e.rebuilt(); err != nil {
			return err
		}
	}
	return nil
}

// checkTimer takes away a timer that its order does not need any more.
func (e *Engine) checkTimer(at events.Millis, t state.Timer) error {
	if t.Kind != state.FactsDue {
		return nil
	}
	seller, err := e.store.Seller(t.Seller, e.today)
	if err != nil {
		return err
	}
	order, err := e.store.Order(seller, t.Order)
	if err != nil {
		return err
	}
	if order.Status == state.Live {
		if err := e.order.Decode(order.Row); err != nil {
			return fmt.Errorf("order %q of seller %q: %w", t.Order, t.Seller, err)
		}
		e.order.Judge()
		for _, due := range e.order.Due(e.due[0][:0]) {
			if due == at {
				return nil
			}
		}
	}
	e.store.DeleteTimer(at, t)
	return nil
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
			if err := e.rebuilt(); err != nil {
				return err
			}
		}
		e.rebuild.done += len(ids)
		progress(e.rebuild.done, e.rebuild.all)
	}
}

// rebuilt notes how far it is, and commits if much is waiting.
func (e *Engine) rebuilt() error {
	if e.onFull == nil || e.store.Waiting() < e.maxWaiting && e.rebuiltBytes < rebuildBytes && len(e.pending.Alerts) < rebuildAlerts {
		return nil
	}
	e.rebuiltBytes = 0
	return e.onFull()
}

// rebuildSeller makes a seller's buckets anew, if that is to be done, and evaluates it.
func (e *Engine) rebuildSeller(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var fresh *windows.Seller
	if e.rebuild.from.Rebuild.Derived {
		fresh = e.store.Windows(e.today)
		if err := e.addUp(ctx, id, fresh); err != nil {
			return err
		}
	}
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return err
	}
	if fresh != nil && seller.Windows.Replace(fresh) {
		e.rebuiltBytes += seller.Windows.Size()
		e.store.ChangedWindows(seller)
	}
	if e.rebuild.republish {
		seller.Reported = 0
		e.store.Changed(seller) // Its report may be due already, and then nothing else would have this kept.
	}
	e.reportDue(seller)
	if e.streamTime == events.None {
		return nil
	}
	return e.evaluate(seller, rules.RulesCause())
}

// addUp adds up the facts of a seller's orders, and sets the timers that they need. It commits between two dates if much waits.
func (e *Engine) addUp(ctx context.Context, id string, fresh *windows.Seller) error {
	for from := windows.Date(math.MinInt32); from < maxDate; {
		seller, err := e.store.Seller(id, e.today)
		if err != nil {
			return err
		}
		var changed []*state.Order
		date, next := from, maxDate
		err = e.store.OrdersBetween(seller, from, maxDate, false, func(of windows.Date, orderID string, row []byte) (bool, error) {
			if of != date && e.store.Waiting()+len(changed) >= e.maxWaiting {
				next = of
				return false, nil
			}
			judged, err := e.addRow(seller, of, orderID, row, fresh)
			if judged {
				changed = append(changed, &state.Order{ID: string(append([]byte(nil), orderID...)), Date: of, Row: e.order.Append(nil)})
			}
			date = of
			return true, err
		})
		if err != nil {
			return err
		}
		for _, c := range changed {
			order, err := e.store.Order(seller, c.ID)
			if err != nil {
				return err
			}
			e.store.PutRow(seller, order, c.Date, c.Row)
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

// addRow adds what an order counts to its seller's windows, and tells whether its tracking numbers are judged otherwise than its row says.
func (e *Engine) addRow(seller *state.Seller, date windows.Date, id string, row []byte, fresh *windows.Seller) (judged bool, err error) {
	o := &e.order
	if err := o.Decode(row); err != nil {
		return false, fmt.Errorf("order %q: %w", id, err)
	}
	judged = o.Judge()
	e.after.of(o, date, e.countedAt(date))
	if e.after.counts != (windows.Counts{}) {
		fresh.Change(date, e.after.channel, e.after.lines, &e.after.counts)
	}
	timer := state.Timer{Kind: state.FactsDue, Seller: seller.ID, Order: id}
	for _, at := range o.Due(e.due[0][:0]) {
		if at <= e.streamTime {
			continue
		}
		if has, err := e.store.HasTimer(at, timer); err != nil {
			return false, err
		} else if !has {
			e.store.SetTimer(at, timer)
		}
	}
	return judged, nil
}

// countedAt is the instant as of which orders of a date count. Time changes nothing of an order any more once it has expired.
func (e *Engine) countedAt(date windows.Date) events.Millis {
	if date+e.expiresAfter() > e.today {
		return e.streamTime
	}
	return min(e.streamTime, e.calendar.Start(date+e.expiresAfter())-1)
}
