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
