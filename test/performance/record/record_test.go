package record

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A program that is slow at first, then four times as fast, and then half of that.
var series = []Point{
	{Seconds: 5, Events: 0, CPU: 4},
	{Seconds: 10, Events: 100, CPU: 10},
	{Seconds: 20, Events: 200, CPU: 12},
	{Seconds: 30, Events: 300, CPU: 14, Resident: 7},
	{Seconds: 40, Events: 400, CPU: 20, Resident: 9},
}

func TestCatchUpFigures(t *testing.T) {
	want := map[string]float64{
		"cpu":      20,                // 400 events in 20 s
		"warm":     25,                // 200 in the 8 s from the second 20 on
		"first":    10,                // 100 in 10 s
		"last":     100.0 / (20 - 14), // from 300 events on
		"clock":    10,                // 400 in 40 s
		"resident": 9,
	}
	if got := CatchUpFigures(series); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := CatchUpFigures(nil); len(got) != 0 {
		t.Errorf("%v of nothing", got)
	}
}

func TestAtIsBetweenPoints(t *testing.T) {
	if got, want := at(series, 350), (Point{Seconds: 35, Events: 350, CPU: 17, Resident: 8}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestThinKeepsEnds(t *testing.T) {
	if got, want := Thin(series, 3), []Point{series[0], series[2], series[4]}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

var made = []Record{
	{Measure: CatchUp, Scenario: "10k", Program: "A", Memory: "1GiB", Command: "a run", Partitions: 4, Sellers: 10_000, Events: 2000, Figures: map[string]float64{"cpu": 1500, "clock": 10}, Series: series},
	{Measure: CatchUp, Scenario: "10k", Program: "B", Memory: "3g", Command: "b", Partitions: 4, Sellers: 10_000, Events: 2000, Figures: map[string]float64{"cpu": 700}, Series: series},
	{Measure: CatchUp, Scenario: "10k", Program: "A", Memory: "1GiB", Command: "a run", Partitions: 4, Sellers: 10_000, Events: 2000, Figures: map[string]float64{"cpu": 1400, "clock": 12}, Series: series},
	{Measure: CatchUp, Scenario: "10k", Program: "A", Memory: "1GiB", Command: "a run", Partitions: 4, Sellers: 10_000, Events: 2000, Figures: map[string]float64{"cpu": 1600, "clock": 11}, Series: series},
	{Measure: Delay, Scenario: "delay", Program: "A", Memory: "1GiB", Command: "a run", At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Partitions: 1, Sellers: 5, Rate: 5000, Figures: map[string]float64{"p99": 12.34}},
	{Measure: Failed, Scenario: "1m", Program: "B", Memory: "3g", Command: "b", Failure: "no heap", At: time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC)},
}

func TestTables(t *testing.T) {
	var got bytes.Buffer
	if err := Tables(&got, made); err != nil {
		t.Fatal(err)
	}
	const want = `### From an empty state to the end of the topics

| scenario | program | memory given | events per CPU second | events per second on the clock |
|---|---|---|---|---|
| **10k**: 10,000 sellers, 2,000 events, 4 partitions | A | 1GiB | 1,500 (1,400–1,600) | 11 (10–12) |
| **10k**: 10,000 sellers, 2,000 events, 4 partitions | B | 3g | 700 | – |

### From an event being sent until its alert can be read, ms

| scenario | program | memory given | p99 |
|---|---|---|---|
| **delay**: 5 sellers, 5,000 events/s, 1 partition | A | 1GiB | 12.3 |

Measured from 0001-01-01 00:00 to 2026-01-02 03:05 UTC, of

- A: ` + "`a run`" + `
- B: ` + "`b`" + `
- **1m** of B with 3g failed: no heap
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestRecordsReadBack(t *testing.T) {
	var file bytes.Buffer
	for _, r := range made {
		if err := Append(&file, r); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Read(&file); err != nil || !reflect.DeepEqual(got, made) {
		t.Errorf("%+v, %v, want %+v", got, err, made)
	}
	if _, err := Read(strings.NewReader("{}\nno\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line that is no record: %v", err)
	}
}

// A plot is XML, with two lines, one a panel, for each scenario and program that caught up.
func TestPlot(t *testing.T) {
	var plot bytes.Buffer
	if err := Plot(&plot, made, []string{"10k"}); err != nil {
		t.Fatal(err)
	}
	lines := 0
	decoder := xml.NewDecoder(&plot)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != 4 {
		t.Errorf("%d lines, want 4", lines)
	}
	if err := Plot(&plot, made, []string{"delay", "1m"}); err == nil {
		t.Error("a plot of nothing")
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		most float64
		want []float64
	}{
		{3.1, []float64{0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5}},
		{9, []float64{0, 2, 4, 6, 8, 10}},
		{1000, []float64{0, 200, 400, 600, 800, 1000}},
	} {
		if got := ticks(c.most); !reflect.DeepEqual(got, c.want) {
			t.Errorf("up to %v: %v, want %v", c.most, got, c.want)
		}
	}
}
