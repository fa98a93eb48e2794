package windows

import (
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// Each age at which dates enter or leave windows is one edge, however many terms share it.
func TestEdges(t *testing.T) {
	l := NewLayout([]Term{
		{Window{7, 0}, events.MFN, Orders},
		{Window{7, 0}, events.AFN, Orders},
		{Window{60, 30}, 0, Orders},
		{Window{30, 0}, 0, Orders},
	})
	var ages []Date
	for _, e := range l.edges {
		ages = append(ages, e.age)
	}
	if want := []Date{0, 7, 30, 90}; !slices.Equal(ages, want) {
		t.Errorf("edges at ages %v, want %v", ages, want)
	}
}
