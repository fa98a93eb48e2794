package outputs

import (
	"cmp"
	"maps"
	"slices"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Span is what a seller's orders of a window add up to, all together and by product line; each by channel: AFN, MFN.
type Span struct {
	Window   windows.Window
	From, To windows.Date // the order dates of the window, both inclusive

	Totals [2]windows.Sums
	Lines  map[string]*[2]windows.Sums
}

// ListLines chooses the product lines with orders in any of some spans that are listed, in the order of their names: the MaxProductLines with the most
// orders in this one, of equal ones those whose names come first. It counts those that it omits.
func (s *Span) ListLines(spans ...*Span) (listed []string, omitted int64) {
	return s.ListMost(MaxProductLines, spans...)
}

// ListMost is ListLines, for so many lines.
func (s *Span) ListMost(most int, spans ...*Span) (listed []string, omitted int64) {
	lines := map[string]bool{}
	for _, of := range spans {
		for line := range of.Lines {
			if of.orders(line) > 0 {
				lines[line] = true
			}
		}
	}
	listed = slices.Sorted(maps.Keys(lines))
	if len(listed) > most {
		slices.SortStableFunc(listed, func(a, b string) int { return cmp.Compare(s.orders(b), s.orders(a)) })
		omitted = int64(len(listed) - most)
		listed = listed[:most]
		slices.Sort(listed)
	}
	return listed, omitted
}

// orders is how many orders there are of a product line.
func (s *Span) orders(line string) int64 {
	sums := s.Lines[line]
	if sums == nil {
		return 0
	}
	return windows.SumOf(sums, 0, int(windows.Orders))
}

// Report appends the numbers of a metric, which are two measures: of all product lines together, then of each that is listed and has orders; of each
// channel, ALL, MFN and AFN.
func (s *Span) Report(dst []MetricReport, metric string, numerator, denominator int, listed []string) []MetricReport {
	dst = s.report(dst, metric, numerator, denominator, nil, &s.Totals)
	for _, line := range listed {
		if s.orders(line) > 0 {
			dst = s.report(dst, metric, numerator, denominator, &line, s.Lines[line])
		}
	}
	return dst
}

func (s *Span) report(dst []MetricReport, metric string, numerator, denominator int, line *string, sums *[2]windows.Sums) []MetricReport {
	for _, channel := range [...]rules.Channel{rules.AllChannels, rules.MFN, rules.AFN} {
		dst = append(dst, MetricReport{
			Metric: metric, Channel: channel, ProductLine: line, Window: s.Window, From: s.From, To: s.To,
			Numerator: windows.SumOf(sums, channel.Of(), numerator), Denominator: windows.SumOf(sums, channel.Of(), denominator),
		})
	}
	return dst
}
