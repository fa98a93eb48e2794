package throughput

import "time"

// Minute counts by the second, over a minute. The zero Minute is ready for use, by one goroutine at a time.
type Minute struct {
	slots [60]struct {
		second int64
		events int64
	}
}

// Add counts events at an instant.
func (t *Minute) Add(at time.Time, events int64) {
	second := at.Unix()
	slot := &t.slots[uint64(second)%uint64(len(t.slots))]
	if slot.second != second {
		slot.second, slot.events = second, 0
	}
	slot.events += events
}

// Until counts those of the sixty seconds of which the last is that of an instant.
func (t *Minute) Until(at time.Time) (events int64) {
	now := at.Unix()
	for i := range t.slots {
		if slot := &t.slots[i]; slot.second <= now && slot.second > now-int64(len(t.slots)) {
			events += slot.events
		}
	}
	return events
}
