package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"sellerpulse/pkg/rules"
)

// metricIs expects numbers of a seller's metric.
type metricIs struct {
	seller, metric string
	days           string // of its window, such as 10d; empty where there is but one
	channel        string
	line           *string
	ratio          ratio
	unreported     bool
}

var daysPattern = regexp.MustCompile(`^[0-9]+d$`)

// parseMetric reads [10d] [MFN] [line LINE] N/D, or "unreported" instead of the numbers, of a metric that is built in or not.
func parseMetric(w *words, seller, name string, builtIn *rules.Metric) (expectation, error) {
	e := metricIs{seller: seller, metric: name, channel: rules.AllChannels.String()}
	if builtIn != nil {
		e.channel = builtIn.Channel.String()
	}
	if daysPattern.MatchString(w.peek()) {
		e.days, _ = w.next("")
	}
	for _, channel := range []rules.Channel{rules.AllChannels, rules.AFN, rules.MFN} {
		if w.take(channel.String()) {
			e.channel = channel.String()
		}
	}
	if w.take("line") {
		line, err := w.next("the product line")
		if err != nil {
			return nil, err
		}
		e.line = &line
	}
	if e.unreported = w.take("unreported"); e.unreported {
		return e, nil
	}
	var err error
	e.ratio, err = readRatio(w)
	return e, err
}

func (e metricIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	found, days := "unreported", []string{}
	for _, m := range report.list("metrics") {
		if m.text("metric") != e.metric {
			continue
		}
		if window := m.in("window").optional("days") + "d"; !slices.Contains(days, window) {
			days = append(days, window)
		}
		if e.is(m) {
			found = m.ratio().String()
		}
	}
	if e.days == "" && len(days) > 1 || e.days != "" && !slices.Contains(days, e.days) {
		return fault{problem: unknown("the window of "+e.metric+",", e.days, days...).Error()}, nil
	}
	name := e.metric
	if len(days) > 0 {
		name += " " + cmp.Or(e.days, days[0])
	}
	name += " " + e.channel
	if e.line != nil {
		name += " line " + *e.line
	}
	want := e.ratio.String()
	if e.unreported {
		want = "unreported"
	}
	if found == want {
		return fault{}, nil
	}
	return fault{fmt.Sprintf("seller %s, %s: %s, not %s", e.seller, name, found, want), name + " " + want, name + " " + found}, nil
}

// is whether a row of a report is the one.
func (e metricIs) is(m fields) bool {
	line, ofLine := m["product_line"].(string)
	sameLine := e.line == nil && !ofLine || e.line != nil && ofLine && *e.line == line
	return sameLine && m.text("channel") == e.channel && (e.days == "" || m.in("window").optional("days")+"d" == e.days)
}
