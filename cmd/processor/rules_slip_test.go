package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// everyField has each key that a rule file may have, one a line.
const everyField = `pack: own
figures: 2026-11-25
sources: [https://shop.example/policy]
where:
  marketplace: [SHOP, OTHER]
metrics:
  - name: lost
    unit: order
    bad: [claim_lost]
    unless: [refunded]
    total: [counted]
    channel: MFN
rules:
  - name: lost
    metric: lost
    window:
      - days: 1mo
        min_total: 4
      - days: 30d
    lag: 2d
    levels:
      - level: good
        target: "< 0.1"
        state: ok
      - level: bad
        state: breached
    min_denominator: 2
    min_misses: 2
    by: ship_country
    where:
      marketplace: SHOP
      channel: MFN
      product_line: toys
      ship_country: [DE, AT]
      reason: DAMAGED
    evaluate: monthly 20
    from: 2026-01-01
    until: 2026-12-31
    class: contractual
    provisional: true
  - name: late
    metric: late_shipment_rate
    window: 7d
    target: "< 0.04"
    warn: 0.02
    resolve: 0.03
    class: advisory
`

var keyOfLine = regexp.MustCompile(`^([ -]*)([a-z_]+):(.*)$`)

// A slip in any field of a file has it refused, by its line and the name of the field; and a key that is misspelt, by what it may have been meant for.
func TestASlipInEachFieldIsRefusedWithItsPlace(t *testing.T) {
	must(t, nil, "", "rules", "check", write(t, "own.yaml", everyField))
	lines := strings.Split(strings.TrimSpace(everyField), "\n")
	for i, line := range lines {
		found := keyOfLine.FindStringSubmatch(line)
		if found == nil {
			t.Fatalf("line %q has no key", line)
		}
		refused := func(slip, want string) {
			t.Helper()
			changed := append([]string(nil), lines...)
			changed[i] = slip
			got := call(t, nil, "", "rules", "check", write(t, "own.yaml", strings.Join(changed, "\n")))
			place := fmt.Sprintf("own.yaml: line %d, column ", i+1)
			if got.code != exitFailed || got.stdout != "" || !strings.Contains(got.stderr, place) || !strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("%s: %+v, want %q and %q", slip, got, place, want)
			}
		}
		if strings.TrimSpace(found[3]) != "" {
			refused(found[1]+found[2]+": {wrong: [1, 2]}", found[2])
		}
		refused(found[1]+found[2]+"s:"+found[3], found[2]+"s")
	}
}
