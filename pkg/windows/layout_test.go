package windows

import (
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// Dates pass each edge of windows once, however many terms share it.
func TestPasses(t *testing.T) {
	l := NewLayout(someProgram(), []Term{
		{Window: Window{Count: 7}, Channel: events.MFN, Measure: int(Orders)},
		{Window: Window{Count: 7}, Channel: events.AFN, Measure: int(Orders)},
		{Window: Window{Count: 60, Lag: 30}, Channel: 0, Measure: int(Orders)},
		{Window: Window{Count: 30}, Channel: 0, Measure: int(Orders)},
		{Window: Window{Count: 1, Every: Week}, Channel: 0, Measure: int(Orders)},
		{Window: Window{Count: 2, Every: Week}, Channel: 0, Measure: int(Orders)},
	})
	var edges []Edge
	for _, p := range l.passes {
		edges = append(edges, p.edge)
	}
	want := []Edge{{count: 0}, {count: 7}, {count: 30}, {count: 90}, {every: Week}, {every: Week, count: 1}, {every: Week, count: 2}}
	if !slices.Equal(edges, want) {
		t.Errorf("dates pass %v, want %v", edges, want)
	}
}
