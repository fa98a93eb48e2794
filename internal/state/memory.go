package state

import "unsafe"

// Memory is about how many bytes a store has in memory.
type Memory struct {
	Cache   int // of sellers and order rows, and the filter of orders
	Timers  int // the soonest
	Unsaved int // waiting for a checkpoint, but for what is in the cache anyway
}

// timerBytes is about what a timer in memory takes, its texts included.
const timerBytes = 128

// timersPart is what timers may have, of what a store keeps: one part in so many.
const timersPart = 8

// timersIn is how many timers a store of so many bytes has in memory, and how many it reads at once.
func timersIn(bytes int) (room, batch int) {
	room = max(bytes/timersPart/timerBytes, 256)
	return room, min(room/2, 4096)
}

// Memory is what the store has in memory.
func (s *Store) Memory() Memory {
	return Memory{Cache: s.orders.bytes() + s.sellers.bytes() + s.filter.bytes(), Timers: timerBytes * len(s.timers.near), Unsaved: s.unsavedBytes + s.Partition.Bytes()}
}

// bytes is about what the cache has: of the old generation, which is not counted, as much as its entries would be in the young one.
func (c *cache[V]) bytes() int {
	old := min(len(c.old), 1) * c.limit
	if len(c.young) > 0 {
		old = c.size / len(c.young) * len(c.old)
	}
	return c.size + old + c.packed.size()
}

func (f *filter) bytes() int { return len(f.blocks) * int(unsafe.Sizeof(block{})) }

// Memory is what the database has in memory: blocks of its tables, and what is not flushed.
func (db *DB) Memory() (blocks, memTables int64) {
	m := db.pebble.Metrics()
	return m.BlockCache.Size, int64(m.MemTable.Size + m.MemTable.ZombieSize)
}
