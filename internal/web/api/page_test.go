package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// example is a request that the page has, and its answer there.
type example struct {
	line    int
	path    string
	headers []string
	answer  string
}

// TestPage asks what the page of the documentation asks, of its events. In answers there "…" is anything: as a value, as a member for those that are left out, and as
// the last element of a list for more of them.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	all, examples := readPage(t, string(text))
	m := newMarket(t, all)
	s, _ := m.open(nil)
	if len(examples) < len(newAPI(Options{}).router.routes) {
		t.Errorf("%d examples are too few", len(examples))
	}
	for _, e := range examples {
		if e.path == streamPath {
			checkStreamExample(s, &e)
			continue
		}
		a := s.ask(e.path, e.headers...)
		a.body = bytes.ReplaceAll(a.body, []byte(m.prefix), nil) // Topics have one in a test.
		switch kind := a.header.Get("Content-Type"); {
		case strings.HasPrefix(kind, csvType):
			if string(a.body) != e.answer {
				t.Errorf("line %d: %s is\n%s", e.line, e.path, a.body)
			}
		default:
			var got, want any
			if err := json.Unmarshal([]byte(e.answer), &want); err != nil {
				t.Errorf("line %d: %v", e.line, err)
			}
			if err := json.Unmarshal(a.body, &got); err != nil {
				t.Fatal(err)
			}
			if problem := differs(got, want); problem != "" {
				var indented bytes.Buffer
				_ = json.Indent(&indented, a.body, "", "  ")
				t.Errorf("line %d: %s: %s:\n%s", e.line, e.path, problem, &indented)
			}
		}
	}
}

var command = regexp.MustCompile(`^\$ curl ((?:-H '[^']+' )*)'?http://localhost:8080/api/v1(/[^' ]*)'?$`)

var header = regexp.MustCompile(`-H '([^:]+): ([^']+)'`)

// readPage reads the events and the examples of a page.
func readPage(t *testing.T, text string) (all []events.Event, examples []example) {
	t.Helper()
	language, decoder := "", events.NewDecoder(events.DecoderOptions{})
	for i, line := range strings.Split(text, "\n") {
		if rest, fence := strings.CutPrefix(line, "```"); fence {
			language = rest
			continue
		}
		switch language {
		case "jsonl":
			var e events.Event
			var of struct{ Topic string }
			if err := json.Unmarshal([]byte(line), &of); err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
			topic, known := events.ParseTopic(of.Topic)
			if err := decoder.Decode(topic, []byte(line), &e); !known || err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
			all = append(all, e)
		case "console":
			if strings.HasPrefix(line, "$ ") {
				found := command.FindStringSubmatch(line)
				if found == nil {
					t.Fatalf("line %d: %s is no request", i+1, line)
				}
				e := example{line: i + 1, path: found[2]}
				for _, h := range header.FindAllStringSubmatch(found[1], -1) {
					e.headers = append(e.headers, h[1], h[2])
				}
				examples = append(examples, e)
				continue
			}
			examples[len(examples)-1].answer += line + "\n"
		}
	}
	return all, examples
}

const more = "…"

// differs is where what was answered is not what the page has; empty where it is.
func differs(got, want any) string {
	switch w := want.(type) {
	case string:
		if w == more {
			return ""
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			return fmt.Sprintf("%v is no list", got)
		}
		if n := len(w); n > 0 && w[n-1] == any(more) {
			if w = w[:n-1]; len(g) <= len(w) {
				return fmt.Sprintf("there are no more than %d", len(g))
			}
			g = g[:len(w)]
		}
		if len(g) != len(w) {
			return fmt.Sprintf("%d elements", len(g))
		}
		for i := range w {
			if problem := differs(g[i], w[i]); problem != "" {
				return fmt.Sprintf("%d: %s", i, problem)
			}
		}
		return ""
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%v is no object", got)
		}
		if _, others := w[more]; !others && len(g) != len(w) {
			return fmt.Sprintf("%d members", len(g))
		}
		for name := range w {
			if problem := differs(g[name], w[name]); name != more && problem != "" {
				return name + ": " + problem
			}
		}
		return ""
	}
	if got != want {
		return fmt.Sprintf("%v, and the page has %v", got, want)
	}
	return ""
}

// checkStreamExample holds the example against the events that a stream of all alerts has: each line but those of ids, and the beginning of its data.
func checkStreamExample(s *site, e *example) {
	s.t.Helper()
	if !slices.ContainsFunc(strings.Split(e.answer, "\n"), func(line string) bool { return line == "event: alert" }) {
		s.t.Errorf("line %d: no event", e.line)
	}
	if a := s.ask("/alerts?rule=cancellation"); a.status == http.StatusOK {
		_, data, _ := strings.Cut(e.answer, "data: ")
		if data, _, _ = strings.Cut(data, more); data == "" || !bytes.Contains(a.body, []byte(data)) {
			s.t.Errorf("line %d: no alert begins with %s", e.line, data)
		}
	}
}
