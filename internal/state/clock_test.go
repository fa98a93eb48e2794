package state

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

var someClock = Clock{StreamTime: 99, Offsets: [events.NumTopics]int64{1, 2, 3, 4, 5, 6}}

// Between two instants a clock is what it always was; in the middle of one it says where.
func TestClockIsReadAsItWasWritten(t *testing.T) {
	if got, want := someClock.append(nil), []byte{198, 1, 2, 4, 6, 8, 10, 12}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v is written as %v, want %v", someClock, got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := Clock{StreamTime: rapid.Int64Min(events.None+1).Draw(t, "stream time")}
		for i := range c.Offsets {
			c.Offsets[i] = rapid.Int64().Draw(t, "offset")
		}
		if rapid.Bool().Draw(t, "in the middle") {
			kind := TimerKind(rapid.IntRange(0, 1).Draw(t, "kind"))
			c.Instant = &Instant{rapid.Bool().Draw(t, "sweeping"), Timer{kind, rapid.String().Draw(t, "seller"), rapid.String().Draw(t, "order")}}
		}
		if got, err := decodeClock(c.append(nil)); err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("%+v is read as %+v, %v", c, got, err)
		}
	})
}

// Whatever there is instead of a clock is read as one that is written the same, or refused.
func FuzzClock(f *testing.F) {
	f.Add(someClock.append(nil))
	middle := someClock
	middle.Instant = &Instant{Next: Timer{OrphanDue, "seller", "order"}}
	f.Add(middle.append(nil))
	middle.Instant = &Instant{Sweeping: true}
	f.Add(middle.append(nil))
	f.Fuzz(func(t *testing.T, value []byte) {
		c, err := decodeClock(value)
		if err != nil {
			return
		}
		if again, err := decodeClock(c.append(nil)); err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%x is read as %+v, and that as %+v, %v", value, c, again, err)
		}
	})
}

// The time of an order is stream time once its timers have fired, and the instant before until then.
func TestTimeOfAnOrder(t *testing.T) {
	in := func(i Instant) *Clock { return &Clock{StreamTime: 100, Instant: &i} }
	after := Timer{FactsDue, "S", "O"}.Next()
	for name, c := range map[string]struct {
		clock         *Clock
		seller, order string
		want          events.Millis
	}{
		"between instants":          {&Clock{StreamTime: 100}, "S", "O", 100},
		"without stream time":       {&Clock{StreamTime: events.None}, "S", "O", events.None},
		"before anything":           {in(Instant{}), "S", "O", 99},
		"a seller before":           {in(Instant{Next: after}), "R", "Z", 100},
		"the order":                 {in(Instant{Next: after}), "S", "O", 100},
		"the next order":            {in(Instant{Next: after}), "S", "O\x00", 99},
		"a seller behind":           {in(Instant{Next: after}), "S\x00", "A", 99},
		"while parked events leave": {in(Instant{Next: Timer{OrphanDue, "S", "A"}}), "S", "Z", 100},
		"the seller is done":        {in(Instant{Next: AfterSeller("S")}), "S", "Z", 100},
		"the next seller there is":  {in(Instant{Next: AfterSeller("S")}), "S\x00", "", 99},
		"in a sweep":                {in(Instant{Sweeping: true}), "S", "O", 100},
	} {
		if got := c.clock.TimeOf(c.seller, c.order); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// A seller is as of stream time once it was taken through the instant, and as of the one before until then.
func TestAsOfOfASeller(t *testing.T) {
	after := AfterSeller("S")
	for name, c := range map[string]struct {
		clock  Clock
		seller string
		want   events.Millis
	}{
		"between instants": {Clock{StreamTime: 100}, "S", 100},
		"before anything":  {Clock{StreamTime: 100, Instant: &Instant{}}, "S", 99},
		"in the middle":    {Clock{StreamTime: 100, Instant: &Instant{Next: Timer{FactsDue, "S", "O"}}}, "S", 99},
		"done":             {Clock{StreamTime: 100, Instant: &Instant{Next: after}}, "S", 100},
		"behind":           {Clock{StreamTime: 100, Instant: &Instant{Next: after}}, "S\x00", 99},
		"in a sweep":       {Clock{StreamTime: 100, Instant: &Instant{Sweeping: true, Next: after}}, "T", 100},
	} {
		if got := c.clock.AsOf(c.seller); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
