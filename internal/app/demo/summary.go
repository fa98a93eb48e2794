package demo

import (
	"context"

	"sellerpulse/internal/app/follow"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Summary is what came of a demo.
type Summary struct {
	Events  int64
	Alerts  map[string]map[outputs.AlertKind]int // by rule
	Sellers map[string]map[rules.Status]int      // by fate
}

// summarize counts what was published, which is all there after the service stopped in order.
func (d *demo) summarize(ctx context.Context) (*Summary, error) {
	sent := d.sender.Sent()
	s := &Summary{Events: sent.Total(), Alerts: map[string]map[outputs.AlertKind]int{}, Sellers: map[string]map[rules.Status]int{}}
	err := follow.Alerts(ctx, d.client, d.published(), func(a *outputs.Alert) error {
		add(s.Alerts, a.Rule, a.Kind())
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = follow.Reports(ctx, d.client, d.topics.SellerHealth, func(r *outputs.Report) error {
		fate, known := d.marketplace.Fate(r.SellerID)
		if !known { // Someone else sends events too.
			fate.Name = "not simulated"
		}
		add(s.Sellers, fate.Name, r.Status)
		return nil
	})
	return s, err
}

func add[K comparable](counts map[string]map[K]int, row string, column K) {
	if counts[row] == nil {
		counts[row] = map[K]int{}
	}
	counts[row][column]++
}
