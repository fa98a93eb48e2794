package inspect

import (
	"errors"
	"fmt"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

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

// eachCell gives each cell of the buckets of a span, by date.
func (p *Partition) eachCell(span state.Span, yield func(windows.Date, *windows.Cell)) error {
	return p.eachBucket(span, func(date windows.Date, _ uint16, bucket windows.Bucket) error {
		return p.plan.Program.Cells(bucket, func(c *windows.Cell) { yield(date, c) })
	})
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
