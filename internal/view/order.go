package view

import (
	"cmp"

	"github.com/tidwall/btree"

	"sellerpulse/pkg/events"
)

// Sort is an order of sellers.
type Sort uint8

// The orders. Where sellers are equal their ids decide.
const (
	ByNearness Sort = iota // nearest to a breach first: by their nearest rule, contractual before advisory, then by status, the worst first; without data last
	ByID                   // by the bytes of the id
	ByAsOf                 // changed most recently first
	ByRecovery             // recovered most recently first; who never did last
	numSorts
)

// compares are the orders. Sellers of different ids are never equal.
var compares = [numSorts]func(a, b *seller) int{
	ByNearness: func(a, b *seller) int {
		switch {
		case a.nearness != b.nearness:
			return cmp.Compare(b.nearness, a.nearness)
		case a.class != b.class:
			return cmp.Compare(a.class, b.class)
		case a.status != b.status:
			return cmp.Compare(b.status, a.status)
		}
		return cmp.Compare(a.id, b.id)
	},
	ByID:       func(a, b *seller) int { return cmp.Compare(a.id, b.id) },
	ByAsOf:     latest(func(s *seller) events.Millis { return s.asOf }),
	ByRecovery: latest(func(s *seller) events.Millis { return s.recovered }),
}

func latest(at func(*seller) events.Millis) func(a, b *seller) int {
	return func(a, b *seller) int {
		if x, y := at(a), at(b); x != y {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(a.id, b.id)
	}
}

// order is sellers, sorted. A copy of it shares what does not change afterwards, so that it costs next to nothing.
type order = btree.BTreeG[*seller]

func newOrder(by Sort) *order {
	compare := compares[by]
	return btree.NewBTreeGOptions(func(a, b *seller) bool { return compare(a, b) < 0 }, btree.Options{NoLocks: true})
}
