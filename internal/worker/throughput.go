package worker

import "time"

// throughput counts what was committed by the second, over a minute.
type throughput struct {
	slots [60]struct {
		second int64
		events int64
	}
}

// add counts events at an instant.
func (t *throughput) add(at time.Time, events int64) {
	second := at.Unix()
	slot := &t.slots[uint64(second)%uint64(len(t.slots))]
	if slot.second != second {
		slot.second, slot.events = second, 0
	}
	slot.events += events
}

// lastMinute counts those of the sixty seconds of which the last is that of an instant.
func (t *throughput) lastMinute(at time.Time) (events int64) {
	now := at.Unix()
	for i := range t.slots {
		if slot := &t.slots[i]; slot.second <= now && slot.second > now-int64(len(t.slots)) {
			events += slot.events
		}
	}
	return events
}
