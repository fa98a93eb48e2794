package state

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/windows"
)

// BenchmarkOrdersBetween reads the orders of one date of a seller whose orders of 60 dates are not saved, but for a half that is saved as it was
// before: what it costs is to follow the orders of that date, and not those of the others.
func BenchmarkOrdersBetween(b *testing.B) {
	for _, n := range []int{10, 1000, 4000} { // a date
		b.Run(fmt.Sprintf("orders=%d/dates=60", n), func(b *testing.B) {
			db := open(b, Options{Directory: b.TempDir()})
			s := newStore(partition(b, db, 0))
			defer func() { _, _ = s.Partition.Close(), db.Close() }()
			seller, err := s.Seller("seller", 100)
			if err != nil {
				b.Fatal(err)
			}
			put := func(from int) {
				for i := from; i < 60*n; i++ {
					o, err := s.Order(seller, fmt.Sprint(i))
					if err != nil {
						b.Fatal(err)
					}
					s.PutRow(seller, o, windows.Date(i%60), []byte("row"))
				}
			}
			put(30 * n)
			s.Take(Clock{})
			if err := s.Checkpoint(Saved{Position: 1}); err != nil {
				b.Fatal(err)
			}
			put(0)
			b.ReportAllocs()
			for b.Loop() {
				got := 0
				err := s.OrdersBetween(seller, 30, 30, false, func(windows.Date, string, []byte) (bool, error) {
					got++
					return true, nil
				})
				if got != n || err != nil {
					b.Fatal(got, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/order")
		})
	}
}
