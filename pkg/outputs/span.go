package outputs

import (
	"cmp"
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

// ListLines chooses the product lines with orders that are listed, in the order of their names: the MaxProductLines with the most orders, of equal
// ones those whose names come first. It counts those that it omits.
func (s *Span) ListLines() (listed []string, omitted int64) {
	for line := range s.Lines {
		if s.orders(line) > 0 {
			listed = append(listed, line)
		}
	}
	if len(listed) > MaxProductLines {
		slices.SortFunc(listed, func(a, b string) int { return cmp.Or(cmp.Compare(s.orders(b), s.orders(a)), cmp.Compare(a, b)) })
		omitted = int64(len(listed) - MaxProductLines)
		listed = listed[:MaxProductLines]
	}
	slices.Sort(listed)
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

// Report appends the numbers of a metric: of all product lines together, then of each that is listed and has orders; of each channel, ALL, MFN
// and AFN.
func (s *Span) Report(dst []MetricReport, m *rules.Metric, listed []string) []MetricReport {
	dst = s.report(dst, m, nil, &s.Totals)
	for _, line := range listed {
		if s.orders(line) > 0 {
			dst = s.report(dst, m, &line, s.Lines[line])
		}
	}
	return dst
}

func (s *Span) report(dst []MetricReport, m *rules.Metric, line *string, sums *[2]windows.Sums) []MetricReport {
	numerator, denominator := m.Measures()
	for _, channel := range [...]rules.Channel{rules.AllChannels, rules.MFN, rules.AFN} {
		dst = append(dst, MetricReport{
			Metric: m.Name, Channel: channel, ProductLine: line, Window: s.Window, From: s.From, To: s.To,
			Numerator: windows.SumOf(sums, channel.Of(), int(numerator)), Denominator: windows.SumOf(sums, channel.Of(), int(denominator)),
		})
	}
	return dst
}
