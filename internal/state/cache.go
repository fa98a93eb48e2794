package state

// cache keeps what was used lately, in two generations: what is found in the old one moves to the young, and when the young one is
// full the old one is forgotten as a whole. That is as good as forgetting the least recently used, at the cost of a map.
//
// Entries are found by a 64-bit hash, which takes less memory than keys do; those of one hash are linked.
type cache[V cached[V]] struct {
	young, old map[uint64]V
	size       int // of the young generation, in bytes
	limit      int // of each generation, in bytes
}

// cached is an entry of a cache: a pointer.
type cached[V any] interface {
	comparable
	link() *V  // to another entry of the same hash
	size() int // about, in bytes
}

// entryBytes is about what a map takes for a hash and a pointer.
const entryBytes = 40

func newCache[V cached[V]](limit int) *cache[V] {
	return &cache[V]{young: map[uint64]V{}, old: map[uint64]V{}, limit: limit / 2}
}

// get looks up the entry of a hash that is meant.
func (c *cache[V]) get(hash uint64, is func(V) bool) (v V, ok bool) {
	var none V
	for v = c.young[hash]; v != none; v = *v.link() {
		if is(v) {
			return v, true
		}
	}
	for v = c.old[hash]; v != none; v = *v.link() {
		if is(v) {
			c.renew(hash)
			return v, true
		}
	}
	return none, false
}

// renew moves the entries of a hash from the old to the young generation.
func (c *cache[V]) renew(hash uint64) {
	var none V
	moved := c.old[hash]
	delete(c.old, hash)
	for v := moved; v != none; {
		next := *v.link()
		c.put(hash, v)
		v = next
	}
}

// put adds an entry that get has not found.
func (c *cache[V]) put(hash uint64, v V) {
	*v.link() = c.young[hash]
	c.young[hash] = v
	c.size += entryBytes + v.size()
}

// full is whether both generations together are over the limit that they have.
func (c *cache[V]) full() bool { return c.size > 2*c.limit }

// age forgets the old generation if the young one is full. It must not be called while entries hold what is not saved.
func (c *cache[V]) age() {
	if c.size > c.limit {
		c.old, c.young, c.size = c.young, make(map[uint64]V, len(c.young)), 0
	}
}
