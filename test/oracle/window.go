package oracle

import (
	"strconv"
	"time"
)

// Window is a range of order dates, inclusive.
type Window struct {
	Days     int
	From, To Day
}

// span is so many days, whole ISO weeks or whole calendar months ('d', 'w' or 'm'), which end before the day, week or month that follows
// so many days ago.
type span struct {
	count int
	every byte
	lag   int // days
}

// spanOf reads a window such as 30d, 1w or 3mo.
func spanOf(text Text, lag int) span {
	i := 0
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	every := map[Text]byte{"d": 'd', "w": 'w', "mo": 'm'}[text[i:]]
	count, err := strconv.Atoi(string(text[:i]))
	if every == 0 || err != nil {
		panic("oracle: no such window: " + string(text))
	}
	return span{count, every, lag}
}

// on is the window as it lies on a day.
func (s span) on(today Day) Window {
	at := today - Day(s.lag)
	from, to := at-Day(s.count)+1, at
	switch s.every {
	case 'w':
		for to = at; to.weekday() != time.Sunday || to == at; to-- { // The week of the day itself never counts, also on its Sunday.
		}
		from = to - 7*Day(s.count) + 1
	case 'm':
		year, month, _ := at.utc().Date()
		to = dayOf(year, month, 1) - 1
		from = dayOf(year, month-time.Month(s.count), 1)
	}
	return Window{Days: int(to-from) + 1, From: from, To: to}
}
