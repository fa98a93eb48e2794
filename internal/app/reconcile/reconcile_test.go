package reconcile

import (
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/statement"
)

func TestSame(t *testing.T) {
	for _, c := range []struct {
		figure statement.Figure
		ours   inspect.Numbers
		want   bool
	}{
		{statement.Figure{Counts: &statement.Counts{Numerator: 1, Denominator: 3}}, inspect.Numbers{Numerator: 1, Denominator: 3}, true},
		{statement.Figure{Counts: &statement.Counts{Numerator: 1, Denominator: 3}}, inspect.Numbers{Numerator: 2, Denominator: 6}, false},
		{statement.Figure{Counts: &statement.Counts{}}, inspect.Numbers{}, true},
		{statement.Figure{Rate: "66"}, inspect.Numbers{Numerator: 2, Denominator: 3}, true},  // cut
		{statement.Figure{Rate: "67"}, inspect.Numbers{Numerator: 2, Denominator: 3}, true},  // rounded
		{statement.Figure{Rate: "68"}, inspect.Numbers{Numerator: 2, Denominator: 3}, false}, // neither
		{statement.Figure{Rate: "66.67"}, inspect.Numbers{Numerator: 2, Denominator: 3}, true},
		{statement.Figure{Rate: "66.65"}, inspect.Numbers{Numerator: 2, Denominator: 3}, false},
		{statement.Figure{Rate: "0"}, inspect.Numbers{Numerator: 0, Denominator: 5}, true},
		{statement.Figure{Rate: "0"}, inspect.Numbers{}, false},
	} {
		if got := same(&c.figure, &c.ours); got != c.want {
			t.Errorf("%+v beside %+v: %t", c.figure, c.ours, got)
		}
	}
}

// instant is a minute of a day, -1 for none.
func instant(minute int64) *inspect.Instant {
	if minute < 0 {
		return nil
	}
	at := inspect.Instant(minute * 60_000)
	return &at
}

// An order counts since the first of what makes it count, if all of these times are known.
func TestSince(t *testing.T) {
	for name, c := range map[string]struct {
		facts []int64
		want  int64
	}{
		"nothing": {nil, -1}, "one": {[]int64{5}, 5}, "two": {[]int64{7, 5}, 5}, "one that is not known": {[]int64{5, -1}, -1},
	} {
		var o inspect.OrderLine
		for _, minute := range c.facts {
			o.MadeBy = append(o.MadeBy, inspect.Fact{Since: inspect.Since{Since: instant(minute)}})
		}
		got := since(&o)
		if want := c.want; want < 0 && !got.IsZero() || want >= 0 && !got.Equal(time.UnixMilli(want*60_000)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What was said last of the metric or of all holds.
func TestTheLastExcuseHolds(t *testing.T) {
	mine, other := "late_shipment_rate", "claim_rate"
	said := func(metric *string, minute int64, excused bool) inspect.Excuse {
		return inspect.Excuse{Metric: metric, At: *instant(minute), Excused: excused}
	}
	e := explanation{metric: mine}
	for name, c := range map[string]struct {
		all  []inspect.Excuse
		want bool
	}{
		"nothing":         {nil, false},
		"of the metric":   {[]inspect.Excuse{said(&mine, 1, true)}, true},
		"of all":          {[]inspect.Excuse{said(nil, 1, true)}, true},
		"of another":      {[]inspect.Excuse{said(&other, 1, true)}, false},
		"taken back":      {[]inspect.Excuse{said(nil, 1, true), said(&mine, 2, false)}, false},
		"said once more":  {[]inspect.Excuse{said(&mine, 3, true), said(nil, 2, false)}, true},
		"at once":         {[]inspect.Excuse{said(&mine, 2, false), said(nil, 2, true)}, true},
		"another instead": {[]inspect.Excuse{said(&mine, 2, false), said(&other, 3, true)}, false},
	} {
		if last := e.lastExcuse(c.all); (last != nil && last.Excused) != c.want {
			t.Errorf("%s: %+v", name, last)
		}
	}
}

// Of one figure so many candidates are listed, each order once, and the rest is counted.
func TestCandidatesAreBounded(t *testing.T) {
	e := explanation{line: &Line{}, known: map[string]bool{}}
	for range 2 {
		for i := range maxCandidates + 5 {
			e.add(&inspect.OrderLine{OrderID: string(rune('A' + i))}, inspect.Numerator, "why")
		}
	}
	if len(e.line.Candidates) != maxCandidates || e.line.CandidatesOmitted != 5 {
		t.Errorf("%d candidates and %d more", len(e.line.Candidates), e.line.CandidatesOmitted)
	}
}
