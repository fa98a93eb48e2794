package view

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// ids lists the recent alerts, the newest first.
func (f *feed) alertIDs(t testing.TB) (ids []string, older bool) {
	t.Helper()
	for q := (AlertQuery{Limit: 3}); ; {
		page, err := f.Alerts(q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Alerts {
			ids = append(ids, page.Alerts[i].ID())
		}
		if q.After = page.Next; q.After == "" {
			return ids, page.Older
		}
	}
}

func odr(seller string, n int) outputs.Alert {
	return alertOf(seller, "odr", int64(n), noon+int64(n), rules.OK, rules.Breached)
}

// In whatever order the partitions are read at first, those alerts are kept that were published last.
func TestFirstReadingKeepsWhatWasPublishedLast(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f := newFeed(Options{RecentAlerts: 7}, 3, 1)
		var waiting [3][]int // numbers, which are times, of each partition
		for n := 1; n <= 40; n++ {
			p := random.IntN(3)
			waiting[p] = append(waiting[p], n)
		}
		for left := 40; left > 0; {
			p := random.IntN(3)
			for range min(random.IntN(10), len(waiting[p])) {
				a := odr(fmt.Sprintf("P%d", p), waiting[p][0])
				f.give(f.alerts[p], a.SellerID, a.AppendAvro(nil), a.Transition)
				waiting[p] = waiting[p][1:]
				left--
			}
		}
		f.settle()
		ids, older := f.alertIDs(t)
		if len(ids) != 7 || !older {
			t.Fatalf("alerts %v, older %v", ids, older)
		}
		for i, id := range ids {
			if _, _, n, _ := outputs.ParseAlertID(id); n != int64(40-i) {
				t.Errorf("alerts %v, want numbers from 40 down to 34", ids)
			}
		}
	}
}

func TestRecentAlertsAreBounded(t *testing.T) {
	first := odr("S", 1)
	f := newFeed(Options{}, 1, 1).settle()
	f.alert(first, 1)
	one := f.recent.bytes
	for name, o := range map[string]Options{"in number": {RecentAlerts: 3}, "in bytes": {RecentBytes: 3*one + 10}} {
		f := newFeed(o, 1, 1).settle()
		for n := range 9 {
			f.alert(odr("S", n+1), 1)
		}
		if ids, older := f.alertIDs(t); !slices.Equal(ids, []string{"S/odr/9", "S/odr/8", "S/odr/7"}) || !older || len(f.recent.arrived) != 3 || f.recent.bytes != 3*one {
			t.Errorf("%s: alerts %v, older %v, %d bytes", name, ids, older, f.recent.bytes)
		}
	}
	small := newFeed(Options{RecentBytes: 1}, 1, 1).settle()
	small.alert(first, 1)
	if ids, older := small.alertIDs(t); len(ids) != 0 || !older || small.recent.bytes != 0 {
		t.Errorf("no room for any: %v", ids)
	}
}

