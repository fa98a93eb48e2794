package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
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

// counter counts a metric's numerator and denominator among the orders of a channel.
type counter struct {
	numerator, denominator windows.Measure
	channel                rules.Channel
}

func counterOf(m *rules.Metric, channel rules.Channel) counter {
	numerator, denominator := m.Measures()
	return counter{numerator, denominator, channel}
}

// of counts among totals by channel.
func (c *counter) of(totals *[2]windows.Sums) (numerator, denominator int64) {
	return windows.SumOf(totals, c.channel.Of(), int(c.numerator)), windows.SumOf(totals, c.channel.Of(), int(c.denominator))
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

// days adds up the orders of each date of a span; with a product line, those of that line.
func (p *Partition) days(span state.Span, line *string) (all days, err error) {
	err = p.eachBucket(span, func(date windows.Date, part uint16, bucket windows.Bucket) error {
		var totals [2]windows.Sums
		var err error
		switch {
		case line != nil:
			totals, err = p.lineTotals(bucket, *line)
		case part == 0:
			totals, err = p.plan.Program.Totals(bucket)
		default:
			return nil // The totals are in the first part.
		}
		all = all.with(date, &totals)
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

// lineTotals is what a part of a bucket has of a product line.
func (p *Partition) lineTotals(bucket windows.Bucket, line string) (totals [2]windows.Sums, err error) {
	totals = [2]windows.Sums{p.plan.Program.Sums(), p.plan.Program.Sums()}
	err = p.eachLine(bucket, func(name string, channel int, sums windows.Sums) {
		if name == line {
			totals[channel].Add(sums)
		}
	})
	return totals, err
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
