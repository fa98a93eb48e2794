package inspect

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

func TestCursorReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.Custom(func(t *rapid.T) windows.Date { return windows.Date(rapid.Int32().Draw(t, "date")) })
		want := cursor{
			from: date.Draw(t, "from"), to: date.Draw(t, "to"), question: rapid.Uint64().Draw(t, "question"),
			behind: state.DatedOrder{Date: date.Draw(t, "date"), ID: string(rapid.SliceOfN(rapid.Byte(), 0, events.MaxTextBytes).Draw(t, "id"))},
		}
		text := want.String()
		if got, err := parseCursor(text); err != nil || got != want || len(text) > maxCursorBytes {
			t.Fatalf("%+v is %s, and reads as %+v, %v", want, text, got, err)
		}
	})
	if _, err := parseCursor(strings.Repeat("A", maxCursorBytes+1)); err == nil {
		t.Error("a cursor is as long as it likes")
	}
}

// FuzzCursor: whatever a cursor is, it is refused, or is one that is written so.
func FuzzCursor(f *testing.F) {
	c := cursor{from: 20_000, to: 20_010, behind: state.DatedOrder{Date: 20_005, ID: "O\x00"}, question: 7}
	f.Add(c.String())
	f.Add("")
	f.Add("AQ")
	f.Add(c.String() + "=")
	f.Add(c.String()[:12])
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseCursor(text); err == nil && c.String() != text {
			t.Errorf("%q reads as %+v, which is written %q", text, c, c.String())
		}
	})
}

// Each field of a question but the page makes another question.
func TestQuestionsAreToldApart(t *testing.T) {
	metric, other := rules.OrderDefectRate, rules.ClaimRate
	date, channel, line, empty := windows.Date(0), rules.AllChannels, "toys", ""
	seen := map[uint64]int{}
	for i, q := range []OrdersQuery{
		{},
		{Rule: "odr"},
		{Which: Miss},
		{Metric: metric.FullName()},
		{Metric: other.FullName()},
		{From: &date},
		{To: &date},
		{Channel: &channel},
		{ProductLine: &line},
		{ProductLine: &empty},
		{Rule: "od", Which: "r"},
		{Part: &line},
		{Part: &empty},
	} {
		if before, ok := seen[q.question("S")]; ok {
			t.Errorf("questions %d and %d are the same", before, i)
		}
		seen[q.question("S")] = i
	}
	q := OrdersQuery{Metric: metric.FullName(), Limit: 3, Cursor: "c"}
	if q.question("S") != (&OrdersQuery{Metric: metric.FullName()}).question("S") || q.question("S") == q.question("T") {
		t.Error("a question is of its seller, and not of a page")
	}
}
