package state

import (
	"bytes"
	"slices"
	"strings"

	"sellerpulse/pkg/windows"
)

// StoreOptions of a task's typed state.
type StoreOptions struct {
	Layout *windows.Layout // the windows that are summed for each seller
	Rules  []string        // names of the rules; states are kept by their index here
	Fields []windows.Field // by which each has parts; nil where none has any
	Bytes  int             // of order rows and sellers kept in memory; default 96 MiB

	Recount *Recount // counts what sellers' orders come to, in place of their buckets; nil reads these
}

// Store is the typed view of a task's state, for one goroutine. What it hands out is in memory and shared: changes to an [Order] or a
// [Seller] are made by its methods. A commit appends what changed of base to the changelog; a checkpoint, less often, writes all that changed
// to the database.
//
// Invariants: memory is the database and what is unsaved; nothing unsaved is let go of. A change waits for the changelog in one place, and
// leaves it when its transaction has succeeded.
type Store struct {
	Partition *Partition

	options StoreOptions
	orders  *cache[*Order]
	sellers *cache[*Seller]
	changed []*Seller // since the last commit
	unsaved []*Seller // since the last checkpoint

	log           recordLog // what the next commit appends to the changelog, but for rows, sellers and the clock
	taken         recordLog // what the commit under way appends
	clock         []byte    // that of the next commit and of the next checkpoint
	waiting       int       // changed rows, sellers and parked events since the last commit
	unloggedBytes int       // about how many they are
	unsavedBytes  int       // of what the next checkpoint writes, about
	heldBytes     int       // of sellers that cannot be let go of before it

	parts   bool   // there may be states of parts
	columns uint32 // number of those with which buckets are frozen
	timers  timers
	filter  filter
	idle    []*Seller // whose memory is to be used again
	key     []byte
	value   []byte
}

// NewStore makes the typed view of a partition.
func NewStore(p *Partition, o StoreOptions) *Store {
	if o.Bytes == 0 {
		o.Bytes = 96 << 20
	}
	room, batch := timersIn(o.Bytes)
	s := &Store{
		Partition: p,
		options:   o,
		timers:    newTimers(batch, room),
		filter:    newFilter(leastFilter),
	}
	s.orders = newCache(orderShare(o.Bytes), packOrder, unpackOrder)
	s.sellers = newCache(o.Bytes-orderShare(o.Bytes), s.packSeller, s.unpackSeller)
	return s
}

// Held is about how many bytes of sellers cannot be let go of before the next checkpoint.
func (s *Store) Held() int { return s.heldBytes }

// Take hands over what a commit is to append to the changelog: everything base that changed since the last one. The last record is the clock, by
// which a reader of the changelog knows that it has all of a commit. They are valid until Committed; what changes meanwhile is of the next commit.
func (s *Store) Take(c Clock) []Record {
	for _, seller := range s.changed {
		for _, o := range seller.changed {
			s.logRow(seller, o)
		}
		clear(seller.changed)
		seller.changed, seller.isChanged = seller.changed[:0], false
		if seller.recordChanged {
			seller.recordChanged = false
			s.key = appendSellerKey(s.key[:0], seller.ID)
			s.log.put(s.key, s.encodeSeller(seller))
		}
		s.logParts(seller)
	}
	clear(s.changed)
	s.changed = s.changed[:0]
	s.clock = c.append(s.clock[:0])
	s.log.put(baseKey{tagClock}, s.clock)
	s.waiting, s.unloggedBytes = 0, 0
	s.log, s.taken = s.taken, s.log
	return s.taken.records
}

// Committed notes that the changelog has what was taken. Sellers and orders that were handed out must not be used any more.
func (s *Store) Committed() {
	s.taken.reset()
	s.orders.age()
	s.sellers.age()
}

// logged adds a change that is made at once to the records of the next commit.
func (s *Store) logged(key baseKey, value []byte) {
	s.log.put(key, value)
	s.waiting++
	s.unloggedBytes += len(key) + len(value)
}

// Waiting is how many keys wait to be committed, but for those that are derived, and about how many bytes they are.
func (s *Store) Waiting() (keys, bytes int) { return s.waiting, s.unloggedBytes }

