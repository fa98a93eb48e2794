package diff

import (
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
)

const minute events.Millis = 60_000

// at is a state that has come to an offset of each input, and to a minute.
func at(offset int64, minutes events.Millis) state.Clock {
	c := state.Clock{StreamTime: minutes * minute}
	for topic := range c.Offsets {
		c.Offsets[topic] = offset
	}
	return c
}

// looked is what a look finds of seller S: how far the sides are, and what there is of the seller on each; nil for nothing new.
type looked struct {
	clocks [2]state.Clock
	sides  [2]*digest
}

// again is a look that finds nothing new.
func again(offset int64, liveMinutes, candidateMinutes events.Millis) looked {
	return looked{clocks: [2]state.Clock{at(offset, liveMinutes), at(offset, candidateMinutes)}}
}

// digestOf is one whose report is the latest, as of a minute, and tells of so many alerts.
func digestOf(alerts int32, minutes events.Millis) *digest {
	return &digest{known: true, expected: 1, reported: 1, count: alerts, asOf: minutes * minute}
}

func due(d *digest) *digest {
	d.due = true
	return d
}

func otherReport(d *digest) *digest {
	d.reported++
	return d
}

func noReport(d *digest) *digest {
	d.reported = 0
	return d
}

func rated(d *digest) *digest {
	d.rates++
	return d
}

func TestSettle(t *testing.T) {
	for name, c := range map[string]struct {
		looks   []looked
		settles int    // the look in which it does; 0 for none
		want    string // in the end
	}{
		"the same": {[]looked{{[2]state.Clock{at(5, 9), at(3, 8)}, [2]*digest{digestOf(1, 5), digestOf(1, 5)}}}, 1, "equal"},
		"different, as far as one another": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 7)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}}, again(5, 9, 7)}, 2, "different",
		},
		"an alert of which the changelog is read later": {[]looked{
			{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}},
			{[2]state.Clock{at(6, 9), at(6, 9)}, [2]*digest{digestOf(2, 6), digestOf(2, 6)}},
		}, 2, "equal"},
		"different, once the candidate is where the live state was": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}},
			{[2]state.Clock{at(7, 9), at(4, 9)}, [2]*digest{}},
			{[2]state.Clock{at(9, 9), at(5, 9)}, [2]*digest{}},
		}, 3, "different"},
		"different, once the candidate is where the live state was when the seller moved": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}},
			{[2]state.Clock{at(8, 9), at(7, 9)}, [2]*digest{digestOf(4, 5), nil}},
			{[2]state.Clock{at(9, 9), at(8, 9)}, [2]*digest{}},
		}, 3, "different"},
		"the same, once the candidate has caught up": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(2, 5), digestOf(1, 5)}},
			{[2]state.Clock{at(5, 9), at(4, 9)}, [2]*digest{nil, digestOf(2, 5)}},
		}, 2, "equal"},
		"a candidate that lags": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}},
			{[2]state.Clock{at(5, 9), at(4, 9)}, [2]*digest{}},
		}, 0, "different"},
		"a report is due": {[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{digestOf(1, 5), due(digestOf(2, 5))}}}, 0, "moving"},
		"a report is due, though nothing differs": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{due(digestOf(1, 5)), digestOf(1, 5)}}}, 0, "moving",
		},
		"a report is due, and comes": {[]looked{
			{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{digestOf(1, 5), due(digestOf(2, 5))}},
			{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{nil, digestOf(2, 5)}},
			again(5, 9, 9),
		}, 3, "different"},
		"the report is not the record's, and stays so": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{otherReport(digestOf(1, 5)), digestOf(2, 5)}}}, 0, "different",
		},
		"the report is not the record's, and nothing differs": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{otherReport(digestOf(1, 5)), digestOf(1, 5)}}}, 0, "equal",
		},
		"there is no report": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{digestOf(1, 5), noReport(digestOf(1, 5))}}, again(5, 9, 9)}, 2, "equal",
		},
		"there is no report, and one comes": {[]looked{
			{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{rated(digestOf(1, 5)), noReport(digestOf(1, 5))}},
			{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{nil, digestOf(1, 5)}},
			again(5, 9, 9),
		}, 3, "different"},
		"there is no report of what moved": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(1, 5), noReport(digestOf(2, 5))}},
			{[2]state.Clock{at(6, 9), at(6, 9)}, [2]*digest{digestOf(3, 5), nil}},
			again(6, 9, 9),
		}, 3, "different"},
		"it moves in each look": {[]looked{
			{[2]state.Clock{at(5, 9), at(3, 9)}, [2]*digest{digestOf(1, 5), digestOf(2, 5)}},
			{[2]state.Clock{at(8, 9), at(7, 9)}, [2]*digest{digestOf(4, 5), nil}},
			{[2]state.Clock{at(9, 9), at(8, 9)}, [2]*digest{digestOf(5, 5), nil}},
		}, 0, "moving"},
		"time has yet to come on one side": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 7)}, [2]*digest{digestOf(1, 9), digestOf(2, 5)}}}, 0, "moving",
		},
		"time has come on both": {[]looked{
			{[2]state.Clock{at(5, 9), at(5, 7)}, [2]*digest{digestOf(1, 9), digestOf(2, 5)}},
			{[2]state.Clock{at(5, 11), at(5, 9)}, [2]*digest{}},
		}, 2, "different"},
		"time is far behind": {
			[]looked{{[2]state.Clock{at(5, 90), at(5, 7)}, [2]*digest{digestOf(1, 80), digestOf(2, 5)}}, again(5, 90, 7)}, 2, "different",
		},
		"only one side knows it, though there is a report of the other": {
			[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{{reported: 3, asOf: 1}, digestOf(1, 5)}}, again(5, 9, 9)}, 2, "different",
		},
		"only one side knows it": {[]looked{{[2]state.Clock{at(5, 9), at(5, 9)}, [2]*digest{digestOf(1, 5), nil}}, again(5, 9, 9)}, 2, "different"},
	} {
		t.Run(name, func(t *testing.T) {
			table := newTable("")
			var v *verdicts
			settled := 0
			for i, look := range c.looks {
				table.begin()
				for side := range look.sides {
					table.clocks[side][0] = look.clocks[side]
					if d := look.sides[side]; d != nil {
						table.update([]byte("S"), side, func(s *seller, to *digest) { s.partition, *to = 0, *d })
					}
				}
				if v == nil {
					v = table.all()
				}
				if table.settle(v); len(v.pending) == 0 && settled == 0 {
					settled = i + 1
				}
			}
			table.giveUp(v)
			got := "equal"
			switch {
			case len(v.different) > 0:
				got = "different"
			case len(v.moving) > 0:
				got = "moving"
			}
			if settled != c.settles || got != c.want {
				t.Errorf("it settles in look %d as %s, want %d and %s", settled, got, c.settles, c.want)
			}
		})
	}
}
