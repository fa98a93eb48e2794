package enginetest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/outputs"
)

// CompareLists compares texts, in any order.
func CompareLists(t testing.TB, name string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return
	}
	if dir := os.Getenv("SELLERPULSE_DIFF"); dir != "" {
		_ = os.WriteFile(dir+"/got-"+name, []byte(strings.Join(got, "\n")), 0o600)
		_ = os.WriteFile(dir+"/want-"+name, []byte(strings.Join(want, "\n")), 0o600)
	}
	shown := 0
	for i := 0; (i < len(got) || i < len(want)) && shown < 5; i++ {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s %d:\n got %s\nwant %s", name, i, g, w)
			shown++
		}
	}
	t.Errorf("%s: got %d, want %d", name, len(got), len(want))
}

// Number is a number that may not be there, as a text.
func Number[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}

// AlertTexts is each alert as a line.
func AlertTexts(all []outputs.Alert) (texts []string) {
	for i := range all {
		a := &all[i]
		components := "null"
		if c := a.Components; c != nil {
			components = fmt.Sprintf("%d %d %d", c.NegativeFeedback, c.Claims, c.Chargebacks)
		}
		cause := a.Cause.Kind
		if a.Cause.Topic != "" {
			cause = fmt.Sprintf("%s %s %d %s %s", a.Cause.Kind, a.Cause.Topic, a.Cause.Offset, a.Cause.EventID, a.Cause.OrderID)
		}
		texts = append(texts, fmt.Sprintf("%s %v %v<-%v at %d, %v..%v %d/%d %v, components %s, to breach %s, to recover %s, on %s, orders %v, cause %s",
			a.ID(), a.Kind(), a.State, a.PreviousState, a.AsOf, a.From, a.To, a.Numerator, a.Denominator, a.Target, components,
			Number(a.DefectsToBreach), Number(a.OrdersToRecover), Number(a.RecoversOn), a.OrderIDs, cause))
	}
	return texts
}
