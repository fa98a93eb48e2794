package state

import "encoding/binary"

// packed keeps what has not been used for some time as bytes, found by a hash: in a fraction of the memory that objects take, and without
// anything that the collector would have to look at. It is a log of segments: what is put goes to the end, so that the oldest segment has
// what has not been used for the longest time. When they are too many, what that one still has is forgotten; or put once more, if much of the
// memory is of entries that were taken.
type packed struct {
	at       map[uint64]uint64 // segment and offset of an entry
	segments [][]byte
	first    uint64 // number of segments[0]
	bytes    int    // of all segments
	live     int    // of those, of entries that were not taken
	limit    int    // of all in bytes
}

const (
	packedHead   = 8 + 4 // of an entry: its hash and length
	packedIndex  = 28    // about what a map takes for an entry
	segmentsMost = 64    // in which the limit is
	segmentLeast = 4 << 10
)

func newPacked(limit int) *packed {
	return &packed{at: map[uint64]uint64{}, limit: limit}
}

func (p *packed) segmentBytes() int { return max(p.limit/segmentsMost, segmentLeast) }

// size is the bytes of memory that are taken.
func (p *packed) size() int { return p.bytes + packedIndex*len(p.at) }

// put keeps an entry in place of the one that there is of its hash. One that is large for a segment is not kept.
func (p *packed) put(hash uint64, entry []byte) {
	p.take(hash)
	if packedHead+len(entry) > p.segmentBytes()/8 {
		return // Eight fit, so that what is left at the end of segments is less than what makes it worth to move their entries.
	}
	p.append(hash, entry)
	for n := len(p.segments); n > 1 && p.size() > p.limit; n-- {
		p.dropOldest()
	}
}

func (p *packed) append(hash uint64, entry []byte) {
	size := packedHead + len(entry)
	if n := len(p.segments); n == 0 || len(p.segments[n-1])+size > cap(p.segments[n-1]) {
		p.segments = append(p.segments, make([]byte, 0, p.segmentBytes()))
		p.bytes += p.segmentBytes()
	}
	last := len(p.segments) - 1
	s := p.segments[last]
	p.at[hash] = (p.first+uint64(last))<<32 | uint64(len(s))
	s = binary.LittleEndian.AppendUint64(s, hash)
	s = binary.LittleEndian.AppendUint32(s, uint32(len(entry)))
	p.segments[last] = append(s, entry...)
	p.live += size
}

// take hands out the entry of a hash, valid until the next put, and keeps it no longer; nil for none.
func (p *packed) take(hash uint64) []byte {
	at, ok := p.at[hash]
	if !ok {
		return nil
	}
	delete(p.at, hash)
	_, entry := p.entry(p.segments[at>>32-p.first], int(at&(1<<32-1)))
	p.live -= packedHead + len(entry)
	return entry
}

func (p *packed) entry(segment []byte, at int) (hash uint64, entry []byte) {
	size := int(binary.LittleEndian.Uint32(segment[at+8:]))
	return binary.LittleEndian.Uint64(segment[at:]), segment[at+packedHead:][:size]
}

// dropOldest makes room: it forgets the oldest segment with what it has, or but moves that on if a quarter of the memory holds nothing.
func (p *packed) dropOldest() {
	segment, number := p.segments[0], p.first
	p.segments[0] = nil
	p.segments = p.segments[1:]
	p.first++
	p.bytes -= cap(segment)
	move := p.live+packedIndex*len(p.at) < p.limit/4*3
	for at := 0; at < len(segment); {
		hash, entry := p.entry(segment, at)
		if place, ok := p.at[hash]; ok && place == number<<32|uint64(at) {
			delete(p.at, hash)
			p.live -= packedHead + len(entry)
			if move {
				p.append(hash, entry)
			}
		}
		at += packedHead + len(entry)
	}
}
