package pages

import (
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// The card of a rule says that nobody is told of it, until when and why; and of one of which people are told it says nothing of that.
func TestCardsTellOfSilences(t *testing.T) {
	until := windows.Date(20_000) // 2024-10-04
	r := outputs.RuleReport{Rule: "odr", Metric: "order_defect_rate", State: rules.Breached, Target: rules.BuiltIn().Versions()[0].Target, SilencedUntil: &until, SilenceReason: "they move"}
	for lang, want := range map[string]string{"en": "Silenced until 2024-10-04: they move", "sv": "Tystad till och med 2024-10-04: they move"} {
		q := &request{words: wordsFor(lang, "", time.UTC)}
		card := func(r outputs.RuleReport) ruleCard {
			return q.card("S", []*outputs.RuleReport{&r}, make([]*inspect.Standing, 1), 20_000, func(*outputs.RuleReport) bool { return false })
		}
		if notes := card(r).Notes; !slices.Contains(notes, want) {
			t.Errorf("notes %q, want %q among them", notes, want)
		}
		told := r
		told.SilencedUntil = nil
		if notes := card(told).Notes; slices.Contains(notes, want) {
			t.Errorf("notes %q of a rule of which people are told", notes)
		}
	}
}
