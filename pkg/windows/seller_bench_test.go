package windows

import (
	"fmt"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// benchSeller is a seller who sold the same n orders, each of a few of so many product lines, on each of the last 60 days.
func benchSeller(b *testing.B, n, lines int) (*Seller, []string) {
	b.Helper()
	var names []string
	for i := range lines {
		names = append(names, fmt.Sprintf("product line %d", i))
	}
	slices.Sort(names)
	one := benchLayout().NewSeller(1000)
	for i := range n {
		counts := sumsOf(map[Measure]int32{Orders: 1, ShipmentsConfirmed: 1, ShipmentsValidTracking: 1})
		counts[i%int(NumMeasures)]++
		first := i * 7 % lines
		benchChange(b, one, 1000, events.AFN+events.Channel(i%2), names[first:min(first+1+i%3, lines)], counts)
	}
	s := benchLayout().NewSeller(1000)
	for date := Date(941); date <= 1000; date++ {
		for i, d := range one.days.list {
			s.Load(date, d.part, one.days.bucket(i))
		}
	}
	return s, names
}

// BenchmarkChange changes the counts of an order and takes them back: of one product line among four, among 3,200, and of all 3,200.
func BenchmarkChange(b *testing.B) {
	for _, c := range []struct {
		name           string
		orders, lines  int
		changed        int
		delta, another Sums
	}{
		{"line=1/of=4/kept", 100, 4, 1, sumsOf(map[Measure]int32{LateShipped: 1}), sumsOf(map[Measure]int32{LateShipped: -1})},
		{"line=1/of=4/longer", 100, 4, 1, sumsOf(map[Measure]int32{LateShipped: 1000}), sumsOf(map[Measure]int32{LateShipped: -1000})},
		{"line=1/of=3200", 3200, 3200, 1, sumsOf(map[Measure]int32{LateShipped: 1}), sumsOf(map[Measure]int32{LateShipped: -1})},
		{"line=3200/of=3200", 3200, 3200, 3200, sumsOf(map[Measure]int32{LateShipped: 1}), sumsOf(map[Measure]int32{LateShipped: -1})},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, names := benchSeller(b, c.orders, c.lines)
			from := (c.lines - c.changed) / 2
			lines := names[from : from+c.changed]
			b.ReportAllocs()
			for b.Loop() {
				benchChange(b, s, 990, events.MFN, lines, c.delta)
				benchChange(b, s, 990, events.MFN, lines, c.another)
			}
		})
	}
}

// BenchmarkSlide moves the windows of a seller on by a day, on which orders of a few dates enter and leave them, or none does.
func BenchmarkSlide(b *testing.B) {
	for _, c := range []struct {
		name string
		days []Date // before today that have orders
	}{{"none", []Date{45, 46, 47, 48}}, {"one", []Date{6, 14, 24, 50}}, {"all", nil}} {
		b.Run(c.name, func(b *testing.B) {
			s := benchLayout().NewSeller(1000)
			for _, day := range c.days {
				benchChange(b, s, 1000-day, events.MFN, []string{"books"}, sumsOf(map[Measure]int32{Orders: 1, ShipmentsConfirmed: 1}))
			}
			if c.days == nil {
				s, _ = benchSeller(b, 20, 4)
			}
			sums := slices.Clone(s.groups[0].sums)
			for b.Loop() {
				s.Slide(1001)
				s.today = 1000
				copy(s.groups[0].sums, sums)
			}
		})
	}
}

// BenchmarkLines adds up the product lines of 60 days, as a report does.
func BenchmarkLines(b *testing.B) {
	for _, lines := range []int{4, 3300} {
		b.Run(fmt.Sprintf("lines=%d/days=60", lines), func(b *testing.B) {
			s, _ := benchSeller(b, lines, lines)
			b.ReportAllocs()
			for b.Loop() {
				if n := len(s.Lines(941, 1000)); n != lines {
					b.Fatalf("%d lines", n)
				}
			}
		})
	}
}

// BenchmarkLoad makes a seller of its stored buckets, and tells what it holds.
func BenchmarkLoad(b *testing.B) {
	for _, days := range []Date{4, 60} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			s := benchLayout().NewSeller(1000)
			for day := range days {
				benchChange(b, s, 1000-day, events.MFN, []string{"books"}, sumsOf(map[Measure]int32{Orders: 1, ShipmentsConfirmed: 1, ShipmentsValidTracking: 1}))
			}
			var buckets []Bucket
			s.Flush(func(_ Date, _ uint16, bucket Bucket) { buckets = append(buckets, slices.Clone(bucket)) })
			layout := benchLayout()
			b.ReportAllocs()
			for b.Loop() {
				s = layout.NewSeller(1000)
				for i, bucket := range buckets {
					if err := layout.program.CheckBucket(bucket); err != nil {
						b.Fatal(err)
					}
					s.Load(1000-days+1+Date(i), 0, bucket)
				}
			}
			b.ReportMetric(float64(s.Size()), "B/seller")
		})
	}
}

// benchLayout sums what the built-in rules compare.
func benchLayout() *Layout {
	var terms []Term
	add := func(days, lag int32, channel events.Channel, measures ...Measure) {
		for _, m := range measures {
			terms = append(terms, Term{Window: Window{Count: days, Lag: lag}, Channel: channel, Measure: int(m)})
		}
	}
	add(60, 30, 0, Defective, Orders)
	add(60, 0, 0, Defective, Orders)
	add(7, 0, events.MFN, SellerCancelled, Orders)
	add(10, 0, events.MFN, LateShipped, Orders)
	add(30, 0, events.MFN, LateShipped, Orders)
	add(30, 10, events.MFN, ShipmentsValidTracking, ShipmentsConfirmed, ShipmentsOnTime, ShipmentsSettled)
	add(30, 0, 0, ReturnsNegative, ReturnsRequested)
	return NewLayout(linesProgram(), terms)
}

func benchChange(b *testing.B, s *Seller, date Date, channel events.Channel, lines []string, delta Sums) {
	if err := s.Change(date, &Attributes{Channel: channel, Lines: lines}, delta); err != nil {
		b.Fatal(err)
	}
}
