package outputs

import (
	"fmt"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// DecodeStanding reads of a report where the seller stands, without the metrics, which are most of it: Metrics is nil and ProductLinesOmitted 0. The windows
// of its rules know their lag, which today tells: the day of the report, in a zone of which the report tells no more than its windows do. Where all of these
// are of weeks or months it is the day of UTC, and so may be one off. What follows the first metric whose window ends by the present is not looked at.
func DecodeStanding(value []byte) (r Report, today windows.Date, err error) {
	d, err := openValue(value, reportFingerprint(), reportBeforeParts, reportAllLines)
	if err == nil {
		today = d.standing(&r)
		err = d.Err()
	}
	if err != nil {
		return Report{}, 0, fmt.Errorf("decode report: %w", err)
	}
	return r, today, nil
}

// standing reads up to the first metric whose window ends by the day.
func (d *valueReader) standing(r *Report) windows.Date {
	d.reportRules(r)
	day := dayOf{utc: dayOfUTC(r.AsOf)}
	for i := range r.Rules {
		day.see(r.Rules[i].From, r.Rules[i].To)
	}
	d.seeMetrics(&day)
	today := day.today()
	for i := range r.Rules {
		r.Rules[i].Window.Lag = int32(today - r.Rules[i].To)
	}
	return today
}

// seeMetrics reads metrics until one tells the day.
func (d *valueReader) seeMetrics(day *dayOf) {
	for n := d.Block(); n > 0; n = d.Block() {
		for range n {
			m := d.metricReport()
			if day.see(m.From, m.To); day.seen() {
				return
			}
		}
	}
}

// dayOf finds the day of a report by its windows: those of days without lag, as some metric nearly always has, end with it, and no other ends later.
type dayOf struct {
	utc    windows.Date // the day of UTC, of which that of any zone is the same, the one before or the one after
	last   windows.Date // with which any window ends
	any    bool
	partly bool // a window that ends with last is of no whole weeks or months
}

func (d *dayOf) see(from, to windows.Date) {
	if !d.any || to > d.last {
		d.any, d.last, d.partly = true, to, false
	}
	if to == d.last {
		d.partly = d.partly || !whole(from, to)
	}
}

// seen is whether a window was seen that ends by the day of some zone.
func (d *dayOf) seen() bool { return d.any && d.last >= d.utc-1 }

// today is the day: that with which the last windows end, unless they may be of whole weeks or months and ended yesterday.
func (d *dayOf) today() windows.Date {
	if !d.seen() || d.last == d.utc-1 && !d.partly {
		return d.utc
	}
	return d.last
}

// whole is whether dates are those of whole weeks or of whole months.
func whole(from, to windows.Date) bool {
	for _, every := range [...]windows.Period{windows.Week, windows.Month} {
		enters, _ := windows.Window{Count: 1, Every: every}.Edges()
		if enters.Passed(from) == from-1 && enters.Passed(to+1) == to {
			return true
		}
	}
	return false
}

// dayOfUTC is the day of UTC of an instant.
func dayOfUTC(at events.Millis) windows.Date {
	const day = 86_400_000
	return windows.Date((at - (at%day+day)%day) / day)
}
