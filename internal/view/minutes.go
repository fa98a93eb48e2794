package view

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

// AlertCounts is how many alerts there were of each kind.
type AlertCounts [outputs.KindResolved + 1]int

const (
	minuteMillis = 60 * 1000
	hourMinutes  = 60
	dayMinutes   = 24 * hourMinutes
)

// minutes counts alerts by the minute of their as_of, over a day, however many they are.
type minutes struct {
	slots [dayMinutes]struct {
		minute int64
		counts AlertCounts
	}
}

// add counts an alert, unless one is known that was a day later in the same slot.
func (m *minutes) add(at events.Millis, kind outputs.AlertKind) {
	minute := at / minuteMillis
	if minute < 0 {
		return // Before 1970 there was no marketplace.
	}
	slot := &m.slots[minute%dayMinutes]
	if minute < slot.minute {
		return
	}
	if minute > slot.minute {
		slot.minute, slot.counts = minute, AlertCounts{}
	}
	slot.counts[kind]++
}

// last counts the alerts of so many minutes, up to a day, of which the last is that of an instant.
func (m *minutes) last(at events.Millis, n int64) (sum AlertCounts) {
	for i := range m.slots {
		if slot := &m.slots[i]; slot.minute <= at/minuteMillis && slot.minute > at/minuteMillis-n {
			for kind, count := range slot.counts {
				sum[kind] += count
			}
		}
	}
	return sum
}
