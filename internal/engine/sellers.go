package engine

import (
	"cmp"
	"slices"

	"sellerpulse/pkg/windows"
)

// sellersAtOnce is how many sellers are listed at once, of a date.
const sellersAtOnce = 1024

// listed is a part of the sellers who have orders of some dates, in the order of their ids.
type listed struct {
	sellers []sellerOn
	whole   bool // there are none behind
	any     bool // it is listed
}

// sellerOn is a seller, and of which of the dates, by their indices, there are orders. Those from the 64th on are not told apart.
type sellerOn struct {
	id    string
	dates uint64
}

// nextOn is the first seller behind one who has orders of any of some dates. The dates must be the same until listed is emptied.
func (e *Engine) nextOn(after string, dates func() []windows.Date) (next sellerOn, ok bool, err error) {
	l := &e.listed
	for {
		for len(l.sellers) > 0 && l.sellers[0].id <= after {
			l.sellers = l.sellers[1:]
		}
		if len(l.sellers) > 0 {
			return l.sellers[0], true, nil
		}
		if l.any && l.whole {
			return sellerOn{}, false, nil
		}
		if err := e.list(after, dates()); err != nil {
			return sellerOn{}, false, err
		}
	}
}

// list reads on behind a seller.
func (e *Engine) list(after string, dates []windows.Date) error {
	var all []sellerOn
	last, whole := "", true // of those without a gap
	for i, date := range dates {
		ids, err := e.store.SellersOn(date, after, sellersAtOnce)
		if err != nil {
			return err
		}
		if n := len(ids); n == sellersAtOnce && (whole || ids[n-1] < last) {
			last, whole = ids[n-1], false
		}
		for _, id := range ids {
			all = append(all, sellerOn{id, 1 << min(i, 63)})
		}
	}
	slices.SortStableFunc(all, func(a, b sellerOn) int { return cmp.Compare(a.id, b.id) })
	e.listed = listed{whole: whole, any: true}
	for _, s := range all {
		n := len(e.listed.sellers)
		switch {
		case !whole && s.id > last:
			return nil
		case n > 0 && e.listed.sellers[n-1].id == s.id:
			e.listed.sellers[n-1].dates |= s.dates
		default:
			e.listed.sellers = append(e.listed.sellers, s)
		}
	}
	return nil
}
