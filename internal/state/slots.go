package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// slots says which of the two slots of each partition is in force: that which [DB.Partition] opens and a [View] reads. In the other one a successor is
// prepared beside it ([DB.Successor]), which [DB.Elect] puts in its place. A successor becomes the state, and what was it is deleted, in one batch.
type slots struct {
	mutex  sync.Mutex
	second seconds
}

// seconds are the partitions whose second slot is in force. One is never changed: another takes its place.
type seconds map[int32]bool

// second is the bit of a key's partition that tells its slots apart.
const second = 1 << 31

// keySecond begins the keys of the database that say of a partition, whose number follows, that its second slot is in force.
var keySecond = []byte{0xFF, 0xFF, 0xFF, 0xFF, 'x'}

func secondKey(partition int32) []byte {
	return binary.BigEndian.AppendUint32(keySecond[:len(keySecond):len(keySecond)], uint32(partition))
}

func appendPartition(dst []byte, partition int32, inSecond bool) []byte {
	number := uint32(partition)
	if inSecond {
		number |= second
	}
	return binary.BigEndian.AppendUint32(dst, number)
}

// partitionOf is whose key it is; false where it is the database's own.
func partitionOf(key []byte) (partition int32, ok bool) {
	number := binary.BigEndian.Uint32(key)
	return int32(number &^ second), number != math.MaxUint32 // No partition has this number.
}

// prefix is what the keys of a partition begin with that is in force.
func (s seconds) prefix(partition int32) []byte { return appendPartition(nil, partition, s[partition]) }

// beside is what the keys of the other slot begin with.
func (s seconds) beside(partition int32) []byte {
	return appendPartition(nil, partition, !s[partition])
}

func readSeconds(from pebble.Reader) (s seconds, err error) {
	s = seconds{}
	it, err := from.NewIter(&pebble.IterOptions{LowerBound: keySecond, UpperBound: after(keySecond)})
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	for more := it.First(); more; more = it.Next() {
		if number := it.Key()[len(keySecond):]; len(number) == prefixLength {
			s[int32(binary.BigEndian.Uint32(number))] = true
		}
	}
	return s, errors.Join(it.Error(), it.Close())
}

func (s *slots) now() seconds {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.second
}

// Successor opens the keys in which a successor of a partition is prepared. What is written there nobody sees before it is elected.
func (db *DB) Successor(partition int32) (*Partition, error) {
	return db.open(db.slots.now().beside(partition))
}

// Elect puts the successor of a partition in force if it is wanted: it is of the changelog and derived, or to be derived, by the basis
// ([Settings.Derivation]), and has all that is base, and what is in force is by another basis. A successor that is not wanted is deleted. Neither may be open.
func (db *DB) Elect(partition int32, changelog, basis string) (elected bool, err error) {
	now := db.slots.now()
	heir, err := readSaved(db.pebble, now.beside(partition))
	if err != nil || heir == (Saved{}) {
		return false, err
	}
	is, err := readSaved(db.pebble, now.prefix(partition))
	if err != nil {
		return false, err
	}
	wanted := heir.whole() && heir.Changelog == changelog && heir.Basis == basis && is.Basis != basis
	if heir.Orders, heir.Done = 0, 0; !wanted {
		heir = Saved{}
	}
	if err := db.settle(partition, now, heir); err != nil {
		return false, fmt.Errorf("settle which state of partition %d is in force: %w", partition, err)
	}
	return wanted, nil
}

// settle puts the successor in force, as far as is said, and deletes what was; or, where nothing is said of it, the successor.
func (db *DB) settle(partition int32, now seconds, heir Saved) error {
	b := db.pebble.NewBatch()
	defer b.Close()
	drop := now.beside(partition)
	if heir.whole() {
		must(b.Set(append(drop, tagPosition), heir.encode(), nil))
		drop = now.prefix(partition)
		inSecond := !now[partition]
		now = maps.Clone(now)
		if now[partition] = inSecond; inSecond {
			must(b.Set(secondKey(partition), nil, nil))
		} else {
			must(b.Delete(secondKey(partition), nil))
		}
	}
	must(b.DeleteRange(drop, after(drop), nil))
	db.slots.mutex.Lock()
	defer db.slots.mutex.Unlock() // A snapshot is of before or after.
	if err := b.Commit(pebble.NoSync); err != nil {
		return err
	}
	db.slots.second = now
	return nil
}