func TestSlowSubscriberIsToldAndHoldsUpNobody(t *testing.T) {
	f := newFeed(Options{RecentAlerts: 5}, 2, 1).settle()
	slow, err := f.Subscribe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	quick, err := f.Subscribe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for n := range 20 {
		a := odr(fmt.Sprintf("S%d", n%4), n+1)
		f.alert(a, int64(n))
		want = append(want, a.ID())
		got = append(got, next(t, quick, 1)...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("alerts %v, want %v", got, want)
	}
	if a, err := slow.Next(t.Context()); !errors.Is(err, ErrSlow) {
		t.Errorf("slow: %+v, error %v", a, err)
	}
	again, err := f.Subscribe(t.Context(), slow.Cursor())
	if err != nil || !again.Missed {
		t.Fatalf("subscribed again: missed %v, error %v", again.Missed, err)
	}
	if got := next(t, again, 5); !slices.Equal(got, want[15:]) {
		t.Errorf("alerts %v, want the last five of %v", got, want)
	}
}

// From wherever somebody goes on, what is handed out is what is not before the cursor; what is missed is told.
func TestSubscribingAfterAnyAlert(t *testing.T) {
	f := newFeed(Options{RecentAlerts: 12}, 3, 1).settle()
	sub, err := f.Subscribe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	cursors, ids := []string{sub.Cursor()}, []string(nil)
	for n := range 20 {
		a := odr(fmt.Sprintf("S%d", n%7), n+1)
		f.alert(a, int64(n))
		ids = append(ids, next(t, sub, 1)...)
		cursors = append(cursors, sub.Cursor())
	}
	for n, cursor := range cursors {
		again, err := f.Subscribe(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		if want := ids[max(n, 8):]; again.Missed != (n < 8) || !slices.Equal(next(t, again, len(want)), want) {
			t.Errorf("after %d: missed %v, want the alerts %v", n, again.Missed, want)
		}
		if again.Cursor() != sub.Cursor() {
			t.Errorf("after %d: in the end the positions are %v, want %v", n, again.seen, sub.seen)
		}
	}
}

// A cursor of a process that is ahead hands out nothing twice.
func TestCursorThatIsAhead(t *testing.T) {
	ahead, behind := newFeed(Options{}, 1, 1).settle(), newFeed(Options{}, 1, 1).settle()
	for n := range 3 {
		ahead.alert(odr("S", n+1), 1)
	}
	first, err := ahead.Subscribe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := behind.Subscribe(t.Context(), first.Cursor())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		behind.alert(odr("S", n+1), 1)
	}
	if got := next(t, sub, 2); !slices.Equal(got, []string{"S/odr/4", "S/odr/5"}) {
		t.Errorf("alerts %v", got)
	}
}

// Subscribing waits until the view is whole, so that nobody is told what is long past.
func TestSubscribingWaitsForTheWhole(t *testing.T) {
	f := newFeed(Options{}, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := f.Subscribe(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, error %v", s, err)
	}
	subscribed := make(chan *Subscription)
	go func() {
		s, err := f.Subscribe(t.Context(), "")
		if err != nil {
			t.Error(err)
		}
		subscribed <- s
	}()
	f.alert(odr("S", 1), 1)
	f.settle()
	s := <-subscribed
	f.alert(odr("S", 2), 1)
	if got := next(t, s, 1); got[0] != "S/odr/2" {
		t.Errorf("alerts %v", got)
	}
}

func TestMinutes(t *testing.T) {
	const minute = 60_000
	var m minutes
	for _, at := range []events.Millis{noon, noon - minute, noon - hour + minute, noon - hour, noon - day + minute, noon - day, noon - 3*day, -5} {
		m.add(at, outputs.KindAtRisk)
	}
	for name, c := range map[string]struct {
		at      events.Millis
		minutes int64
		want    int
	}{
		"an hour": {noon, hourMinutes, 3}, "the end of the minute": {noon + minute - 1, hourMinutes, 3}, "a minute later": {noon + minute, hourMinutes, 2},
		"a day": {noon, dayMinutes, 5}, "before": {noon - minute, hourMinutes, 3}, "nothing": {events.None, dayMinutes, 0},
	} {
		if got := m.last(c.at, c.minutes); got != (AlertCounts{outputs.KindAtRisk: c.want}) {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
}

// Where the times of a partition go back, as those of producers may, its alerts keep the order in which they are.
func TestTimesThatGoBack(t *testing.T) {
	f := newFeed(Options{}, 2, 1)
	for _, row := range []struct{ partition, n, at int }{{0, 1, 10}, {0, 2, 5}, {1, 3, 7}, {0, 4, 11}} {
		a := odr(fmt.Sprintf("P%d", row.partition), row.n)
		f.give(f.alerts[row.partition], a.SellerID, a.AppendAvro(nil), int64(row.at))
	}
	f.settle()
	s, err := f.Subscribe(t.Context(), positions{0, 0}.cursor(hashOf("alerts", f.identities["alerts"])))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"P1/odr/3", "P0/odr/1", "P0/odr/2", "P0/odr/4"}
	if got := next(t, s, 4); !slices.Equal(got, want) {
		t.Errorf("alerts %v, want %v", got, want)
	}
	slices.Reverse(want)
	if ids, _ := f.alertIDs(t); !slices.Equal(ids, want) {
		t.Errorf("newest first %v, want %v", ids, want)
	}
}
