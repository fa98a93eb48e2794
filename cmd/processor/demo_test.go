package main

import (
	"os"
	"strings"
	"testing"
)

func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds: 120 days of history")
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	out := must(t, nil, "", "demo", "--sellers", "6", "--rate", "100", "--seed", "1", "--duration", "500ms")
	parts := []string{
		"6 simulated sellers", "processor report --brokers 127.0.0.1:", "The dashboard is at http://127.0.0.1:", // what to do
		" BREACHED  ", "The history is over.", "Alerts by rule:", "odr-early ", // what happens
		"\nhealthy ", "\ndecaying ", "\nstrike ", "\nbad-line ", "\nrecovering ", "\ntiny ", // who there is
	}
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in the output:\n%s", part, out)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The demo's sellers sell where the rules of a pack ask for, and are judged by these alone.
func TestDemoOfAPack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds: 120 days of history")
	}
	out := must(t, nil, "", "demo", "--sellers", "7", "--rate", "100", "--pack", "lazada-ph", "--duration", "500ms")
	for _, part := range []string{" BREACHED  ", "overwhelmed-007", "lazada-ph/cancellation", "\noverwhelmed "} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in the output:\n%s", part, out)
		}
	}
	if strings.Contains(out, "odr-early") {
		t.Errorf("built-in rules are in force:\n%s", out)
	}
	if got := call(t, nil, "", "demo", "--pack", "lazada"); got.code != exitUsage || !strings.Contains(got.stderr, `--pack: there is no pack "lazada"`) {
		t.Errorf("a pack that there is not: %+v", got)
	}
}
