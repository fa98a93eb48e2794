// Package parts tells which part of the processor the time of a CPU profile went to.
//
// Invariant: every sample counts for exactly one part; one that no pattern knows counts as other, whose functions are told.
package parts

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// part is a part and the functions that are of it, by their full names and, after a space, their files.
type part struct {
	name      string
	functions *regexp.Regexp
}

// background is what has goroutines of its own: whatever is called there is of it.
var background = compile([][2]string{
	{"database: compactions and flushes", `^github\.com/cockroachdb/pebble/v\d+\.\(\*DB\)\.(compact|flush|runCompaction)\d?(\.|$| )`},
})

// foreground is the other parts. A sample is of the innermost function that is of one, so that memory that is copied or allocated counts for
// whoever has it copied or allocated; of two parts that know a function the upper one has it.
var foreground = compile([][2]string{
	{"garbage collector", `^runtime\.(gcBgMarkWorker|gcAssistAlloc|bgsweep|bgscavenge|gcStart|gcMark|gcSweep|sweepone|markroot|scanobject|wbBufFlush|\(\*gcWork\)|\(\*mspan\)\.sweep)`},
	{"scheduler", `^runtime\.(schedule|findRunnable|mcall|park_m|goschedImpl|mstart|sysmon|netpoll|ready|wakep|gopreempt_m|startm|stopm)`},
	{"compress and inflate", `^github\.com/klauspost/compress|^compress/|^github\.com/pierrec/lz4|^hash/crc32`},
	{"timers", `^sellerpulse/.*[tT]imer|^sellerpulse/.* .*/timers?\.go$`},
	{"decode events", `^sellerpulse/pkg/events\.`},
	{"tracking numbers", `^sellerpulse/pkg/windows/tracking\.`},
	{"orders and their facts", `^sellerpulse/pkg/windows\..* .*/(order|fact|due|encoding|shipment|parcel|register)[^/]*\.go$|^sellerpulse/pkg/windows\.\(?\*?Order`},
	{"buckets and windows", `^sellerpulse/pkg/windows\.`},
	{"rules, alerts and reports", `^sellerpulse/pkg/(rules|alerts|reports?)\b`},
	{"find sellers and orders", `^sellerpulse/internal/state\..* .*/(sellers?|orders?|cache|filter|index|rows?)[^/]*\.go$`},
	{"checkpoint and restore", `^sellerpulse/internal/state\..* .*/(checkpoint|restore|rebuild|derive|changelog|store)[^/]*\.go$`},
	{"database: reads and writes", `^github\.com/cockroachdb/`},
	{"rest of the state", `^sellerpulse/internal/state\.`},
	{"fetch", `^sellerpulse/internal/stream\..*[fF]etch|^sellerpulse/internal/stream\..* .*/(fetch|batch|inflate|decode)[^/]*\.go$`},
	{"changelog and transactions", `^sellerpulse/internal/stream\.`},
	{"engine and loop", `^sellerpulse/(internal|pkg)/`},
	{"Kafka protocol", `^github\.com/segmentio/kafka-go`},
})

func compile(rows [][2]string) (all []part) {
	for _, row := range rows {
		all = append(all, part{row[0], regexp.MustCompile(row[1])})
	}
	return all
}

// other is the part of what no pattern knows.
const other = "other"

// Share is a part's share of the time.
type Share struct {
	Part      string
	Share     float64            // of 1
	Functions map[string]float64 // shares of the functions that made samples count for it; of what is other or in the background, of the innermost
}

// Shares tells the parts of a CPU profile, the greatest first; what is other comes last.
func Shares(p *profile.Profile) []Share {
	of := map[string]*Share{}
	total := 0.0
	known := sorter{}
	for _, sample := range p.Sample {
		spent := float64(sample.Value[len(sample.Value)-1])
		total += spent
		name, function := known.partOf(sample)
		if of[name] == nil {
			of[name] = &Share{Part: name, Functions: map[string]float64{}}
		}
		of[name].Share += spent
		of[name].Functions[function] += spent
	}
	var all []Share
	for _, s := range of {
		s.Share /= total
		for function := range s.Functions {
			s.Functions[function] /= total
		}
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Share) int {
		if a.Part != b.Part && (a.Part == other || b.Part == other) {
			return map[bool]int{true: 1, false: -1}[a.Part == other]
		}
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Part, b.Part))
	})
	return all
}

// functions yields the functions of a sample from the innermost on.
func functions(sample *profile.Sample) iter.Seq[*profile.Function] {
	return func(yield func(*profile.Function) bool) {
		for _, location := range sample.Location {
			for _, line := range location.Line {
				if line.Function != nil && !yield(line.Function) {
					return
				}
			}
		}
	}
}

// sorter knows the parts of functions that it has seen.
type sorter map[*profile.Function]struct{ background, foreground string }

// partOf tells the part of a sample, and which function made it so.
func (s sorter) partOf(sample *profile.Sample) (name, function string) {
	for f := range functions(sample) {
		of, ok := s[f]
		if !ok {
			of.background, of.foreground = find(background, f), find(foreground, f)
			s[f] = of
		}
		switch {
		case of.background != "":
			return of.background, innermost(sample)
		case name == "" && of.foreground != "":
			name, function = of.foreground, f.Name
		}
	}
	if name == "" {
		return other, innermost(sample)
	}
	return name, function
}

// find is empty for a function that is of no part by itself.
func find(parts []part, f *profile.Function) string {
	text := f.Name + " " + f.Filename
	for _, p := range parts {
		if p.functions.MatchString(text) {
			return p.name
		}
	}
	return ""
}

func innermost(sample *profile.Sample) string {
	for f := range functions(sample) {
		return f.Name
	}
	return "?"
}

// Table writes the parts with their time an event, given the CPU time of an event in µs, and the functions in which each spent the most.
func Table(w io.Writer, all []Share, event float64) error {
	var text strings.Builder
	text.WriteString("| part | µs an event | share | most of it in |\n|---|---|---|---|\n")
	for _, s := range all {
		fmt.Fprintf(&text, "| %s | %.2f | %.1f %% | %s |\n", s.Part, s.Share*event, 100*s.Share, s.most())
	}
	fmt.Fprintf(&text, "| together | %.2f | | |\n", event)
	_, err := io.WriteString(w, text.String())
	return err
}

// folders are those of packages, in the names of functions and of their types' parameters.
var folders = regexp.MustCompile(`[^\s\[\](),*]*/`)

// most names the functions in which a part spent the most.
func (s Share) most() string {
	count := 3
	if s.Part == other {
		count = 8
	}
	names := slices.SortedFunc(maps.Keys(s.Functions), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Functions[b], s.Functions[a]), strings.Compare(a, b))
	})
	for i := range names {
		names[i] = "`" + folders.ReplaceAllString(names[i], "") + "`"
	}
	return strings.Join(names[:min(count, len(names))], ", ")
}
