package rules

import (
	"strconv"
	"strings"
	"time"

	"sellerpulse/pkg/windows"
)

// Schedule is the days at whose start alone the state of a rule moves. The zero value is no such days: it moves after each event and instant.
type Schedule struct {
	Weekly  int8 // the day of the week, from 1 for Monday to 7 for Sunday; 0 for none
	Monthly int8 // the day of the month, from 1 to 28; 0 for none
}

// Always is whether the state moves after each event and instant.
func (s Schedule) Always() bool { return s == Schedule{} }

// Has is whether the state moves at the start of a day.
func (s Schedule) Has(d windows.Date) bool {
	day := time.Unix(int64(d)*86400, 0).UTC()
	switch {
	case s.Weekly != 0:
		return int(s.Weekly)%7 == int(day.Weekday())
	case s.Monthly != 0:
		return int(s.Monthly) == day.Day()
	default:
		return true
	}
}

var weekdays = [...]string{1: "mon", 2: "tue", 3: "wed", 4: "thu", 5: "fri", 6: "sat", 7: "sun"}

// String is the schedule as rule files have it: "always", "weekly mon", "monthly 20".
func (s Schedule) String() string {
	switch {
	case s.Weekly != 0:
		return "weekly " + weekdays[s.Weekly]
	case s.Monthly != 0:
		return "monthly " + strconv.Itoa(int(s.Monthly))
	default:
		return "always"
	}
}

// parseSchedule reads what String writes.
func parseSchedule(text string) (s Schedule, ok bool) {
	every, day, _ := strings.Cut(text, " ")
	switch every {
	case "always":
		return s, day == ""
	case "weekly":
		for i, name := range weekdays {
			if name == day && i > 0 {
				s.Weekly = int8(i)
			}
		}
		return s, s.Weekly > 0
	case "monthly":
		n, err := strconv.ParseUint(day, 10, 7)
		s.Monthly = int8(n)
		return s, err == nil && 1 <= n && n <= 28 && strconv.Itoa(int(n)) == day
	default:
		return s, false
	}
}
