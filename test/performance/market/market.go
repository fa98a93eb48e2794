// Package market makes up the events that performance is measured with: a marketplace of any number of sellers, with every kind of event,
// shaped alike whatever its size, so that figures of different sizes can be compared.
//
// It leaves encoding, sending and pacing to its callers.
//
// Invariant: the events are a function of the options alone.
package market

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"sellerpulse/pkg/events"
)

const (
	hour events.Millis = 3_600_000
	day                = 24 * hour
)

// Days is how long a marketplace is looked at: orders are placed all the time, and what happens to them later is left out, so that the last days
// are as busy as those before. It is longer than orders are kept by default.
const Days = 150

// Options say which marketplace to make up.
type Options struct {
	Seed    uint64
	Sellers int
	Orders  float64       // of a seller, on average
	Skew    float64       // of Zipf's law, by which orders fall on sellers; 0 gives each the same number
	Start   events.Millis // of the first day
	OneDay  bool          // all orders are placed on the first day, and nothing else happens to them
}

// Seller is the id of the seller of this number.
func Seller(number int) string { return fmt.Sprintf("S%07d", number) }

// Events yields the events, seller by seller and order by order, which are not in the order of their times. Nearly six are of one order. An
// event may be kept.
func (o Options) Events() iter.Seq2[int, *events.Event] {
	return func(yield func(seller int, e *events.Event) bool) {
		m := &maker{Rand: rand.New(rand.NewPCG(o.Seed, 0)), start: o.Start}
		for number, orders := range o.orders() {
			m.seller, m.carelessness = Seller(number), carelessness[m.IntN(len(carelessness))]
			for i := range orders {
				m.made = m.made[:0]
				m.order = fmt.Sprintf("%s-%05d", m.seller, i)
				m.place(o.OneDay)
				for _, e := range m.made {
					if e.OccurredAt < o.Start+Days*day && !yield(number, e) {
						return
					}
				}
			}
		}
	}
}

// orders yields how many orders each seller has, whose mean is Orders; with a skew each has one at least.
func (o Options) orders() iter.Seq2[int, int] {
	return func(yield func(seller, orders int) bool) {
		total := 0.0
		for i := range o.Sellers {
			total += math.Pow(float64(i+1), -o.Skew)
		}
		all := float64(o.Sellers) * o.Orders
		for i := range o.Sellers {
			n := int(float64(i+1)*o.Orders) - int(float64(i)*o.Orders)
			if o.Skew > 0 {
				n = max(1, int(math.Round(all*math.Pow(float64(i+1), -o.Skew)/total)))
			}
			if !yield(i, n) {
				return
			}
		}
	}
}
