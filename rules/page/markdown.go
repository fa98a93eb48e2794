package page

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown is the page.
func (p *Pack) Markdown() string {
	w := new(writer)
	w.line("# %s", p.Title)
	w.line("%s", p.Intro)
	w.line("%s", p.loading())
	w.line("## Rules")
	for _, r := range p.Rules {
		w.rule(r)
	}
	if len(p.Metrics) > 0 {
		w.line("## Metrics of its own")
		for _, m := range p.Metrics {
			w.raw("- `%s`: %s. %s\n", m.Text("name"), m.metricWords(), m.Comment)
		}
		w.raw("\n")
	}
	for _, section := range p.Sections {
		w.line("%s", section)
	}
	w.figures(p)
	w.line("## Sources")
	for i, s := range p.Sources {
		w.raw("%d. %s (%s)\n", i+1, s.Text, s.Note)
	}
	return w.String()
}

// defaultHistory is for how many days orders, and so counts, are kept by default.
const defaultHistory = 120

// loading says how the pack is used, and on which orders.
func (p *Pack) loading() string {
	flags := fmt.Sprintf("--rules rules/%s.yaml", p.Name)
	history := ""
	if days := p.HistoryDays(); days > defaultHistory {
		flags += fmt.Sprintf(" --history %d", days)
		history = fmt.Sprintf(" Its windows reach back over up to %d days.", days)
	}
	var where []string
	for _, f := range p.Where {
		where = append(where, fmt.Sprintf("whose `%s` is %s", f.Key, alternatives(f.Values)))
	}
	return fmt.Sprintf("The pack is [`%s`](../../rules/%s.yaml); its sources were last read on %s. `processor run %s` uses it.%s It counts orders %s, and no others.",
		p.Name, p.Name, p.Figures, flags, history, strings.Join(where, " and "))
}

// ruleNames are the names of the rules, each once.
func (p *Pack) ruleNames() (names []string) {
	for _, r := range p.Rules {
		if name := r.Text("name"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

type writer struct{ strings.Builder }

// line writes a paragraph.
func (w *writer) line(format string, args ...any) { w.raw(format+"\n\n", args...) }

func (w *writer) raw(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *writer) rule(r Definition) {
	title := "### " + r.Text("name")
	if from := r.Text("from"); from != "" {
		title += ", from " + from
	}
	if until := r.Text("until"); until != "" {
		title += " until " + until
	}
	w.line("%s", title)
	w.line("%s", r.Comment)
	levels := r.levelWords()
	if len(levels) == 0 {
		w.raw("- %s\n", r.targetWords())
	}
	for _, level := range levels {
		w.raw("- %s\n", level)
	}
	for _, sentence := range r.sentences() {
		w.raw("- %s\n", sentence)
	}
	w.raw("\n")
}

func (w *writer) figures(p *Pack) {
	w.line("## Figures, and how sure they are")
	w.line("*Official* is what a page or a schema of the marketplace says, *earlier reading* one that said so and could not be read again, *third party* what an agency,\n" +
		"a tool or a forum says, *ours* a figure that nobody publishes.")
	w.raw("| rule | figure | value | how sure | source | note |\n|---|---|---|---|---|---|\n")
	for _, r := range p.Rules {
		for _, f := range r.Figures {
			w.raw("| %s | %s | `%s` | %s | %s | %s |\n", r.Text("name"), f.Key, f.Value, f.Evidence.How, numbers(f.Evidence.Sources), f.Evidence.Note)
		}
	}
	w.raw("\n")
}

// numbers lists the numbers of sources.
func numbers(sources []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sources), " ", ", "), "[]")
}
