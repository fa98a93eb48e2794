package pages

import (
	"html/template"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
)

// forecastDays is how far the days to come are told.
const forecastDays = 30

// forecast is what days to come bring under a rule if nothing else happens.
type forecast struct {
	Says, Due   string
	Strip       template.HTML // a field a day
	First, Last string
	Days        []forecastRow // on which something changes
}

// forecastRow is a day to come.
type forecastRow struct{ Day, Misses, Denominator, Rate, State, Class string }

// forecast tells of a rule's days to come; nil where there are none.
func (w *words) forecast(a *question, all *inspect.Forecast) *forecast {
	for i := range all.Rules {
		if r := &all.Rules[i]; r.Rule == a.rule.Rule && inspect.SamePart(r.Part, a.rule.Part) && len(r.Days) > 0 {
			return w.forecastOf(a.metric, r.Days)
		}
	}
	return nil
}

func (w *words) forecastOf(metric *rules.Metric, days []inspect.ForecastDay) *forecast {
	f := &forecast{First: days[0].Day.String(), Last: days[len(days)-1].Day.String()}
	f.Says = w.becomes(days, func(d *inspect.ForecastDay) string { return d.State })
	var fields []part
	for i := range days {
		d := &days[i]
		state := stateOf(d.State)
		fields = append(fields, part{stateClasses[state], 1})
		if i == 0 || len(d.Leaves)+len(d.Enters) > 0 {
			f.Days = append(f.Days, forecastRow{
				d.Day.String(), w.count(misses(metric, d.Numerator, d.Denominator)), w.count(d.Denominator), w.rate(d.Numerator, d.Denominator),
				w.t(stateNames[state]), stateClasses[state],
			})
		}
		if d.WithDue.State != d.State && f.Due == "" {
			f.Due = w.t("If all that falls due by then is missed too: %s on %s.", w.t(stateNames[stateOf(d.WithDue.State)]), d.Day.String())
		}
	}
	f.Strip = stack(f.Says, fields...)
	return f
}

// becomes says what state there is, and which comes next and when.
func (w *words) becomes(days []inspect.ForecastDay, stateIn func(*inspect.ForecastDay) string) string {
	now := stateIn(&days[0])
	for i := range days {
		if next := stateIn(&days[i]); next != now {
			return w.t("%s now, %s from %s on.", w.t(stateNames[stateOf(now)]), w.t(stateNames[stateOf(next)]), days[i].Day.String())
		}
	}
	return w.t("%s now, and for the %s days to come.", w.t(stateNames[stateOf(now)]), w.count(int64(len(days)-1)))
}
