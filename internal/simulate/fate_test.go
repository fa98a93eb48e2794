package simulate

import (
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// ledger holds every order of a history, by seller.
type ledger map[string]map[string]*windows.Order

func (l ledger) apply(e *events.Event) {
	orders := l[e.SellerID]
	if orders == nil {
		orders = map[string]*windows.Order{}
		l[e.SellerID] = orders
	}
	order := orders[e.OrderID]
	if order == nil {
		order = new(windows.Order)
		order.Reset()
		orders[e.OrderID] = order
	}
	order.Apply(e, windows.NoOffset)
}

// follow keeps the books of a history, and has them looked at on some days, ascending and counted from Now.
func follow(m *Marketplace, look func(l ledger, asOf float64), days ...float64) {
	l := ledger{}
	for e := range m.History() {
		for len(days) > 0 && float64(e.OccurredAt-now) >= days[0]*float64(day) {
			look(l, days[0])
			days = days[1:]
		}
		l.apply(&e)
	}
	for _, asOf := range days {
		look(l, asOf)
	}
}

// books are those of a whole history.
func books(m *Marketplace) (all ledger) {
	follow(m, func(l ledger, _ float64) { all = l }, 0)
	return all
}

// count adds up the facts, as of a day, of the orders placed between two days; of one channel, or of both if it is 0.
func (l ledger) count(seller string, asOf, from, to float64, channel events.Channel) (sum windows.Counts) {
	for _, order := range l[seller] {
		placed := float64(order.OrderDate-now) / float64(day)
		if placed < from || placed >= to || channel != 0 && order.Channel != channel {
			continue
		}
		facts := order.Facts(now + events.Millis(asOf*float64(day)))
		sum.Add(&facts)
	}
	return sum
}

// rate is that of two counts, and 0 without a denominator.
func rate(counts windows.Counts, numerator, denominator windows.Measure) float64 {
	return float64(counts[numerator]) / float64(max(1, counts[denominator]))
}

const (
	mfn  = events.MFN
	both = events.Channel(0)
)

func (l ledger) defectRate(seller string, asOf float64) float64 { // of 60 days, 30 days later
	return rate(l.count(seller, asOf, asOf-90, asOf-30, both), windows.Defective, windows.Orders)
}

func (l ledger) lateRate(seller string, asOf float64) float64 { // of 10 days
	return rate(l.count(seller, asOf, asOf-10, asOf, mfn), windows.LateShipped, windows.Orders)
}

func (l ledger) onTimeRate(seller string, asOf float64) float64 { // of 30 days, 10 days later
	return rate(l.count(seller, asOf, asOf-40, asOf-10, mfn), windows.ShipmentsOnTime, windows.ShipmentsSettled)
}

func (l ledger) cancellationRate(seller string, asOf float64) float64 { // of 7 days
	return rate(l.count(seller, asOf, asOf-7, asOf, mfn), windows.SellerCancelled, windows.Orders)
}

// eachSeed runs a test on histories of several seeds, in which the first seller of each fate is the one with its number.
func eachSeed(t *testing.T, test func(t *testing.T, m *Marketplace)) {
	for seed := range uint64(3) {
		test(t, New(Options{Seed: seed, Sellers: len(courses), Now: now}))
	}
}

// below and above complain about a rate that is on the wrong side of a limit.
func below(t *testing.T, what string, rate, limit float64) {
	t.Helper()
	if rate >= limit {
		t.Errorf("%s is %.4f, want below %v", what, rate, limit)
	}
}

func above(t *testing.T, what string, rate, limit float64) {
	t.Helper()
	if rate <= limit {
		t.Errorf("%s is %.4f, want above %v", what, rate, limit)
	}
}

func TestHealthy(t *testing.T) {
	const seller = "healthy-001"
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		follow(m, func(l ledger, asOf float64) {
			below(t, "defect rate", l.defectRate(seller, asOf), 0.01)
			below(t, "late shipment rate", l.lateRate(seller, asOf), 0.04)
			below(t, "cancellation rate", l.cancellationRate(seller, asOf), 0.025)
			above(t, "on-time rate", l.onTimeRate(seller, asOf), 0.97)
			tracked := rate(l.count(seller, asOf, asOf-40, asOf-10, mfn), windows.ShipmentsValidTracking, windows.ShipmentsConfirmed)
			above(t, "valid tracking rate", tracked, 0.95)
		}, -60, -50, -40, -30, -20, -10, 0)
	})
}

