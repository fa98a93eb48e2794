package windows

import "cmp"

// Source tells which event wrote a register: its offset plus one. The zero Source is not known, as in rows of before sources were kept. The topic follows
// from the register, and the partition is the order's.
//
// An offset is that of the topic as it was when the event was applied: in one that was made anew since, another event may be there.
type Source int64

// NoOffset is the offset of an event of which it is not known.
const NoOffset int64 = -1

// sourceOf is the source of an event at an offset, which may be NoOffset.
func sourceOf(offset int64) Source { return Source(offset + 1) }

// Offset is the offset of the event, or [NoOffset].
func (s Source) Offset() int64 { return int64(s) - 1 }

// before is above 0 where s is to replace another source of the same value: known before not known, and then the lesser offset.
func (s Source) before(other Source) int {
	return cmp.Compare(uint64(other)-1, uint64(s)-1)
}
