package state

import (
	"math"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// StoreOptions of a task's typed state.
type StoreOptions struct {
	Layout *windows.Layout // the windows that are summed for each seller
	Rules  []string        // names of the rules; states are kept by their index here
	Bytes  int             // of order rows and sellers kept in memory; default 96 MiB
}

// Store is the typed view of a task's state, for one goroutine. What it hands out is in memory and shared: changes to an [Order] or a
// [Seller] are made by its methods and are written by Flush.
type Store struct {
	Partition *Partition

	options StoreOptions
	orders  *cache[*Order]
	sellers *cache[*Seller]
	changed []*Seller
	waiting int // changed sellers and orders

	waitingBytes int // of rows and buckets that changed

	// timers has those due before timersUntil; later ones are in the database only.
	timers      *btree.BTreeG[ahead]
	timersUntil events.Millis
	key         []byte
}

// NewStore makes the typed view of a partition.
func NewStore(p *Partition, o StoreOptions) *Store {
	if o.Bytes == 0 {
		o.Bytes = 96 << 20
	}
	return &Store{
		Partition:   p,
		options:     o,
		orders:      newCache(orderShare(o.Bytes), (*Order).size),
		sellers:     newCache(o.Bytes-orderShare(o.Bytes), (*Seller).size),
		timers:      btree.NewBTreeGOptions(sooner, btree.Options{NoLocks: true}),
		timersUntil: math.MinInt64,
	}
}

// Flush hands everything that changed in memory to the partition, whose Changes and Commit are to follow. Keys of a kind come sorted:
// so they cost Pebble's memtable least.
func (s *Store) Flush() {
	slices.SortFunc(s.changed, func(a, b *Seller) int { return strings.Compare(a.ID, b.ID) })
	for _, seller := range s.changed {
		s.flushBuckets(seller)
	}
	for _, seller := range s.changed {
		for _, o := range seller.changed {
			s.flushIndex(seller, o)
		}
	}
	for _, seller := range s.changed {
		slices.SortFunc(seller.changed, compareOrders)
		for _, o := range seller.changed {
			s.flushRow(seller, o)
		}
	}
	for _, seller := range s.changed {
		if seller.recordDirty {
			s.key = append(s.reuse(tagSeller), seller.ID...)
			s.Partition.Put(s.key, s.encodeSeller(seller))
		}
	}
}

// Waiting is about how many keys wait to be committed.
func (s *Store) Waiting() int { return s.waiting + int(s.Partition.overlay.Count()) }

// WaitingBytes is about how many bytes they are.
func (s *Store) WaitingBytes() int {
	return s.waitingBytes + s.Partition.overlay.Len() + s.Partition.writes.Len()
}

// Commit makes the changes last, and lets go of what has not been used lately.
func (s *Store) Commit(saved Saved) error {
	if err := s.Partition.Commit(saved); err != nil {
		return err
	}
	for _, seller := range s.changed {
		seller.dirty, seller.recordDirty = false, false
		clear(seller.changed)
		seller.changed = seller.changed[:0]
	}
	clear(s.changed)
	s.changed, s.waiting, s.waitingBytes = s.changed[:0], 0, 0
	s.orders.age()
	s.sellers.age()
	return nil
}

// Resize changes how much is kept in memory, from the next Commit on.
func (s *Store) Resize(bytes int) {
	s.orders.limit, s.sellers.limit = orderShare(bytes)/2, (bytes-orderShare(bytes))/2
}

// orderShare is how much of a task's memory is for order rows; the rest is for sellers.
func orderShare(bytes int) int { return bytes / 4 * 3 }

// touch notes that a seller, or an order of it, has changed.
func (s *Store) touch(seller *Seller) {
	if !seller.dirty {
		seller.dirty = true
		s.waiting++
		s.changed = append(s.changed, seller)
	}
}

// reuse is the memory for a key with a tag.
func (s *Store) reuse(tag byte) []byte { return append(s.key[:0], tag) }
