package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// day is what a seller's orders of a date add up to, by channel: AFN, MFN.
type day struct {
	date   windows.Date
	totals [2]windows.Sums
}

// days are the dates that have counts, the oldest first.
type days []day

// find is the index of the first date from one on.
func (d days) find(from windows.Date) int {
	i, _ := slices.BinarySearchFunc(d, from, func(one day, date windows.Date) int { return int(one.date - date) })
	return i
}

// between adds up the dates from one to another, both inclusive.
func (p *Partition) between(d days, from, to windows.Date) (totals [2]windows.Sums) {
	totals = [2]windows.Sums{p.plan.Program.Sums(), p.plan.Program.Sums()}
	for i := d.find(from); i < len(d) && d[i].date <= to; i++ {
		totals[0].Add(d[i].totals[0])
		totals[1].Add(d[i].totals[1])
	}
	return totals
}

// counter counts a metric's numerator and denominator, which are measures, among the orders of a channel.
type counter struct {
	numerator, denominator int
	channel                rules.Channel
}

// counterOf counts a metric among all orders; false for one that is of no pack here.
func (p *Partition) counterOf(m *rules.Metric) (counter, bool) {
	for i := range p.plan.Metrics {
		if r := &p.plan.Metrics[i]; r.Metric == m {
			return counter{r.Rate.Numerator, r.Rate.Denominator, m.Channel}, true
		}
	}
	return counter{}, false
}

// counterOfRule counts what a rule does.
func counterOfRule(r *plan.Version) counter {
	channel := rules.AllChannels
	for c := range rules.NumChannels {
		if r.Rate.Channel != 0 && c.Of() == r.Rate.Channel {
			channel = c
		}
	}
	return counter{r.Rate.Numerator, r.Rate.Denominator, channel}
}

// of counts among totals by channel.
func (c *counter) of(totals *[2]windows.Sums) (numerator, denominator int64) {
	return windows.SumOf(totals, c.channel.Of(), c.numerator), windows.SumOf(totals, c.channel.Of(), c.denominator)
}

// between counts among the orders of the dates from one to another.
func (c *counter) between(d days, from, to windows.Date) (numerator, denominator int64) {
	for i := d.find(from); i < len(d) && d[i].date <= to; i++ {
		n, m := c.of(&d[i].totals)
		numerator, denominator = numerator+n, denominator+m
	}
	return numerator, denominator
}

// eachBucket gives each part of the buckets of a span, by date, then by part.
func (p *Partition) eachBucket(span state.Span, yield func(date windows.Date, part uint16, bucket windows.Bucket) error) (err error) {
	c, err := p.reader.ReadBuckets(span)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for {
		more, err := c.Next()
		if err != nil || !more {
			return err
		}
		if err := yield(c.Date, c.Part, windows.Bucket(c.Value)); err != nil {
			return fmt.Errorf("read orders of %v: %w", c.Date, err)
		}
	}
}

// days adds up the orders of each date of a span; with a product line, those that have an item of that line.
func (p *Partition) days(span state.Span, line *string) (days, error) {
	return p.daysOf(span, func(c *windows.Cell) bool {
		if line == nil {
			return c.Total
		}
		return c.Field == windows.LineField && !c.NoItems && c.Value == *line
	})
}

// partDays adds up the orders of each date that are of a part.
func (p *Partition) partDays(span state.Span, part windows.Part) (days, error) {
	return p.daysOf(span, func(c *windows.Cell) bool {
		switch part.Field {
		case windows.NoField:
			return c.Total
		case windows.ChannelField:
			return c.Total && c.Channel.String() == part.Value
		default:
			return c.Field == part.Field && c.Value == part.Value
		}
	})
}

// daysOf adds up the cells of each date of a span that are wanted.
func (p *Partition) daysOf(span state.Span, wanted func(*windows.Cell) bool) (all days, err error) {
	program := p.plan.Program
	err = p.eachBucket(span, func(date windows.Date, _ uint16, bucket windows.Bucket) error {
		var totals *[2]windows.Sums
		err := program.Cells(bucket, func(c *windows.Cell) {
			if !wanted(c) {
				return
			}
			if totals == nil {
				totals = &[2]windows.Sums{program.Sums(), program.Sums()}
			}
			totals[c.Channel-events.AFN].Add(c.Sums)
		})
		if totals != nil {
			all = all.with(date, totals)
		}
		return err
	})
	return all, err
}

// with adds totals of a date that is not before the last.
func (d days) with(date windows.Date, totals *[2]windows.Sums) days {
	if totals[0].Zero() && totals[1].Zero() {
		return d
	}
	if n := len(d); n == 0 || d[n-1].date != date {
		return append(d, day{date, *totals})
	}
	last := &d[len(d)-1].totals
	last[0].Add(totals[0])
	last[1].Add(totals[1])
	return d
}

// eachLine gives each cell of a part of a bucket that is of a product line: the line, which is valid during the call, the channel's place among
// totals, and the counts.
func (p *Partition) eachLine(bucket windows.Bucket, yield func(line string, channel int, sums windows.Sums)) error {
	return p.plan.Program.Cells(bucket, func(c *windows.Cell) {
		if c.Field == windows.LineField && !c.NoItems {
			yield(c.Value, int(c.Channel-events.AFN), c.Sums)
		}
	})
}

// sum adds up the orders of a span, all together and by product line. Of lines beyond those that may be compared it tells that there are
// any.
func (p *Partition) sum(span state.Span) (sums *outputs.Span, cut bool, err error) {
	program := p.plan.Program
	sums = &outputs.Span{
		Window: windows.Window{Count: int32(span.To-span.From) + 1}, From: span.From, To: span.To,
		Totals: [2]windows.Sums{program.Sums(), program.Sums()}, Lines: map[string]*[2]windows.Sums{},
	}
	err = p.eachBucket(span, func(_ windows.Date, part uint16, bucket windows.Bucket) error {
		if part == 0 {
			totals, err := program.Totals(bucket)
			if err != nil {
				return err
			}
			sums.Totals[0].Add(totals[0])
			sums.Totals[1].Add(totals[1])
		}
		return p.eachLine(bucket, func(line string, channel int, counts windows.Sums) {
			of := sums.Lines[line]
			if of == nil && len(sums.Lines) >= p.options.MaxLines {
				cut = true
				return
			}
			if of == nil {
				of = &[2]windows.Sums{program.Sums(), program.Sums()}
				sums.Lines[strings.Clone(line)] = of
			}
			of[channel].Add(counts)
		})
	})
	return sums, cut, err
}
