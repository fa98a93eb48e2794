package windows

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// walked is the dates of a window, day by day from the definition: whole weeks and months are found by walking back from the day.
func walked(w Window, today Date) map[Date]bool {
	dates, at := map[Date]bool{}, today-Date(w.Lag)
	if w.Every == Day {
		for n := range w.Count {
			dates[at-Date(n)] = true
		}
		return dates
	}
	for samePeriod(w.Every, at-1, today-Date(w.Lag)) {
		at--
	}
	for range w.Count {
		last := at - 1
		for at--; samePeriod(w.Every, at-1, last); at-- {
			dates[at] = true
		}
		dates[at] = true
	}
	return dates
}

func samePeriod(p Period, a, b Date) bool {
	of := func(d Date) (int, int) {
		t := time.Unix(int64(d)*86400, 0).UTC()
		if p == Week {
			return t.ISOWeek()
		}
		return t.Year(), int(t.Month())
	}
	y1, n1 := of(a)
	y2, n2 := of(b)
	return y1 == y2 && n1 == n2
}

func TestWindowRange(t *testing.T) {
	for _, c := range []struct {
		window          Window
		today, from, to string
	}{
		{Window{Count: 7}, "2026-03-05", "2026-02-27", "2026-03-05"},
		{Window{Count: 60, Lag: 30}, "2026-03-31", "2026-01-01", "2026-03-01"},
		{Window{Count: 1, Every: Week}, "2026-03-09", "2026-03-02", "2026-03-08"}, // a Monday
		{Window{Count: 1, Every: Week}, "2026-03-15", "2026-03-02", "2026-03-08"}, // a Sunday: its own week does not count
		{Window{Count: 2, Every: Week, Lag: 2}, "2026-03-10", "2026-02-16", "2026-03-01"},
		{Window{Count: 1, Every: Week}, "2027-01-05", "2026-12-28", "2027-01-03"}, // week 53
		{Window{Count: 1, Every: Month}, "2026-03-01", "2026-02-01", "2026-02-28"},
		{Window{Count: 1, Every: Month}, "2024-03-31", "2024-02-01", "2024-02-29"},
		{Window{Count: 3, Every: Month, Lag: 2}, "2026-03-02", "2025-11-01", "2026-01-31"},
		{Window{Count: 12, Every: Month}, "2026-01-31", "2025-01-01", "2025-12-31"},
		{Window{Count: 1, Every: Week}, "1970-01-01", "1969-12-22", "1969-12-28"},
	} {
		today, _ := ParseDate(c.today)
		if from, to := c.window.Range(today); from.String() != c.from || to.String() != c.to {
			t.Errorf("%+v on %s is %v to %v, want %s to %s", c.window, c.today, from, to, c.from, c.to)
		}
	}
}

// TestWindowsDayByDay goes through years day by day: what is in a window, since when and until when, and how far back that is.
func TestWindowsDayByDay(t *testing.T) {
	first, last := Date(19000), Date(19000+3*366) // 2022-01-08 on, with a leap day
	for _, w := range []Window{
		{Count: 1},
		{Count: 30, Lag: 10},
		{Count: 1, Every: Week},
		{Count: 22, Every: Week, Lag: 3},
		{Count: 4, Every: Week, Lag: 9},
		{Count: 1, Every: Month},
		{Count: 3, Every: Month, Lag: 1},
		{Count: 12, Every: Month},
		{Count: 2, Every: Month, Lag: 40},
	} {
		before := walked(w, first-1)
		for today := first; today <= last; today++ {
			now := walked(w, today)
			from, to := w.Range(today)
			if n := int(to-from) + 1; n != len(now) || !now[from] || !now[to] || today-from >= Date(w.Needs()) {
				t.Fatalf("%+v on %v is %v to %v, want %d dates, none older than %d days", w, today, from, to, len(now), w.Needs())
			}
			for date := range now {
				if !before[date] && w.Enters(date) != today {
					t.Fatalf("%+v: %v enters on %v, want %v", w, date, w.Enters(date), today)
				}
			}
			for date := range before {
				if !now[date] && w.Leaves(date) != today {
					t.Fatalf("%+v: %v leaves on %v, want %v", w, date, w.Leaves(date), today)
				}
			}
			before = now
		}
	}
}

// TestEdgePasses: a date passes an edge when the dates before it have, and Passed and Passes say the same.
func TestEdgePasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := Window{rapid.Int32Range(1, 40).Draw(t, "count"), Period(rapid.IntRange(0, 2).Draw(t, "every")), rapid.Int32Range(0, 40).Draw(t, "lag")}
		date := Date(rapid.Int32Range(-100_000, 100_000).Draw(t, "date"))
		enters, leaves := w.Edges()
		for _, e := range []Edge{enters, leaves} {
			day := e.Passes(date)
			if e.Passed(day) < date || e.Passed(day-1) >= date || e.Passes(date+1) < day {
				t.Fatalf("%+v: %v passes on %v: then %v have, a day before %v", e, date, day, e.Passed(day), e.Passed(day-1))
			}
		}
	})
}
