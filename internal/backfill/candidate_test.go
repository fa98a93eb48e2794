package backfill

import (
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/task"
)

func TestNamesOfACandidate(t *testing.T) {
	c, err := Named(task.TopicsOf("p-", "app"), "p-", "app", "mended")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"p-app-backfill-mended-alerts", "p-app-backfill-mended-seller-health", "p-app-backfill-mended-dead-letters", "p-app-backfill-mended-changelog", "p-app-backfill-mended-control"}
	if c.AppID != "app-backfill-mended" || !slices.Equal(c.own(), want) || c.Topics.Inputs[0] != "p-orders" || c.LiveTopics.Changelog != "p-app-changelog" {
		t.Errorf("candidate %+v", c)
	}
}

func TestIllegalNames(t *testing.T) {
	app := strings.Repeat("a", 140)
	for _, c := range []struct{ name, want string }{
		{"", `backfill "": name it with up to 100 letters, digits, '.', '_' and '-'`},
		{"a/b", `backfill "a/b": name it with up to 100 letters, digits, '.', '_' and '-'`},
		{strings.Repeat("x", 101), `backfill "` + strings.Repeat("x", 101) + `": name it with up to 100 letters, digits, '.', '_' and '-'`},
		{"a-backfill-b", `backfill "a-backfill-b": choose a name without "-backfill-", by which those of another application are told apart`},
		{strings.Repeat("x", 100), `backfill "` + strings.Repeat("x", 100) + `": topic "` + app + "-backfill-" + strings.Repeat("x", 100) +
			`-seller-health" would have 264 characters, and may have 249: choose a name that is shorter by 15`},
	} {
		if _, err := Named(task.TopicsOf("", app), "", app, c.name); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if _, err := Named(task.TopicsOf("", app), "", app, strings.Repeat("x", 85)); err != nil {
		t.Errorf("the longest name: %v", err)
	}
}

func TestCandidatesAreFoundByTheirControlTopics(t *testing.T) {
	topics := []string{
		"app-backfill-b-control", "app-backfill-a-control", "app-backfill-c-changelog", "app-backfill--control", "p-app-backfill-d-control",
		"app-backfill-e-backfill-f-control", "orders", "app-backfill-a-control-control", "app-backfill-g control-control",
	}
	if got, want := Names(topics, "", "app"), []string{"a", "a-control", "b"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if got, want := Names(topics, "p-", "app"), []string{"d"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}
