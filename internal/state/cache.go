package state

// cache keeps what was used lately, in two generations of objects: what is found in the old one moves to the young, and when the young one is
// full the old one is packed, as far as it is saved. That is as good as packing the least recently used, at the cost of a map.
//
// Entries are found by a 64-bit hash, which takes less memory than keys do; those of one hash are linked. Of those only one can be packed, and
// is found as the others are, by what it is.
type cache[V cached[V]] struct {
	young, old map[uint64]V
	size       int // of the young generation, in bytes
	limit      int // of each generation, in bytes, but for what was kept
	kept       int // of the young generation: what became young since it was not saved
	packed     *packed
	scratch    []byte

	pack   func(dst []byte, v V) []byte // of an entry that is saved; nil for one that is not worth it
	unpack func(hash uint64, packed []byte) V
}

// cached is an entry of a cache: a pointer.
type cached[V any] interface {
	comparable
	link() *V      // to another entry of the same hash
	saved() bool   // the database has it as it is, and so does the changelog
	size() int     // about, in bytes
	counted() *int // what of that the cache has counted
}

// entryBytes is about what a map takes for a hash and a pointer.
const entryBytes = 40

func newCache[V cached[V]](limit int, pack func(dst []byte, v V) []byte, unpack func(hash uint64, packed []byte) V) *cache[V] {
	c := &cache[V]{young: map[uint64]V{}, old: map[uint64]V{}, packed: newPacked(0), pack: pack, unpack: unpack}
	c.resize(limit)
	return c
}

// resize changes how many bytes are kept in all: a quarter as objects, if all are saved.
func (c *cache[V]) resize(limit int) { c.limit, c.packed.limit = limit/8, limit/4*3 }

// get looks up the entry of a hash that is meant.
func (c *cache[V]) get(hash uint64, is func(V) bool) (v V, ok bool) {
	if v, ok = c.among(hash, is); ok {
		return v, true
	}
	c.renew(hash)
	return c.among(hash, is)
}

func (c *cache[V]) among(hash uint64, is func(V) bool) (v V, ok bool) {
	var none V
	for v = c.young[hash]; v != none; v = *v.link() {
		if is(v) {
			return v, true
		}
	}
	return none, false
}

// renew moves the entries of a hash to the young generation.
func (c *cache[V]) renew(hash uint64) {
	var none V
	if moved, ok := c.old[hash]; ok {
		delete(c.old, hash)
		for v := moved; v != none; {
			next := *v.link()
			c.put(hash, v)
			v = next
		}
	}
	if packed := c.packed.take(hash); packed != nil {
		c.put(hash, c.unpack(hash, packed))
	}
}

// put adds an entry that get has not found.
func (c *cache[V]) put(hash uint64, v V) {
	*v.link() = c.young[hash]
	c.young[hash] = v
	*v.counted() = v.size()
	c.size += entryBytes + *v.counted()
}

// grown counts what an entry, which get or put was called with since the last age, takes by now, and tells by how much that is more.
func (c *cache[V]) grown(v V) (by int) {
	by = v.size() - *v.counted()
	*v.counted() += by
	c.size += by
	return by
}

// age packs the old generation if the young one is full, but for what is not saved, which becomes young. Entries that were handed out must not
// be used any more.
func (c *cache[V]) age() {
	if c.size-c.kept <= c.limit {
		return
	}
	var none V
	old := c.old
	c.old, c.young, c.size = c.young, make(map[uint64]V, len(c.young)), 0
	for hash, v := range old {
		for v != none {
			next := *v.link()
			if !v.saved() {
				c.put(hash, v)
			} else if packed := c.pack(c.scratch[:0], v); packed != nil {
				c.packed.put(hash, packed)
				c.scratch = packed
			}
			v = next
		}
	}
	c.kept = c.size
}
