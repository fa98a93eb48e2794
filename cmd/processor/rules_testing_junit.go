package main

import (
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/internal/scenario"
)

// JUnit XML as most systems of continuous integration read it: a suite is a file, a case a scenario. There is one failure a case at most, for several
// of these systems show but one; its text has all of them.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitCounts
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Cases []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"` // always 0: what cannot be run at all has no results
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"` // the file without its ending, for dots divide packages
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"` // the first problem
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junitXML is what came of scenarios as JUnit XML.
func junitXML(ran []ranFile) []byte {
	var all junitSuites
	for i := range ran {
		suite := suiteOf(&ran[i])
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("make XML of results: %v", err)) // Of texts and numbers there is always some.
	}
	return append([]byte(xml.Header), append(text, '\n')...)
}

func suiteOf(f *ranFile) junitSuite {
	suite := junitSuite{Name: filepath.ToSlash(f.name), junitCounts: junitCounts{Tests: len(f.results), Failures: f.failed()}}
	for i := range f.results {
		r := &f.results[i]
		suite.Cases = append(suite.Cases, junitCase{
			Name: display.Escape(r.Title), Class: strings.TrimSuffix(suite.Name, filepath.Ext(suite.Name)), File: suite.Name, Line: r.Line, Failure: junitFailureOf(r.Failures),
		})
	}
	return suite
}

func junitFailureOf(failures []scenario.Failure) *junitFailure {
	if len(failures) == 0 {
		return nil
	}
	f := &junitFailure{Message: display.Escape(failures[0].Problem), Type: "failure"}
	for i := range failures {
		f.Text += failureText(&failures[i])
	}
	return f
}
