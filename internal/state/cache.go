package state

// cache keeps what was used lately, in two generations: what is found in the old one moves to the young, and when the young one is
// full the old one is forgotten as a whole. That is as good as forgetting the least recently used, at the cost of a map.
type cache[V any] struct {
	young, old map[string]V
	size       int // of the young generation, in bytes
	limit      int // of each generation, in bytes
	sizeOf     func(V) int
}

func newCache[V any](limit int, sizeOf func(V) int) *cache[V] {
	return &cache[V]{young: map[string]V{}, old: map[string]V{}, limit: limit / 2, sizeOf: sizeOf}
}

// get looks up a key. The caller may reuse the bytes of key.
func (c *cache[V]) get(key []byte) (V, bool) {
	v, ok := c.young[string(key)]
	if !ok {
		if v, ok = c.old[string(key)]; ok {
			delete(c.old, string(key))
			c.put(string(key), v)
		}
	}
	return v, ok
}

func (c *cache[V]) put(key string, v V) {
	c.young[key] = v
	c.size += len(key) + c.sizeOf(v)
}

// full is whether both generations together are over the limit that they have.
func (c *cache[V]) full() bool { return c.size > 2*c.limit }

// age forgets the old generation if the young one is full. It must not be called while entries hold what is not saved.
func (c *cache[V]) age() {
	if c.size > c.limit {
		c.old, c.young, c.size = c.young, make(map[string]V, len(c.young)), 0
	}
}
