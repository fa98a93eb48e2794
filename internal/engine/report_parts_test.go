package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// crowdedPack is as many rules as a set may have, each by product line over windows of its own, so that a report of a seller with long lines has not room for all.
func crowdedPack(t *testing.T) *rules.Set {
	t.Helper()
	var file strings.Builder
	file.WriteString("pack: crowded\nrules:\n")
	for i := range rules.MaxRules {
		fmt.Fprintf(&file, "  - {name: rule-%d, metric: claim_rate, by: product_line, window: [{days: %dd, min_total: 9}, {days: %dd}], target: \"< 0.5\", class: contractual}\n", i, 10+i, 80)
	}
	set, err := rules.Parse([]byte(file.String()), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// A report tells of the parts in the worst states first, and counts those that it has no room for; of very many numbers it lists fewer product lines. It is
// never larger than the table of limits says.
func TestReportOfMoreThanThereIsRoomFor(t *testing.T) {
	m := newMachine(t, Options{Rules: crowdedPack(t), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
	line := func(i int) string { return fmt.Sprintf("%02d %s", i, strings.Repeat("x", events.MaxTextBytes-3)) }
	var offset int64
	send := func(e events.Event) {
		r := recordOf(e)
		r.Offset = offset
		offset++
		m.apply(&r)
	}
	const lines = 60
	noon := enginetest.Noon.UnixMilli()
	for i := range lines {
		send(events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", OccurredAt: noon, SellerID: "S", OrderID: fmt.Sprint("O", i), OrderDate: noon, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None, Items: []events.Item{{ItemID: "1", ProductLine: line(i), Quantity: 1}},
		})
	}
	send(events.Event{
		Topic: events.Claims, Kind: events.ClaimOpened, EventID: "c", OccurredAt: noon, SellerID: "S", OrderID: "O31", PartID: "C1",
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	})
	m.commit()
	r, _, err := m.engine.ReportOf("S")
	m.must(err)
	value := r.AppendAvro(nil)
	if len(value) > limits.Report {
		t.Errorf("a report of %d bytes, the bound is %d", len(value), limits.Report)
	}
	each := outputs.MaxPartBytes / rules.MaxRules / events.MaxTextBytes
	if want := each * rules.MaxRules; len(r.Rules) != want {
		t.Fatalf("%d parts, want %d", len(r.Rules), want)
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		if want := int64(lines - each); rule.PartsOmitted != want {
			t.Fatalf("%s omits %d parts, want %d", rule.Rule, rule.PartsOmitted, want)
		}
		if worst := i%each == each-1; worst != (rule.State == rules.Breached) || worst && *rule.Part != line(31) {
			t.Errorf("part %d of %s is %v: want the one that is breached, and those that come first", i, rule.Rule, rule.State)
		}
	}
	numbers := rules.MaxRules + 1 + len(rules.Metrics()) - 1 // claim_rate over 65 windows, the others over one
	if want := int64(lines - outputs.MostLines(numbers)); r.ProductLinesOmitted != want || r.Status != rules.StatusUnderReview {
		t.Errorf("%d product lines omitted, want %d; status %v", r.ProductLinesOmitted, want, r.Status)
	}
}
