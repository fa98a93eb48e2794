package main

import (
	"fmt"
	"os"
	"strconv"

	"sellerpulse/internal/display"
	"sellerpulse/internal/scenario"
)

// resultJSON is what came of a scenario, as JSON.
type resultJSON struct {
	File     string        `json:"file"`
	Line     int           `json:"line"` // of its title
	Title    string        `json:"title"`
	Passed   bool          `json:"passed"`
	Failures []failureJSON `json:"failures"`
}

// failureJSON is something that is not as a scenario says. Expected and found are null where one cannot be set beside the other.
type failureJSON struct {
	Line     int     `json:"line"`
	Problem  string  `json:"problem"`
	Expected *string `json:"expected"`
	Found    *string `json:"found"`
}

// tellScenarios tells what came of scenarios, to the file for programs first; an error if any failed.
func (s *session) tellScenarios(ran []ranFile, flags *testingFlags) error {
	if flags.junit != "" {
		if err := os.WriteFile(flags.junit, junitXML(ran), 0o644); err != nil {
			return fmt.Errorf("write JUnit XML: %w", err)
		}
	}
	write := s.writeScenarios
	if flags.output.value == "json" {
		write = s.writeScenariosJSON
	}
	if err := write(ran); err != nil {
		return err
	}
	all, failed := 0, 0
	for i := range ran {
		all += len(ran[i].results)
		failed += ran[i].failed()
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s failed", failed, plural(int64(all), "scenario"))
	}
	return nil
}

// writeScenarios writes each failure, and a table of the files.
func (s *session) writeScenarios(ran []ranFile) error {
	t := newTable(s.stdout, "FILE", "SCENARIOS", "PASSED", "FAILED")
	t.right(2, 3, 4)
	failures := false
	for i := range ran {
		f := &ran[i]
		for j := range f.results {
			for _, failure := range f.results[j].Failures {
				failures = true
				if _, err := fmt.Fprint(s.stdout, failureText(&failure)); err != nil {
					return err
				}
			}
		}
		t.row(f.name, strconv.Itoa(len(f.results)), strconv.Itoa(len(f.results)-f.failed()), strconv.Itoa(f.failed()))
	}
	if failures {
		fmt.Fprintln(s.stdout)
	}
	return t.write()
}

// failureText is the place and the problem on a line, and below it what was expected beside what was found.
func failureText(f *scenario.Failure) string {
	text := display.Escape(f.String()) + "\n"
	if f.Expected != f.Found {
		text += "  expected  " + display.Escape(f.Expected) + "\n  found     " + display.Escape(f.Found) + "\n"
	}
	return text
}

func (s *session) writeScenariosJSON(ran []ranFile) error {
	for i := range ran {
		for j := range ran[i].results {
			if err := s.writeJSON(resultOf(&ran[i].results[j])); err != nil {
				return err
			}
		}
	}
	return nil
}

func resultOf(r *scenario.Result) resultJSON {
	as := resultJSON{r.File, r.Line, r.Title, len(r.Failures) == 0, []failureJSON{}}
	for i := range r.Failures {
		f := &r.Failures[i]
		failure := failureJSON{Line: f.Line, Problem: f.Problem}
		if f.Expected != f.Found {
			failure.Expected, failure.Found = &f.Expected, &f.Found
		}
		as.Failures = append(as.Failures, failure)
	}
	return as
}
