package main

import (
	"strings"
	"testing"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/backfill/diff"
	"sellerpulse/pkg/windows"
)

// What reaches back less far is told by a cut-over and by a comparison, whether anything differs by now or not.
func TestWhatReachesBackLessFarIsTold(t *testing.T) {
	live := windows.Date(20_000)
	want := "Counts of a reach back to 2024-10-14 in the candidate, and to 2024-10-04 in the live state; a cut-over does not carry them over.\n" +
		"Counts of b reach back to 2024-10-05 in the candidate, and to all of its window in the live state; a cut-over does not carry them over.\n"
	var out strings.Builder
	err := writeOutcome(&out, "late", &backfill.Outcome{DryRun: true, Shorter: []backfill.Shorter{{Rule: "a", Candidate: live + 10, Live: &live}, {Rule: "b", Candidate: live + 1}}})
	if err != nil || !strings.HasSuffix(out.String(), "\n"+want) {
		t.Errorf("a cut-over says %q, error %v", out.String(), err)
	}
	tables := &diffTables{to: &out, flags: &diffFlags{}}
	notes := tables.notes(&diff.Summary{Sellers: 3, Shorter: []diff.Shorter{{Rule: "a", Candidate: live + 10, Live: &live}, {Rule: "b", Candidate: live + 1}}})
	if !strings.HasPrefix(notes, want+"No difference") {
		t.Errorf("a comparison says %q", notes)
	}
	out.Reset()
	if err := newDiffLines(&out, &diffFlags{}).summary(&diff.Summary{Shorter: []diff.Shorter{{Rule: "b", Candidate: live + 1}}}); err != nil ||
		!strings.HasPrefix(out.String(), `{"type":"shorter","rule":"b","live":null,"candidate":"2024-10-05"}`+"\n") {
		t.Errorf("as JSON %q, error %v", out.String(), err)
	}
}