func TestDecaying(t *testing.T) {
	const seller = "decaying-002"
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		follow(m, func(l ledger, asOf float64) {
			if asOf < 0 {
				below(t, "defect rate 40 days ago", l.defectRate(seller, asOf), 0.01)
			} else {
				above(t, "defect rate now", l.defectRate(seller, asOf), 0.01)
			}
		}, -40, 0)
	})
}

func TestStrike(t *testing.T) {
	const seller = "strike-003"
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		follow(m, func(l ledger, asOf float64) {
			switch asOf {
			case -60:
				below(t, "late shipment rate before the strike", l.lateRate(seller, asOf), 0.04)
			case -54:
				above(t, "late shipment rate in the strike", l.lateRate(seller, asOf), 0.04)
			case -40:
				below(t, "on-time rate after the strike", l.onTimeRate(seller, asOf), 0.97)
			case -10:
				below(t, "late shipment rate when over", l.lateRate(seller, asOf), 0.04)
				above(t, "on-time rate when over", l.onTimeRate(seller, asOf), 0.97)
			case 0:
				above(t, "late shipment rate in the next strike", l.lateRate(seller, asOf), 0.04)
			}
		}, -60, -54, -40, -10, 0)
	})
}

func TestBadLine(t *testing.T) {
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		l := books(m)
		above(t, "defect rate", l.defectRate("bad-line-004", 0), 0.01)
		lines := map[string]bool{}
		for _, order := range l["bad-line-004"] {
			facts := order.Facts(now)
			if facts[windows.NegativeFeedback]+facts[windows.Claim]+facts[windows.Chargeback] > 0 {
				for _, item := range order.Items {
					lines[item.ProductLine] = true
				}
			}
		}
		if len(lines) != 1 {
			t.Errorf("the lines with complaints are %v", lines)
		}
	})
}

func TestRecovering(t *testing.T) {
	const seller = "recovering-005"
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		follow(m, func(l ledger, asOf float64) {
			switch asOf {
			case -90:
				above(t, "cancellation rate 90 days ago", l.cancellationRate(seller, asOf), 0.025)
			case -30:
				above(t, "defect rate 30 days ago", l.defectRate(seller, asOf), 0.01)
			case 0:
				below(t, "defect rate now", l.defectRate(seller, asOf), 0.01)
				below(t, "cancellation rate now", l.cancellationRate(seller, asOf), 0.025)
			}
		}, -90, -30, 0)
	})
}

func TestTiny(t *testing.T) {
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		l := books(m)
		counts := l.count("tiny-006", 0, -90, -30, both)
		if counts[windows.Defective] != 1 || counts[windows.Orders] > 30 {
			t.Errorf("%d of %d orders are defective", counts[windows.Defective], counts[windows.Orders])
		}
		if orders := len(l["tiny-006"]); orders < 10 || orders > 60 {
			t.Errorf("the tiny seller has %d orders in 120 days", orders)
		}
	})
}

// A newcomer who looks at the last days sees contractual rules break, whatever the seed.
func TestBreachesInTheLastDays(t *testing.T) {
	eachSeed(t, func(t *testing.T, m *Marketplace) {
		before, fresh := map[string]bool{}, 0
		follow(m, func(l ledger, asOf float64) {
			for _, seller := range m.Sellers() {
				breached := l.defectRate(seller, asOf) >= 0.01 || l.lateRate(seller, asOf) >= 0.04
				if asOf == 0 && breached && !before[seller] {
					fresh++
				}
				before[seller] = breached
			}
		}, -5, 0)
		if fresh == 0 {
			t.Error("no seller came into breach")
		}
	})
}
