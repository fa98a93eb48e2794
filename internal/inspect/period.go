package inspect

import (
	"fmt"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// Period is a seller's numbers over order dates, both inclusive.
type Period struct {
	Head
	From    windows.Date    `json:"from"`
	To      windows.Date    `json:"to"`
	Metrics []MetricNumbers `json:"metrics"` // by metric, then all product lines together and each by name, then by channel: ALL, MFN, AFN

	// ProductLinesOmitted is how many product lines have orders in the period beyond the 200 that are listed: those with the most orders, of
	// equal ones those whose names come first.
	ProductLinesOmitted int64 `json:"product_lines_omitted"`
	// ProductLinesCut is whether there are more lines than are compared, of which nothing is told.
	ProductLinesCut bool `json:"product_lines_cut"`
}

// MetricNumbers are a seller's numbers in a metric.
type MetricNumbers struct {
	Metric      string  `json:"metric"`
	Channel     string  `json:"channel"`
	ProductLine *string `json:"product_line"` // null for all lines together
	Numbers
}

// Period tells a seller's numbers over the order dates from one to another. Where these are the window of a report, they are those of the report.
func (p *Partition) Period(seller string, from, to windows.Date) (*Period, error) {
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	span, err := head.countedSpan(from, to)
	if err != nil {
		return nil, err
	}
	sums, cut, err := p.sum(span)
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	answer := &Period{Head: head, From: from, To: to, ProductLinesCut: cut}
	listed, omitted := sums.ListLines(sums)
	answer.ProductLinesOmitted = omitted
	var all []outputs.MetricReport
	for i := range p.plan.Metrics {
		m := &p.plan.Metrics[i]
		all = sums.Report(all, m.FullName(), m.Rate.Numerator, m.Rate.Denominator, listed)
	}
	for i := range all {
		m := &all[i]
		answer.Metrics = append(answer.Metrics, MetricNumbers{
			Metric: m.Metric, Channel: m.Channel.String(), ProductLine: m.ProductLine, Numbers: numbersOf(m.Numerator, m.Denominator),
		})
	}
	return answer, nil
}
