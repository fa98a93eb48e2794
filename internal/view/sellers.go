package view

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/pkg/rules"
)

// How many of a list a page has.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Query says which sellers are asked for.
type Query struct {
	Status []rules.Status // any of them; none: whatever it is
	Rule   string         // that have this rule; empty: whatever they have
	States []rules.State  // in any of these states under the rule, or under any rule where none is named; none: whatever they are
	Text   string         // that have this in their id, in capitals or not
	Sort   Sort
	After  string // Page.Next of the page before, of the same sort; empty: from the beginning
	Limit  int    // from 1 to MaxLimit; 0: DefaultLimit
}

// Page is a part of a list of sellers.
type Page struct {
	AsOf
	Sellers []Seller
	Total   int    // of all pages, at this moment
	Next    string // Query.After of the next page; empty: this is the last one
}

// Sellers lists sellers, page by page. A page begins after the last seller of the one before where that stood then: who moves in between may be on two pages,
// or on none. It fails with ErrQuery.
func (v *View) Sellers(q Query) (Page, error) {
	limit, err := limitOf(q.Limit)
	if err != nil {
		return Page{}, err
	}
	after, err := q.after()
	if err != nil {
		return Page{}, err
	}
	all := v.snapshot(&q)
	found, total := q.find(&all, after, limit+1)
	page := Page{AsOf: all.asOf, Total: total}
	if len(found) > limit {
		found = found[:limit]
		page.Next = sellerCursor(q.Sort, found[limit-1])
	}
	for _, s := range found {
		page.Sellers = append(page.Sellers, s.full(all.definitions))
	}
	return page, nil
}

func limitOf(limit int) (int, error) {
	switch {
	case limit == 0:
		return DefaultLimit, nil
	case limit < 0 || limit > MaxLimit:
		return 0, fmt.Errorf("%w: a limit of %d: use 1 to %d", ErrQuery, limit, MaxLimit)
	}
	return limit, nil
}

// sellerCursor is the place of a seller in an order.
func sellerCursor(by Sort, s *seller) string {
	b := append([]byte{byte(by), byte(s.class), byte(s.status)}, binary.AppendVarint(nil, int64(s.nearness))...)
	b = binary.AppendVarint(b, s.asOf)
	b = binary.AppendVarint(b, s.recovered)
	return seal(cursorOfSellers, append(b, s.id...))
}

// after is the place at which the page before ended; nil for the first page.
func (q *Query) after() (*seller, error) {
	if q.Sort >= numSorts {
		return nil, fmt.Errorf("%w: there is no order %d", ErrQuery, q.Sort)
	}
	if q.After == "" {
		return nil, nil
	}
	r, err := unseal(cursorOfSellers, q.After)
	if err != nil {
		return nil, err
	}
	by := Sort(r.byte())
	s := &seller{class: rules.Class(r.byte()), status: rules.Status(r.byte()), nearness: rules.Nearness(r.int()), asOf: r.int(), recovered: r.int(), id: r.text()}
	switch {
	case !r.ended():
		return nil, unreadable(q.After)
	case by != q.Sort:
		return nil, fmt.Errorf("%w: the cursor is of another order of sellers: begin again without one", ErrQuery)
	}
	return s, nil
}
