package demo

import (
	"slices"

	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// options are those of a marketplace that has what a set of rules asks for, so that there is something to be judged.
func (o *Options) options(now events.Millis) simulate.Options {
	set := o.Worker.Rules
	return simulate.Options{
		Sellers: o.Sellers, Seed: o.Seed, Now: now, HistoryDays: o.HistoryDays, Rate: float64(o.Rate),
		Marketplaces: asked(set, func(w *rules.Where) []string { return w.Marketplaces }),
		Countries:    asked(set, func(w *rules.Where) []string { return w.Countries }),
	}
}

// asked are the values that rules ask for, sorted; none where no rule asks for any.
func asked(set *rules.Set, of func(*rules.Where) []string) (all []string) {
	for _, v := range set.Versions() {
		for _, value := range of(&v.Where) {
			if value != "" {
				all = append(all, value)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Days is for how many days orders are kept under a set of rules: for as many as it looks back over, and those of the history.
func Days(set *rules.Set, history int) int {
	for _, v := range set.Versions() {
		history = max(history, v.Needs())
	}
	return history
}
