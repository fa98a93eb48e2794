package outputs

import (
	"fmt"

	"sellerpulse/pkg/windows"
)

// DecodeStanding reads of a report where the seller stands, without the metrics, which are most of it: Metrics is nil and ProductLinesOmitted 0. The windows
// of its rules know their lag, which today tells: the day of the report. What follows the first metric is not looked at.
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

// standing reads up to the first metric. Metrics have no lag, so that the day is the last of its window.
func (d *valueReader) standing(r *Report) (today windows.Date) {
	d.reportRules(r)
	for i := range r.Rules {
		if to := r.Rules[i].To; i == 0 || to > today {
			today = to
		}
	}
	if d.Block() > 0 {
		today = d.metricReport().To
	}
	for i := range r.Rules {
		r.Rules[i].Window.Lag = int32(today - r.Rules[i].To)
	}
	return today
}
