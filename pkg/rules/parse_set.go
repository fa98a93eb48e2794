package rules

import (
	"cmp"
	"fmt"
	"slices"

	"sellerpulse/pkg/windows"
)

// setReader makes a set of files.
type setReader struct {
	set     *Set
	days    int // for which counts are kept
	rules   int
	metrics int
	first   map[string]place // of each rule, and of each pack after "pack "

	readers   []*ruleReader // of all versions
	overrides []*overrideReader
}

// place is where something was first said.
type place struct {
	file   string
	line   int
	column int
	field  string
}

func newSetReader(days int) *setReader {
	return &setReader{set: &Set{}, days: days, first: map[string]place{}}
}

func (s *setReader) read(file File) error {
	f, err := readFile(&file)
	if err != nil {
		return err
	}
	s.overrides = append(s.overrides, f.overrides...)
	if f.rules == nil {
		return nil
	}
	if before, ok := s.first["pack "+f.pack.Name]; ok {
		return &Error{Field: "pack", Problem: fmt.Sprintf("a second file of pack %s%s; the first is %s: load one of them, or give this one another name",
			f.pack.Name, ofNone(f.pack.Name), cmp.Or(before.file, "a file before"))}
	}
	s.first["pack "+f.pack.Name] = place{file: file.Name}
	if s.metrics += len(f.pack.Metrics); s.metrics > MaxMetrics {
		return &Error{Field: "metrics", Problem: "more metrics than a set may define: leave out what no rule needs"}
	}
	for _, r := range f.rules {
		if err := s.add(file.Name, r); err != nil {
			return err
		}
	}
	pack := f.pack
	s.set.packs = append(s.set.packs, &pack)
	return nil
}

// ofNone tells of which pack a file is that names none.
func ofNone(pack string) string {
	if pack == BuiltInPack {
		return ", which a file is of that names none"
	}
	return ""
}

// add adds a version of a rule.
func (s *setReader) add(file string, r *ruleReader) error {
	at := r.fields["name"]
	if s.rules++; s.rules > MaxRules {
		return at.wrong("rule %d of the files: there may be up to %d, each version being one", s.rules, MaxRules)
	}
	if err := r.CheckHistory(s.days); err != nil {
		return r.fields["window"].wrong("%v", err)
	}
	named := s.set.Find(r.Name)
	if named == nil {
		named = &Named{Name: r.Name, By: r.By}
		s.set.named = append(s.set.named, named)
		s.first[r.Name] = place{file: file, line: at.Line}
	}
	first := s.first[r.Name]
	for _, other := range named.Versions {
		switch {
		case overlap(other, &r.Rule):
			return at.wrong("a second rule %q; the first is in line %d: give each rule a name of its own, or each version days of its own with from and until", r.Name, first.line)
		case other.By != r.By:
			return at.wrong("versions of rule %q with different by: that is not done in this version; give the rule another name", r.Name)
		}
	}
	named.Versions = append(named.Versions, &r.Rule)
	s.readers = append(s.readers, r)
	slices.SortStableFunc(named.Versions, func(a, b *Rule) int { return cmp.Compare(firstDay(a), firstDay(b)) })
	return nil
}

// overlap is whether two versions have a day in common.
func overlap(a, b *Rule) bool { return meet(a.From, a.Until, b.From, b.Until) }

// meet is whether two stretches of days, each from a first to a last one, nil for no bound, have one in common.
func meet(from, until, otherFrom, otherUntil *windows.Date) bool {
	return startOf(from) <= endOf(otherUntil) && startOf(otherFrom) <= endOf(until)
}

const (
	minDate windows.Date = -1 << 31
	maxDate windows.Date = 1<<31 - 1
)

func firstDay(r *Rule) windows.Date { return startOf(r.From) }

func startOf(from *windows.Date) windows.Date {
	if from == nil {
		return minDate
	}
	return *from
}

func endOf(until *windows.Date) windows.Date {
	if until == nil {
		return maxDate
	}
	return *until
}
