package rules_test

import (
	"os"
	"strings"
	"testing"

	"sellerpulse/internal/scenario"
	"sellerpulse/pkg/rules"
)

// TestGuide runs the scenarios of docs/rules.md, each on the rules above it.
func TestGuide(t *testing.T) {
	const page = "../docs/rules.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var file rules.File
	ran := 0
	for _, b := range blocks(string(text)) {
		switch b.language {
		case "yaml":
			// As many lines as are before it, so that an error names the line of the page.
			file = rules.File{Name: page, Text: []byte(strings.Repeat("\n", b.line) + b.text)}
		case "scenario":
			run(t, page, []byte(strings.Repeat("\n", b.line)+b.text), scenario.Options{Rules: []rules.File{file}})
			ran++
		}
	}
	if ran == 0 {
		t.Errorf("%s has no block of the language scenario", page)
	}
}

// block is a fenced block of a page.
type block struct {
	language, text string
	line           int // of its fence
}

func blocks(page string) (all []block) {
	var in *block
	for i, line := range strings.SplitAfter(page, "\n") {
		switch language, fence := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "```"); {
		case fence && in == nil:
			in = &block{language: language, line: i + 1}
		case fence:
			all, in = append(all, *in), nil
		case in != nil:
			in.text += line
		}
	}
	return all
}
