package record

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/template"
)

// Plot writes, as SVG, how the cost of an event and the memory grow with the events that a program has had, of the catch-ups in some
// scenarios: the last of each scenario and program.
func Plot(w io.Writer, all []Record, scenarios []string) error {
	of := slices.DeleteFunc(slices.Clone(all), func(r Record) bool {
		return r.Measure != CatchUp || len(r.Series) < 2 || !slices.Contains(scenarios, r.Scenario)
	})
	if len(of) == 0 {
		return fmt.Errorf("plot: no catch-up in scenarios %s among %d records: measure some with --out", strings.Join(scenarios, ", "), len(all))
	}
	cost, memory := panel{Title: "CPU time of an event, µs", Top: 40}, panel{Title: "Resident memory, MiB", Top: 40 + height + gap}
	colours := map[string]string{}
	var legend []line
	for _, runs := range group(of) {
		r := runs[len(runs)-1]
		name := r.Program + ", " + r.Memory
		if colours[r.Scenario] == "" {
			colours[r.Scenario] = palette[len(colours)%len(palette)]
		}
		l := line{Name: r.Scenario + ": " + name, Colour: colours[r.Scenario], Dashed: r.Program != of[0].Program}
		cost.add(l, costs(r.Series))
		memory.add(l, memories(r.Series))
		legend = append(legend, l)
	}
	for i := range legend {
		legend[i].Y = 40 + 18*i
	}
	cost.scale()
	memory.scale()
	return drawing.Execute(w, map[string]any{
		"Panels": []panel{cost, memory}, "Legend": legend, "Left": left, "Right": left + width, "LegendAt": left + width + 24, "Width": width, "Height": height,
		"Full": left + width + 300, "FullHeight": max(memory.Top+height+56, 60+18*len(legend)),
	})
}

const (
	left, width = 64, 560
	height, gap = 220, 76
	steps       = 25 // of a line
)

var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#999933"}

//go:embed plot.svg.tmpl
var source string

var drawing = template.Must(template.New("plot").Parse(source))

// xy is a point: events in millions, and what is shown.
type xy struct{ x, y float64 }

type line struct {
	Name, Colour, Path string
	Dashed             bool
	Y                  int // in the legend
	points             []xy
}

type tick struct {
	At   float64
	Text string
}

type panel struct {
	Title  string
	Top    int
	Lines  []line
	XTicks []tick
	YTicks []tick
}

// costs is the CPU time of an event, in µs, of each step.
func costs(series []Point) (points []xy) {
	end := series[len(series)-1].Events
	before := Point{}
	for i := range int64(steps) {
		now := at(series, end*(i+1)/steps)
		if now.Events > before.Events {
			points = append(points, xy{float64(now.Events+before.Events) / 2e6, (now.CPU - before.CPU) * 1e6 / float64(now.Events-before.Events)})
		}
		before = now
	}
	return points
}

func memories(series []Point) (points []xy) {
	for _, p := range Thin(series, 6*steps) {
		points = append(points, xy{float64(p.Events) / 1e6, p.Resident})
	}
	return points
}

func (p *panel) add(l line, points []xy) {
	l.points = points
	p.Lines = append(p.Lines, l)
}

// scale lays lines and ticks out. What is far above nearly everything, as when a just-in-time compiler begins, is cut off.
func (p *panel) scale() {
	var xs, ys []float64
	for _, l := range p.Lines {
		for _, point := range l.points {
			xs, ys = append(xs, point.x), append(ys, point.y)
		}
	}
	slices.Sort(ys)
	x, y := ticks(slices.Max(xs)), ticks(min(ys[len(ys)-1], 1.3*ys[len(ys)*9/10]))
	toX := func(v float64) float64 { return left + v/x[len(x)-1]*width }
	toY := func(v float64) float64 { return float64(p.Top) + height*(1-min(1, v/y[len(y)-1])) }
	for _, v := range x {
		p.XTicks = append(p.XTicks, tick{toX(v), english.Sprint(v)})
	}
	for _, v := range y {
		p.YTicks = append(p.YTicks, tick{toY(v), english.Sprint(v)})
	}
	for i := range p.Lines {
		var path strings.Builder
		for _, point := range p.Lines[i].points {
			fmt.Fprintf(&path, "%.1f,%.1f ", toX(point.x), toY(point.y))
		}
		p.Lines[i].Path = path.String()
	}
}

// ticks are from 0 to at least a value, four to nine of them, at round values.
func ticks(most float64) (all []float64) {
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, part := range []float64{0.2, 0.5, 1, 2} {
		if most/(step*part) <= 8 {
			step *= part
			break
		}
	}
	for i := 0.0; ; i++ {
		all = append(all, math.Round(i*step*1e6)/1e6)
		if i*step >= most {
			return all
		}
	}
}
