package record

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// column is a figure by its name, and how a table calls and writes it.
type column struct{ name, title, format string }

// measure is a kind of measurement, and what is measured.
type measure struct {
	name, title string
	columns     []column
}

// Kinds of measurements.
const (
	CatchUp  = "catch-up"
	Restore  = "restore"
	Kill     = "kill"
	Midnight = "midnight"
	Delay    = "delay"
	Backfill = "backfill"
	CutOver  = "cut-over"
	Diff     = "diff"
	Intake   = "intake"

	Failed = "failed" // whatever it was
)

var measures = []measure{
	{CatchUp, "From an empty state to the end of the topics", []column{
		{"cpu", "events per CPU second", "%.0f"},
		{"warm", "the same, after 20 s", "%.0f"},
		{"first", "first quarter", "%.0f"},
		{"last", "last quarter", "%.0f"},
		{"clock", "events per second on the clock", "%.0f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
		{"broker", "bytes on the broker an event", "%.0f"},
		{"state", "bytes of state an order", "%.0f"},
		{"written", "bytes written to disk an event", "%.0f"},
		{"amplification", "how often the database wrote what was put into it", "%.1f"},
	}},
	{Restore, "State restored from the changelog, from nothing until new events are committed", []column{
		{"seconds", "seconds", "%.2f"},
		{"records", "records of the changelog", "%.0f"},
		{"clock", "records per second on the clock", "%.0f"},
		{"cpu", "records per CPU second", "%.0f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
	}},
	{Kill, "From the start after kill -9 at full load until every partition has committed again", []column{
		{"seconds", "seconds", "%.2f"},
		{"assigned", "seconds from when the group had assigned the partitions", "%.2f"},
		{"cpu_seconds", "CPU seconds", "%.2f"},
	}},
	{Midnight, "Midnights that concern every seller, in a row", []column{
		{"seconds", "seconds", "%.2f"},
		{"cpu_us", "CPU µs a seller", "%.2f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
	}},
	{Delay, "From an event being sent until its alert can be read, ms", []column{
		{"alerts", "alerts measured", "%.0f"},
		{"p50", "p50", "%.1f"},
		{"p99", "p99", "%.1f"},
		{"p999", "p99.9", "%.1f"},
		{"max", "longest", "%.1f"},
		{"behind", "sent late by at most", "%.1f"},
		{"cores", "cores", "%.2f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
	}},
	{Backfill, "A backfill beside a live processor, and what it costs that one's delay, ms", []column{
		{"clock", "events per second on the clock", "%.0f"},
		{"cpu", "events per CPU second", "%.0f"},
		{"seconds", "seconds until it had caught up", "%.1f"},
		{"resident", "its peak resident memory, MiB", "%.0f"},
		{"p50_alone", "p50 without it", "%.1f"},
		{"p50", "with it", "%.1f"},
		{"p99_alone", "p99 without it", "%.1f"},
		{"p99", "with it", "%.1f"},
		{"p999_alone", "p99.9 without it", "%.1f"},
		{"p999", "with it", "%.1f"},
	}},
	{CutOver, "How long partitions rest at a cut-over, ms", []column{
		{"rest", "from the last commit of the former state to the first new one", "%.0f"},
		{"told", "as the command says", "%.0f"},
		{"longest", "longest from event to alert", "%.0f"},
		{"before", "the same, before the cut-over", "%.0f"},
		{"seconds", "seconds that the command took", "%.2f"},
		{"rules", "rules that stood otherwise", "%.0f"},
		{"alerts", "alerts of that", "%.0f"},
	}},
	{Diff, "A candidate compared with the live state", []column{
		{"seconds", "seconds", "%.2f"},
		{"cpu_seconds", "CPU seconds", "%.2f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
		{"different", "sellers that differ", "%.0f"},
		{"alerts", "alerts compared", "%.0f"},
	}},
	{Intake, "Records of somebody else carried over from a topic to its end", []column{
		{"clock", "events per second on the clock", "%.0f"},
		{"cpu", "events per CPU second", "%.0f"},
		{"alone", "the mapping alone", "%.0f"},
		{"share", "% of that", "%.0f"},
		{"cpu_registry", "events per CPU second with a schema registry", "%.0f"},
		{"cost", "% that it costs", "%.1f"},
		{"resident", "peak resident memory, MiB", "%.0f"},
	}},
}

// run is what makes records comparable: those of one run are told in one line.
type run struct{ scenario, program, memory string }

// Tables writes a table of each kind of measurement, a line a scenario and program: of several records the median, and the least and the
// greatest. Below them stand the commands.
func Tables(w io.Writer, all []Record) error {
	var text strings.Builder
	for _, m := range measures {
		of := slices.DeleteFunc(slices.Clone(all), func(r Record) bool { return r.Measure != m.name })
		if len(of) > 0 {
			m.table(&text, of)
		}
	}
	if len(all) > 0 {
		foot(&text, all)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (m measure) table(w *strings.Builder, all []Record) {
	fmt.Fprintf(w, "### %s\n\n", m.title)
	columns := slices.DeleteFunc(slices.Clone(m.columns), func(c column) bool {
		return !slices.ContainsFunc(all, func(r Record) bool { _, ok := r.Figures[c.name]; return ok })
	})
	w.WriteString("| scenario | program | memory given |")
	for _, c := range columns {
		fmt.Fprintf(w, " %s |", c.title)
	}
	w.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, runs := range group(all) {
		r := runs[0]
		fmt.Fprintf(w, "| %s | %s | %s |", r.describe(), r.Program, r.Memory)
		for _, c := range columns {
			fmt.Fprintf(w, " %s |", c.text(runs))
		}
		w.WriteString("\n")
	}
	w.WriteString("\n")
}

// foot tells when it was measured, what failed, and by which commands.
func foot(w *strings.Builder, all []Record) {
	const minute = "2006-01-02 15:04"
	fmt.Fprintf(w, "Measured from %s to %s UTC, of\n\n", all[0].At.UTC().Format(minute), all[len(all)-1].At.UTC().Format(minute))
	var commands, failures []string
	for _, r := range all {
		if r.Measure == Failed {
			failures = append(failures, fmt.Sprintf("- **%s** of %s with %s failed: %s\n", r.Scenario, r.Program, r.Memory, r.Failure))
		} else if command := fmt.Sprintf("- %s: `%s`\n", r.Program, r.Command); !slices.Contains(commands, command) {
			commands = append(commands, command)
		}
	}
	w.WriteString(strings.Join(append(commands, failures...), ""))
}

var english = message.NewPrinter(language.English)

func (r Record) describe() string {
	text := fmt.Sprintf("**%s**: ", r.Scenario)
	if r.Sellers > 0 {
		text += english.Sprintf("%d sellers, ", r.Sellers)
	}
	if r.Rate > 0 {
		text += english.Sprintf("%d events/s, ", r.Rate)
	} else {
		text += english.Sprintf("%d events, ", r.Events)
	}
	if r.Partitions == 1 {
		return text + "1 partition"
	}
	return text + english.Sprintf("%d partitions", r.Partitions)
}

// group puts the records of one run together, in the order of the first of each.
func group(all []Record) (groups [][]Record) {
	place := map[run]int{}
	for _, r := range all {
		key := run{r.Scenario, r.Program, r.Memory}
		i, ok := place[key]
		if !ok {
			i = len(groups)
			place[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

func (c column) text(runs []Record) string {
	var figures []float64
	for _, r := range runs {
		if f, ok := r.Figures[c.name]; ok {
			figures = append(figures, f)
		}
	}
	if len(figures) == 0 {
		return "–"
	}
	slices.SortFunc(figures, cmp.Compare[float64])
	text := english.Sprintf(c.format, figures[len(figures)/2])
	if len(figures) > 1 {
		text += english.Sprintf(" ("+c.format+"–"+c.format+")", figures[0], figures[len(figures)-1])
	}
	return text
}
