// Package record is what was measured: kept as a line of JSON each, shown as tables of Markdown and as a plot.
//
// It leaves measuring to others.
package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Record is one measurement of one program.
type Record struct {
	Measure    string    `json:"measure"`
	Scenario   string    `json:"scenario"`
	Program    string    `json:"program"`
	Memory     string    `json:"memory"` // what the program was told to keep to
	Command    string    `json:"command"`
	At         time.Time `json:"at"`
	Partitions int       `json:"partitions"`
	Sellers    int       `json:"sellers"`
	Events     int64     `json:"events"`
	Rate       int       `json:"rate,omitempty"` // events a second, sent live

	Failure string             `json:"failure,omitempty"` // why there are no figures
	Figures map[string]float64 `json:"figures,omitempty"` // by the names of the columns of Measures
	Series  []Point            `json:"series,omitempty"`  // of a catch-up
}

// Point is how far a program was at a time.
type Point struct {
	Seconds  float64 `json:"s"`
	Events   int64   `json:"events"`
	CPU      float64 `json:"cpu_s"`
	Resident float64 `json:"resident_mib"`
}

// Append writes a record as a line.
func Append(w io.Writer, r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// Read reads records of lines.
func Read(r io.Reader) (all []Record, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for number := 1; lines.Scan(); number++ {
		var one Record
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("read line %d of records: %w: give a file that --out wrote", number, err)
		}
		all = append(all, one)
	}
	return all, lines.Err()
}

// Thin keeps so many points at most, the first and the last of them.
func Thin(series []Point, most int) []Point {
	if len(series) <= most {
		return series
	}
	thin := make([]Point, most)
	for i := range thin {
		thin[i] = series[i*(len(series)-1)/(most-1)]
	}
	return thin
}

// WarmUp is the time after which a just-in-time compiler has done the most of its work.
const WarmUp = 20.0

// CatchUpFigures are those that follow from the series, which ends when all events were committed.
func CatchUpFigures(series []Point) map[string]float64 {
	if len(series) == 0 || series[len(series)-1].Events == 0 {
		return map[string]float64{}
	}
	end := series[len(series)-1]
	figures := map[string]float64{
		"cpu":      per(Point{}, end),
		"clock":    float64(end.Events) / end.Seconds,
		"first":    per(Point{}, at(series, end.Events/4)),
		"last":     per(at(series, end.Events-end.Events/4), end),
		"resident": end.Resident,
	}
	if i := slices.IndexFunc(series, func(p Point) bool { return p.Seconds >= WarmUp }); i >= 0 && series[i].Events < end.Events {
		figures["warm"] = per(series[i], end)
	}
	return figures
}

// per is events per CPU second between two points.
func per(from, to Point) float64 {
	if to.CPU <= from.CPU {
		return 0
	}
	return float64(to.Events-from.Events) / (to.CPU - from.CPU)
}

// at is the point at which so many events were committed, between the two points next to it.
func at(series []Point, events int64) Point {
	var before Point
	for _, p := range series {
		if p.Events >= events {
			share := 1.0
			if p.Events > before.Events {
				share = float64(events-before.Events) / float64(p.Events-before.Events)
			}
			between := func(a, b float64) float64 { return a + share*(b-a) }
			return Point{
				Seconds: between(before.Seconds, p.Seconds), Events: events,
				CPU: between(before.CPU, p.CPU), Resident: between(before.Resident, p.Resident),
			}
		}
		before = p
	}
	return before
}
