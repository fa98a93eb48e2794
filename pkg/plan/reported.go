package plan

import (
	"cmp"
	"slices"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Reported is a metric that reports give, of all orders, and the windows over which they do.
type Reported struct {
	*rules.Metric
	Rate    Rate
	Windows []windows.Window
}

// reportedDays is the window of a metric of which there is no rule.
const reportedDays = 60

// reports counts the metrics of a set for reports.
func (p *Plan) reports(set *rules.Set) {
	for _, m := range set.Metrics() {
		of := p.rateOf(m, &rules.Where{}, windows.Filter{}, windows.NoField)
		r := Reported{Metric: m, Rate: p.rate(m, windows.Filter{}, of, 0, reported)}
		for _, v := range set.Versions() {
			for _, c := range v.Windows {
				w := windows.Window{Count: c.Window.Count, Every: c.Window.Every}
				if v.Metric == m && !slices.Contains(r.Windows, w) {
					r.Windows = append(r.Windows, w)
				}
			}
		}
		slices.SortFunc(r.Windows, func(a, b windows.Window) int {
			return cmp.Or(cmp.Compare(a.Every.String(), b.Every.String()), cmp.Compare(a.Count, b.Count))
		})
		p.Metrics = append(p.Metrics, r)
	}
}

// Over is the windows over which reports give a metric, where counts are kept for some days: those of its rules without their lag, by days, months and
// weeks and then by length; 60 days where there is no rule.
func (r *Reported) Over(days int32) []windows.Window {
	if len(r.Windows) > 0 {
		return r.Windows
	}
	return []windows.Window{{Count: min(reportedDays, days)}}
}
