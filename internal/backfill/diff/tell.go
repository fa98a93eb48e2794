package diff

import (
	"context"
	"fmt"
)

// tell hands out what differs and what moved, and counts it.
func (d *diff) tell(ctx context.Context, v *verdicts, each func(*Seller) error) (*Summary, error) {
	sum := &Summary{Different: int64(len(v.different)), Moving: int64(len(v.moving)), Definitions: d.table.definitions(), Shorter: d.table.shorter(), Lag: d.lag()}
	for _, s := range d.table.sellers {
		if s.sides[live].known || s.sides[candidate].known {
			sum.Sellers++
			sum.Alerts += int64(s.sides[live].count) + int64(s.sides[candidate].count)
		}
	}
	if d.o.Seller != "" && sum.Sellers == 0 {
		return nil, fmt.Errorf("neither the live state nor backfill %q has a seller %q: check the id", d.o.Name, d.o.Seller)
	}
	listed := 0
	hand := func(s *Seller) error {
		if d.o.Most > 0 && listed == d.o.Most {
			return nil
		}
		listed++
		return each(s)
	}
	for rest := v.different; len(rest) > 0; {
		var err error
		if rest, err = d.tellBatch(ctx, rest, sum, hand); err != nil {
			return nil, err
		}
	}
	if d.o.Seller != "" && len(v.different)+len(v.moving) == 0 {
		return sum, d.tellOrders(sum, hand)
	}
	for _, s := range v.moving {
		if err := hand(&Seller{ID: s.id, Moving: true, In: s.presence()}); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// tellBatch tells of as many of the sellers as have not too many alerts together, and returns the others.
func (d *diff) tellBatch(ctx context.Context, from []*seller, sum *Summary, hand func(*Seller) error) (rest []*seller, err error) {
	again, alerts, n := map[string]*seller{}, 0, 0
	for n < len(from) && alerts < d.o.BatchAlerts {
		if s := from[n]; alertsDiffer(s) {
			again[s.id] = s
			alerts += int(s.sides[live].count) + int(s.sides[candidate].count)
		}
		n++
	}
	held := map[string]*heldAlerts{}
	if len(again) > 0 {
		if held, err = d.readAlerts(ctx, again); err != nil {
			return nil, err
		}
	}
	for _, s := range from[:n] {
		told, err := d.sellerOf(s, held[s.id])
		if err != nil {
			return nil, err
		}
		sum.add(told)
		if err := hand(told); err != nil {
			return nil, err
		}
	}
	return from[n:], nil
}

// tellOrders tells of the orders of the seller that was asked for, which may differ even where no number of a window does.
func (d *diff) tellOrders(sum *Summary, hand func(*Seller) error) error {
	told, err := d.sellerOf(d.table.sellers[d.o.Seller], nil)
	if err != nil || len(told.Orders) == 0 {
		return err
	}
	sum.Different++
	sum.add(told)
	return hand(told)
}

// sellerOf is what differs of a seller.
func (d *diff) sellerOf(s *seller, alerts *heldAlerts) (*Seller, error) {
	told := &Seller{ID: s.id, In: s.presence(), Rules: d.table.rulesOf(s), Rates: ratesDiffer(s)}
	if alerts != nil {
		told.Alerts, told.Renumbered = alerts.match()
	}
	if d.o.Seller == "" {
		return told, nil
	}
	var err error
	told.Orders, err = d.ordersOf(s)
	return told, err
}

func (s *seller) presence() Presence { return presence(s.sides[live].known, s.sides[candidate].known) }

func (s *Summary) add(told *Seller) {
	s.Rules += int64(len(told.Rules))
	s.Renumbered += int64(told.Renumbered)
	s.Orders += int64(len(told.Orders))
	if told.Rates {
		s.Rates++
	}
	for i := range told.Alerts {
		switch a := &told.Alerts[i]; a.In() {
		case LiveOnly:
			s.AlertsLive++
		case CandidateOnly:
			s.AlertsCandidate++
		default:
			s.AlertsBoth++
		}
	}
	switch told.In {
	case LiveOnly:
		s.LiveOnly++
	case CandidateOnly:
		s.CandidateOnly++
	}
}

// In is which sides have the alert.
func (a *Alert) In() Presence { return presence(a.Live != nil, a.Candidate != nil) }
