package browser

import (
	"fmt"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// spokenPack says what the built-in rules do not: levels, parts, months, a choice of windows, days of evaluation, a version to come, and a metric of its own.
const spokenPack = `
pack: market-eu
figures: 2026-04-01
sources: [https://example.com/policy]
metrics:
  - {name: late_handover_rate, bad: [handover_late], channel: MFN}
rules:
  - name: claims
    metric: claim_rate
    window: [{days: 1mo, min_total: 400}, {days: 60d}]
    min_denominator: 5
    levels:
      - {level: leader, target: "<= 0.02", state: ok}
      - {level: green, target: "<= 0.1", state: ok}
      - {level: yellow, target: "<= 0.2", state: at_risk}
      - {level: red, state: breached}
    class: contractual
  - {name: cancellation, metric: cancellation_rate, by: marketplace, window: 60d, target: "<= 0.1", min_misses: 2, class: contractual}
  - {name: monthly, metric: late_shipment_rate, window: 1mo, target: "<= 0.25", evaluate: monthly 20, until: 2026-11-30, class: advisory}
  - {name: monthly, metric: late_shipment_rate, window: 1mo, target: "<= 0.02", evaluate: monthly 20, from: 2026-12-01, class: advisory}
  - {name: handover, metric: late_handover_rate, window: 2w, where: {marketplace: [DE, FR]}, target: "< 0.5", class: advisory}
  - {name: next-year, metric: refund_rate, window: 30d, target: "< 0.1", from: 2027-01-01, class: advisory}
`

// spokenMarket is a seller on many sites, with misses of some of them, one of which is excused.
func spokenMarket() (all []events.Event) {
	const seller = "polyglot"
	for i := range 90 {
		order := fmt.Sprintf("order-%02d", i)
		at := 1 + float64(i)*0.6
		all = append(all, present.happened(events.OrderPlaced, seller, order, at, func(e *events.Event) {
			e.Marketplace, e.ShipCountry = []string{"DE", "FR", "IT", "ES", "NL", "SE", "PL", "BE", ""}[i%9], "DE"
		}))
		switch {
		case i%9 == 0 && i < 60:
			all = append(all, present.happened(events.OrderCancelled, seller, order, at-0.5, func(e *events.Event) { e.CancelledBy, e.Reason = events.Seller, events.OutOfStock }))
		case i%4 == 1:
			all = append(all, present.happened(events.ShipmentConfirmed, seller, order, max(at-3, 0.1), nil))
		}
		if i%6 == 2 {
			all = append(all, present.happened(events.ClaimOpened, seller, order, at-0.4, nil))
		}
		if i == 9 {
			all = append(all, present.happened(events.OrderExcused, seller, order, 0.2, func(e *events.Event) { e.Excused = true }))
		}
	}
	return all
}

// Rules that say more than a target over days are shown with all that they say: in every theme, language and width, without JavaScript, and to whoever reads
// pages otherwise.
func TestLanguageOfRules(t *testing.T) {
	t.Parallel()
	set, err := rules.ParseAll(120, rules.File{Name: "built-in", Text: rules.BuiltInFile()}, rules.File{Name: "market-eu", Text: []byte(spokenPack)})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, brokertest.Embedded(t), 1)
	s.options.Worker.Rules = set
	s.produce(t, market(3, spokenMarket()...))
	s.settle(t, events.Millis(present))
	s.serve(t, idle)
	const seller = "/sellers/polyglot"
	pages := []shown{
		{"overview of packs", "/", 0, "#o-rules"},
		{"seller under packs", seller, 0, ".packs .pill"},
		{"ladder of levels", seller + "?rule=market-eu/claims", 0, ".ladder [aria-current=step]"},
		{"parts of a rule", seller + "?rule=market-eu/cancellation&part=DE", 0, ".partition [aria-current]"},
		{"part without a name", seller + "?rule=market-eu/cancellation&part=", 0, "#detail"},
		{"rule of months", seller + "?rule=market-eu/monthly", 0, ".aside"},
		{"metric of a pack", seller + "?metric=market-eu/late_handover_rate&which=denominator", 0, "#orders tbody tr"},
		{"excused order", seller + "/orders/order-09", 0, "#r-rules"},
		{"no such part", seller + "?rule=market-eu/cancellation&part=XX", 0, "#detail"},
		{"alerts of packs", "/alerts?rule=market-eu/cancellation", 0, "#list"},
	}
	for _, l := range []look{{width: 360, language: "sv", dark: true}, {width: 1440, language: "en"}, {width: 1440, language: "en", dark: true}, {width: 360, language: "en", noScript: true}} {
		t.Run(l.name(), func(t *testing.T) {
			parallel(t)
			tb := open(t, s.url, l)
			for _, p := range pages {
				t.Run(p.name, func(t *testing.T) { tb.within(t, func() { tb.checkPage(&p) }) })
			}
		})
	}
	for path, says := range map[string][]string{
		seller:                      {"market-eu", "60 days, of 1 month it had too few", "April 2026", "week", "Evaluated next on 2026-05-20.", "From 2026-12-01: <= 2%", "next-year from 2027-01-01", "3 more parts", "none given"},
		seller + "/orders/order-09": {"no miss: excused", "all metrics"},
		seller + "/orders/order-11": {"counts other orders"},
	} {
		_, page := get(t, s.url+path)
		whole := strings.Join(page.texts("main"), " ")
		for _, text := range says {
			if !strings.Contains(whole, text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
	}
}
