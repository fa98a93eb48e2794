package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// missCache keeps, of sellers who had an alert, the orders that miss what any rule asks for: to find them in the database costs more than all else
// about an alert, and who has one alert often has another. It is a part of what the rows say, followed with each change of an order's counts.
//
// It holds so many orders at most; all are forgotten when they are too many, and a seller with too many of its own is never kept.
type missCache struct {
	sellers map[string]map[string]miss // by seller, then by order
	orders  int
	most    int
}

const (
	missPart  = 8   // which part of the memory for sellers and orders is for their misses
	missBytes = 160 // about, of each
)

// missesIn makes a cache of so many bytes.
func missesIn(bytes int) missCache {
	return missCache{sellers: map[string]map[string]miss{}, most: max(bytes/missBytes, 256)}
}

// miss is an order that misses what a rule asks for, if one does.
type miss struct {
	date    windows.Date
	channel events.Channel
	counts  windows.Counts
}

// ofSeller is the part of the cache that one seller may take at most.
const ofSeller = 16

// missed is whether counts of a numerator and a denominator are what a rule does not want.
func missed(target *rules.Target, numerator, denominator int64) bool {
	if target.Less {
		return numerator > 0
	}
	return denominator > numerator
}

// missesAny is whether an order misses what any rule asks for.
func (e *Engine) missesAny(channel events.Channel, counts *windows.Counts) bool {
	for i := range e.rules {
		s := &e.ruleSums[i]
		if (s.channel == 0 || s.channel == channel) && missed(&e.rules[i].Target, int64(counts[s.numerator]), int64(counts[s.denominator])) {
			return true
		}
	}
	return false
}

// followMisses takes over the difference of an order's counts.
func (e *Engine) followMisses(seller *state.Seller, order *state.Order) {
	was, is := e.missesAny(e.before.Channel, &e.before.Counts), e.missesAny(e.after.Channel, &e.after.Counts)
	if !was && !is {
		return // Which is most of them.
	}
	of, kept := e.misses.sellers[seller.ID]
	if !kept {
		return
	}
	e.misses.orders -= len(of)
	delete(of, order.ID)
	if is {
		of[order.ID] = miss{e.after.Date, e.after.Channel, e.after.Counts}
	}
	e.misses.orders += len(of)
	e.misses.bound(seller.ID)
}

// bound keeps the cache within its bounds, of which one seller was changed.
func (c *missCache) bound(seller string) {
	if n := len(c.sellers[seller]); n > c.most/ofSeller {
		delete(c.sellers, seller)
		c.orders -= n
	}
	if c.orders > c.most {
		c.sellers, c.orders = map[string]map[string]miss{}, 0
	}
}

// ordersBehind lists the orders behind a number: by order date, newest first, then by id.
func (e *Engine) ordersBehind(seller *state.Seller, i int, from, to windows.Date) (ids []string, err error) {
	of, kept := e.misses.sellers[seller.ID]
	if !kept {
		if of, err = e.readMisses(seller); err != nil {
			return nil, err
		}
		e.misses.sellers[seller.ID] = of
		e.misses.orders += len(of)
		defer e.misses.bound(seller.ID)
	}
	rule, sums := e.rules[i], &e.ruleSums[i]
	type found struct {
		date windows.Date
		id   string
	}
	var all []found
	oldest := e.oldest()
	for id, m := range of {
		if m.date < oldest {
			delete(of, id)
			e.misses.orders--
			continue
		}
		inWindow := from <= m.date && m.date <= to && (sums.channel == 0 || sums.channel == m.channel)
		if inWindow && missed(&rule.Target, int64(m.counts[sums.numerator]), int64(m.counts[sums.denominator])) {
			all = append(all, found{m.date, id})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(a.id, b.id)) })
	for _, f := range all[:min(len(all), outputs.MaxOrderIDs)] {
		ids = append(ids, f.id)
	}
	return ids, nil
}

// oldest is the first date that is in any window.
func (e *Engine) oldest() windows.Date { return e.today - e.ages[len(e.ages)-1] + 1 }

// readMisses reads what the cache has of a seller.
func (e *Engine) readMisses(seller *state.Seller) (map[string]miss, error) {
	of := map[string]miss{}
	err := e.store.OrdersBetween(seller, e.oldest(), maxDate-1, false, func(date windows.Date, id string, row []byte) (bool, error) {
		if err := e.order.Decode(row); err != nil {
			return false, fmt.Errorf("order %q: %w: %w", id, state.ErrMalformed, err)
		}
		if counts := e.order.Facts(e.clock.StreamTime); e.missesAny(e.order.Channel, &counts) {
			of[strings.Clone(id)] = miss{date, e.order.Channel, counts}
		}
		return true, nil
	})
	return of, err
}
