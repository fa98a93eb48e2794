package page

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/pkg/rules"
	packs "sellerpulse/rules"
)

//go:generate go test -run TestPagesAreCurrent -update

var update = flag.Bool("update", false, "write the generated pages")

const folder = "../../docs/packs"

func TestPagesAreCurrent(t *testing.T) {
	want := map[string]string{"README.md": index(t)}
	for _, name := range packs.Names() {
		want[name+".md"] = read(t, name).Markdown()
	}
	if *update {
		write(t, want)
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != text {
			t.Errorf("docs/packs/%s is not what the pack says now: run `go generate ./rules/page`", name)
		}
	}
	found, err := filepath.Glob(folder + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if _, ok := want[filepath.Base(path)]; !ok {
			t.Errorf("%s is of no pack: remove it", path)
		}
	}
}

// TestHistoryIsWhatRulesNeed checks that a pack can be in force with the history that its page tells, and with no less.
func TestHistoryIsWhatRulesNeed(t *testing.T) {
	for _, name := range packs.Names() {
		file, err := packs.File(name)
		if err != nil {
			t.Fatal(err)
		}
		days := read(t, name).HistoryDays()
		if _, err := rules.ParseAll(days, rules.File{Name: name, Text: file}); err != nil {
			t.Error(err)
		}
		if _, err := rules.ParseAll(days-1, rules.File{Name: name, Text: file}); err == nil {
			t.Errorf("%s: %d days would do", name, days-1)
		}
	}
}

func write(t *testing.T, pages map[string]string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// index is the page that lists the packs.
func index(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# Rule packs\n\nMarketplaces' rules as files, with where each figure is from. [docs/rules.md](../rules.md) teaches their language. " +
		"The built-in rules, [pkg/rules/builtin.yaml](../../pkg/rules/builtin.yaml),\nare Amazon's of 2022.\n\n| pack | marketplace | rules | needs `--history` |\n|---|---|---|---|\n")
	for _, name := range packs.Names() {
		p := read(t, name)
		history := ""
		if days := p.HistoryDays(); days > defaultHistory {
			history = fmt.Sprint(days)
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s |\n", name, name, p.Title, strings.Join(p.ruleNames(), ", "), history)
	}
	return b.String()
}

func read(t *testing.T, name string) *Pack {
	t.Helper()
	file, err := packs.File(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(file)
	if err != nil {
		t.Fatalf("%s.yaml: %v", name, err)
	}
	if p.Name != name {
		t.Errorf("%s.yaml is of the pack %q", name, p.Name)
	}
	return p
}
