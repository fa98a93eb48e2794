package state

// Record is a record of the changelog: a key, and its value, or nil where the key was deleted.
type Record struct{ Key, Value []byte }

// recordLog gathers the records of a commit, in memory that it uses again. Only what cannot be recomputed has a baseKey, and so only that
// can reach the changelog.
type recordLog struct {
	bytes   []byte
	records []Record
}

// put adds a record; a nil value deletes the key. It keeps neither.
func (l *recordLog) put(key baseKey, value []byte) {
	start := len(l.bytes)
	l.bytes = append(append(l.bytes, key...), value...)
	end := start + len(key)
	r := Record{Key: l.bytes[start:end:end]}
	if value != nil {
		r.Value = l.bytes[end:len(l.bytes):len(l.bytes)]
	}
	l.records = append(l.records, r)
}

func (l *recordLog) reset() {
	clear(l.records)
	l.bytes, l.records = l.bytes[:0], l.records[:0]
	const kept = 8 << 20
	if cap(l.bytes) > kept {
		l.bytes = nil
	}
}
