package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// texts are all English texts of the pages: those of the templates, and those in the code that are words or become some.
func texts(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	call := regexp.MustCompile(`\{\{t "([^"]+)"`)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range call.FindAllStringSubmatch(string(content), -1) {
			all[match[1]] = true
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.DeleteFunc(sources, func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := c.Fun.(type) {
			case *ast.SelectorExpr:
				if f.Sel.Name == "t" {
					literals(c.Args[:1], all)
				}
			case *ast.Ident:
				if f.Name == "add" {
					literals(c.Args[:1], all)
				}
			case *ast.IndexExpr, *ast.FuncLit:
			}
			return true
		})
	}
	for _, names := range [][]string{
		statusNames[:], stateNames[:], kindNames[:], classNames[:], channelNames[:],
		slices.Collect(maps.Values(metricNames)), unitNames[:], slices.Collect(maps.Values(whichNames)), slices.Collect(maps.Values(missingNames)), slices.Collect(maps.Values(invalidNames)), slices.Collect(maps.Values(phaseNames)), slices.Collect(maps.Values(fillingNames)),
		slices.Collect(maps.Values(withoutNames)), slices.Collect(maps.Values(ofNames)), slices.Collect(maps.Values(notCountedNames)), monthNames[:], periodNames[:],
	} {
		for _, name := range names {
			all[name] = true
		}
	}
	for _, reason := range []events.DeadLetterReason{events.Undecodable, events.Invalid, events.Misrouted, events.Future, events.Expired, events.Orphan, events.Skipped, "another"} {
		all[task.RemedyOf(reason)] = true
	}
	for _, s := range sorts {
		all[s.name] = true
	}
	for _, f := range factNames {
		all[f.Name] = true
	}
	delete(all, "")
	return all
}

func literals(args []ast.Expr, into map[string]bool) {
	for _, arg := range args {
		if literal, ok := arg.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				into[text] = true
			}
		}
	}
}

// Every text of the pages has its Swedish, with the same places for values, and no Swedish is left over.
func TestEveryTextIsTranslated(t *testing.T) {
	verb := regexp.MustCompile(`%[+]?[a-z]`)
	all := texts(t)
	for text := range all {
		translated, ok := swedish[text]
		if !ok {
			t.Errorf("swedish.json lacks %q", text)
			continue
		}
		if got, want := verb.FindAllString(translated, -1), verb.FindAllString(text, -1); !slices.Equal(got, want) {
			t.Errorf("%q has values %q, and its Swedish %q", text, want, got)
		}
	}
	for text := range swedish {
		if !all[text] {
			t.Errorf("swedish.json has %q, which no page has", text)
		}
	}
}

// Every measure, and every fact that none counts, has its name on an order's page.
func TestEveryMeasureIsNamed(t *testing.T) {
	for m := range windows.NumMeasures {
		if factNames[m.String()].Name == "" {
			t.Errorf("%v has no name", m)
		}
	}
	measured := windows.FactSet(0)
	for m := range windows.NumMeasures {
		measured |= windows.FactsOf(m.Fact())
	}
	for f := range windows.NumFacts {
		if !measured.Has(f) && factNames[f.String()].Name == "" {
			t.Errorf("%v has no name", f)
		}
	}
}

// Numbers are written as the reader's language has them.
func TestNumbers(t *testing.T) {
	en, sv := wordsFor("en", "", time.UTC), wordsFor("", "sv-SE,sv;q=0.9,en;q=0.5", time.UTC)
	for name, c := range map[string]struct{ got, want string }{
		"english count":        {en.count(1234567), "1,234,567"},
		"swedish count":        {sv.count(1234567), "1\u00a0234\u00a0567"},
		"english rate":         {en.rate(1, 80), "1.25%"},
		"swedish rate":         {sv.rate(1, 80), "1,25\u00a0%"},
		"no denominator":       {en.rate(0, 0), "–"},
		"a language not known": {wordsFor("", "fi", time.UTC).count(1000), "1,000"},
		"time":                 {en.at(0), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}
