package mapping

import (
	"fmt"
	"slices"
	"time"

	"github.com/itchyny/gojq"
)

// maxDays bounds what is added to a date.
const maxDays = 10_000

// arrived reads the instant that a function is called on.
func arrived(name string, v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("%s: %s is no instant: make one by instant, seconds, millis or micros", name, gojq.Preview(v))
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %.60q is no instant: make one by instant, seconds, millis or micros", name, text)
	}
	return at, nil
}

func startOfDay(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}

// endOfDay is the last millisecond of a day.
func endOfDay(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, at.Location()).Add(-time.Millisecond)
}

// dayFunction is a function of a day in a zone, such as `end_of_day("America/New_York")`.
func dayFunction(name string, of func(time.Time) time.Time) func(any, []any) any {
	return func(v any, args []any) any {
		return move(name, v, args[0], func(at time.Time) time.Time { return of(at) })
	}
}

// move moves an instant in a zone; null stays null.
func move(name string, v, zone any, to func(time.Time) time.Time) any {
	if v == nil {
		return nil
	}
	at, err := arrived(name, v)
	if err != nil {
		return err
	}
	in, err := zoneOf(zone)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return format(name, v, to(at.In(in)).UnixMilli())
}

// count is a number of days or hours.
func count(name string, v any) (int, error) {
	whole, fraction, err := number(v)
	if err != nil || fraction != 0 || whole > maxDays || whole < -maxDays {
		return 0, fmt.Errorf("%s: %s is no whole number from -%d to %d", name, gojq.Preview(v), maxDays, maxDays)
	}
	return int(whole), nil
}

// plusHours is `plus_hours(48)`.
func plusHours(v any, args []any) any {
	n, err := count("plus_hours", args[0])
	if err != nil {
		return err
	}
	return move("plus_hours", v, "UTC", func(at time.Time) time.Time { return at.Add(time.Duration(n) * time.Hour) })
}

// plusDays is `plus_days(3; "America/New_York")`: so many days later at the same time of day there.
func plusDays(v any, args []any) any {
	n, err := count("plus_days", args[0])
	if err != nil {
		return err
	}
	return move("plus_days", v, args[1], func(at time.Time) time.Time { return at.AddDate(0, 0, n) })
}

// plusBusinessDays is `plus_business_days(2; "America/New_York")`, or with holidays, `plus_business_days(2; "America/New_York"; ["2026-12-25"])`: so many days later
// at the same time of day there, Saturdays, Sundays and holidays not counted.
func plusBusinessDays(v any, args []any) any {
	const name = "plus_business_days"
	n, err := count(name, args[0])
	if err != nil {
		return err
	}
	if n < 0 {
		return fmt.Errorf("%s: %d is less than 0", name, n)
	}
	var holidays []any
	if len(args) > 2 {
		var ok bool
		if holidays, ok = args[2].([]any); !ok {
			return fmt.Errorf("%s: holidays are to be a list of dates such as \"2026-12-25\"", name)
		}
	}
	return move(name, v, args[1], func(at time.Time) time.Time {
		for n > 0 {
			at = at.AddDate(0, 0, 1)
			if works(at, holidays) {
				n--
			}
		}
		return at
	})
}

// works is whether a day is no Saturday, Sunday or holiday.
func works(at time.Time, holidays []any) bool {
	return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && !slices.Contains(holidays, any(at.Format(time.DateOnly)))
}