// Full is whether so much waits for a checkpoint that one is due, given how many bytes may wait.
func (s *Store) Full(bytes int) bool {
	return s.unsavedBytes+s.Partition.Bytes()+s.timers.unsavedBytes() >= bytes || s.heldBytes >= bytes
}

// Checkpoint makes the database what the last commit is, all at once. It must follow a commit directly. Keys of a kind come sorted: so they cost
// Pebble's memtable least.
func (s *Store) Checkpoint(saved Saved) error {
	slices.SortFunc(s.unsaved, func(a, b *Seller) int { return strings.Compare(a.ID, b.ID) })
	for _, seller := range s.unsaved {
		s.flushBuckets(seller)
	}
	for _, seller := range s.unsaved {
		for _, o := range seller.unsaved {
			s.saveIndex(seller, o)
		}
	}
	for _, seller := range s.unsaved {
		slices.SortFunc(seller.unsaved, compareOrders)
		for _, o := range seller.unsaved {
			s.saveRow(seller, o)
		}
	}
	for _, seller := range s.unsaved {
		if seller.recordUnsaved {
			s.key = appendSellerKey(s.key[:0], seller.ID)
			s.Partition.Put(s.key, s.encodeSeller(seller))
		}
		s.saveParts(seller)
		clear(seller.unsaved)
		seller.unsaved = seller.unsaved[:0]
		seller.forgetDates()
		seller.isUnsaved, seller.recordUnsaved = false, false
	}
	clear(s.unsaved)
	s.unsaved, s.unsavedBytes, s.heldBytes = s.unsaved[:0], 0, 0
	s.saveTimers()
	if s.clock != nil {
		s.Partition.Put([]byte{tagClock}, s.clock)
	}
	if err := s.Partition.Checkpoint(saved); err != nil {
		return err
	}
	s.orders.kept, s.sellers.kept = 0, 0
	return s.fillFilter()
}

// ForgetDerived has the changelog delete keys that are derived, from one on, nil for the first, which an earlier version logged: at most so
// many of those that the database has. It tells where to go on; nil where all are deleted.
func (s *Store) ForgetDerived(from []byte, most int) (next []byte, err error) {
	for _, tag := range derivedTags {
		first := []byte{tag}
		if bytes.Compare(from, []byte{tag + 1}) >= 0 {
			continue
		}
		if bytes.Compare(from, first) > 0 {
			first = from
		}
		err := s.Partition.ScanStored(first, []byte{tag + 1}, func(key, _ []byte) (bool, error) {
			if most == 0 {
				next = bytes.Clone(key)
				return false, nil
			}
			most--
			s.logged(baseKey(key), nil) // Which it was.
			return true, nil
		})
		if err != nil || next != nil {
			return next, err
		}
	}
	return nil, nil
}

// Open reads ahead what is to be in memory before anything is looked for.
func (s *Store) Open() error {
	err := s.Partition.ScanStored([]byte{tagPart}, []byte{tagPart + 1}, func(_, _ []byte) (bool, error) {
		s.parts = true
		return false, nil
	})
	if err != nil {
		return err
	}
	return s.fillFilter()
}

// Resize changes how much is kept in memory, from the next commit on.
func (s *Store) Resize(bytes int) {
	bytes = max(bytes-s.filter.bytes(), bytes/2)
	s.orders.resize(orderShare(bytes))
	s.sellers.resize(bytes - orderShare(bytes))
}

// orderShare is how much of a task's memory is for order rows; the rest is for sellers.
func orderShare(bytes int) int { return bytes / 2 }

// touch notes that a seller, or an order of it, has changed.
func (s *Store) touch(seller *Seller) {
	if !seller.isChanged {
		seller.isChanged = true
		s.changed = append(s.changed, seller)
	}
	if !seller.isUnsaved {
		seller.isUnsaved = true
		s.unsaved = append(s.unsaved, seller)
		s.unsavedBytes += 512 // Of a seller little is written.
		s.heldBytes += seller.weight
	}
	s.heldBytes += s.sellers.grown(seller)
}
