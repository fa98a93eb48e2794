package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page about what is behind a number, on the events that it has.
func TestExplainPage(t *testing.T) { runExplained(t, "../../docs/explain.md") }

// The page about a marketplace's own figures, on the same events.
func TestReconcilePage(t *testing.T) { runExplained(t, "../../docs/reconcile.md") }

// runExplained runs a page on the events of docs/explain.jsonl.
func runExplained(t *testing.T, file string) {
	environment := broker(t)
	directory := t.TempDir()
	delete(environment, "SELLERPULSE_STATE_DIR")
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, "", "produce", "../../docs/explain.jsonl")
	must(t, environment, "", "run", "--until-end", "--as-of", "2026-03-13T00:00:00Z", "--state-dir", filepath.Join(directory, "state"))
	p := &page{
		t: t, directory: directory, names: regexp.MustCompile(`\bno such name\b`),
		mask: func(text string) string { return strings.ReplaceAll(text, environment["SELLERPULSE_TOPIC_PREFIX"], "") },
	}
	p.environment = append(othersVariables(), "PATH="+build(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range environment {
		p.environment = append(p.environment, name+"="+value)
	}
	p.run(pageSteps(t, file))
}
