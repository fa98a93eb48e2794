package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"sellerpulse/test/brokertest"
)

// passage is a block of commands in a document, or of a file, and what they print.
type passage struct {
	file     string // "rules.yaml"; empty for commands
	text     string
	output   string
	compared bool
}

// passagesOf are the blocks of a document that begin with ```sh, each with the ```text that follows it, and those of ```yaml, which are rules.
func passagesOf(document string) (all []passage) {
	for i, block := range strings.Split("\n"+document, "\n```") {
		kind, text, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0:
		case kind == "sh":
			all = append(all, passage{text: text})
		case kind == "yaml":
			all = append(all, passage{file: "rules.yaml", text: text})
		case kind == "text":
			last := &all[len(all)-1]
			last.output, last.compared = text, true
		}
	}
	return all
}

// commands are the command lines of a block, without `processor` and without what their output goes to.
func (p *passage) commands() (all [][]string) {
	for line := range strings.Lines(strings.ReplaceAll(p.text, "\\\n", " ")) {
		command, _, _ := strings.Cut(line, "|")
		if words := strings.Fields(command); len(words) > 0 && words[0] == "processor" {
			all = append(all, words[1:])
		}
	}
	return all
}

// What differs from run to run: instants, and what is published while windows slide to today.
var varying = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "INSTANT"},
	{regexp.MustCompile(`[\d,]+ alerts?`), "ALERTS"},
}

func masked(output string) string {
	for _, v := range varying {
		output = v.pattern.ReplaceAllString(output, v.text)
	}
	return strings.TrimSpace(output)
}

// reader carries out a document. What runs on is stopped by what removes it, or at the end.
type reader struct {
	t           *testing.T
	environment map[string]string
	running     map[string]func() // candidates, by name
}

func (r *reader) carryOut(p *passage) {
	r.t.Helper()
	if p.file != "" {
		if err := os.WriteFile(p.file, []byte(p.text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	printed := ""
	for _, words := range p.commands() {
		printed += r.call(words)
	}
	if p.compared && masked(printed) != masked(p.output) {
		r.t.Errorf("%s\nprints\n%s\nwhere the document has\n%s", p.text, masked(printed), masked(p.output))
	}
}

// call calls a command line. A candidate that follows is left running once it has caught up.
func (r *reader) call(words []string) string {
	r.t.Helper()
	line := strings.Join(words, " ")
	switch {
	case strings.HasPrefix(line, "backfill start ") && !strings.Contains(line, "--until-end"):
		r.follow(words)
		return ""
	case strings.HasPrefix(line, "backfill discard "):
		if stop := r.running[words[2]]; stop != nil {
			stop()
		}
	}
	got := call(r.t, r.environment, "", words...)
	if differs := strings.HasPrefix(line, "backfill diff ") && got.code == exitFailed && got.stdout != ""; got.code != exitDone && !differs {
		r.t.Fatalf("%s: %+v", line, got)
	}
	return got.stdout
}

func (r *reader) follow(words []string) {
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan result, 1)
	go func() { ended <- callUntil(ctx, 0, r.environment, "", words...) }()
	stop := func() {
		if cancel(); ended != nil {
			if got := <-ended; got.code != exitDone {
				r.t.Errorf("%q: %+v", words, got)
			}
			ended = nil
		}
	}
	r.running[words[2]] = stop
	r.t.Cleanup(stop)
	await(r.t, words[2]+" has caught up", func() bool {
		got := call(r.t, r.environment, "", "backfill", "status", words[2], "--output", "json")
		return strings.Contains(got.stdout, `"state":"running"`) && strings.Contains(got.stdout, `"behind":0,"live_behind"`) && strings.Contains(got.stdout, `"done":1,`)
	})
}

// Everything in docs/backfill.md that can be called can be, in its order, and prints what is there.
func TestTheDocumentOfBackfills(t *testing.T) {
	document, err := os.ReadFile("../../docs/backfill.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	r := &reader{t: t, environment: map[string]string{"SELLERPULSE_BROKERS": brokertest.Embedded(t).Addresses[0]}, running: map[string]func(){}}
	must(t, r.environment, "", "topics")
	must(t, r.environment, shopOf("S1", 30)+shopOf("S2", 30), "produce")
	must(t, r.environment, "", "run", "--until-end", "--state-dir", "live")
	all := passagesOf(string(document))
	if len(all) < 6 {
		t.Fatalf("only %d blocks were found in the document", len(all))
	}
	for i := range all {
		r.carryOut(&all[i])
	}
}
