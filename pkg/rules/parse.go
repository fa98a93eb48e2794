package rules

import (
	"fmt"
	"regexp"

	"sellerpulse/internal/yamltext"
	"sellerpulse/pkg/windows"
)

// Bounds of rule files.
const (
	MaxRules     = 64 // of a set, each version being one
	MaxMetrics   = 64 // that the files of a set define
	MaxNameBytes = 64 // of the name of a pack, a rule, a metric or a level
	MaxLevels    = 8  // of a rule
	MaxWindows   = 8  // of a rule, to choose from
	MaxListed    = 64 // values of a list
	MaxFileBytes = 64 << 10

	MaxOverrides     = 256       // of a set
	MaxSellers       = 20_000    // whom the overrides of a set concern, each counted with each
	MaxSellersListed = 256       // in a rule file, of an override
	MaxSellersBytes  = 384 << 10 // of a file that lists sellers
	MaxReasonBytes   = 256

	maxSourceBytes = 2_048

	MaxFullNameBytes = 2*MaxNameBytes + 1 // of a rule or a metric, with the name of its pack
)

// File is a rule file: its name, for errors, what is in it, and the files of sellers that it names, by those names ([File.ReadLists]).
type File struct {
	Name  string
	Text  []byte
	Lists []File
}

// list is a file of sellers; nil where there is none of the name.
func (f *File) list(name string) *File {
	for i := range f.Lists {
		if f.Lists[i].Name == name {
			return &f.Lists[i]
		}
	}
	return nil
}

// Pack is what a rule file says of itself.
type Pack struct {
	Name    string        // BuiltInPack where it does not say
	Figures *windows.Date // on which somebody last read the sources; nil where it does not say
	Sources []string
	Where   Where // of each of its rules
	Metrics []*Metric
}

// Parse reads a rule file, of the form of builtin.yaml, and checks it against the days for which counts are kept. An error, which is an *Error where it
// is about a place, says what to write there.
func Parse(file []byte, days int) (*Set, error) { return ParseAll(days, File{Text: file}) }

// ParseAll reads rule files into one set, and checks them against the days for which counts are kept.
func ParseAll(days int, files ...File) (*Set, error) {
	s := newSetReader(days)
	for _, f := range files {
		if err := s.read(f); err != nil {
			return nil, in(f.Name, err)
		}
	}
	if len(s.set.named) == 0 && len(s.overrides) == 0 {
		return nil, &Error{Problem: "no rule file: give one"}
	}
	return s.set, s.override()
}

// fileReader reads a file into a pack and its rules.
type fileReader struct {
	*File
	pack      Pack
	fields    map[string]value
	where     value // where the pack's filter stands
	rules     []*ruleReader
	overrides []*overrideReader
}

var fileKeys = []key[*fileReader]{
	{"pack", false, "What alerts and reports call the file's rules and metrics by, before a slash: a-z, 0-9 and -. Without it the file is of pack amazon-2022, whose names have none before them.", nameForm, readPack},
	{"figures", false, "The day on which somebody last read the sources.", dateForm, readFigures},
	{"sources", false, "Pages that the figures are from.", listForm(schema{"type": "string", "maxLength": maxSourceBytes}), readSources},
	{"where", false, "Which orders, claims and returns count under any of the rules.", whereForm(), func(f *fileReader, v value) (err error) {
		f.where = v
		f.pack.Where, err = readWhere(v)
		return err
	}},
	{"metrics", false, "The pack's metrics, beside the built-in ones.", schema{"type": "array", "minItems": 1, "maxItems": MaxMetrics, "items": ref("metric")}, readMetrics},
	{"rules", false, "The rules, in the order in which they are reported. A file without them has overrides of the rules of a pack alone.", schema{"type": "array", "minItems": 1, "maxItems": MaxRules, "items": ref("rule")}, readRules},
	{"overrides", false, "What is otherwise for some sellers.", schema{"type": "array", "minItems": 1, "maxItems": MaxOverrides, "items": ref("override")}, readOverrides},
}

func readFile(file *File) (*fileReader, error) {
	if len(file.Text) > MaxFileBytes {
		return nil, &Error{Problem: fmt.Sprintf("a rule file of %d bytes: it may have up to %d", len(file.Text), MaxFileBytes)}
	}
	documents, err := yamltext.Parse(file.Text)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 || documents[0].Kind == yamltext.Null {
		return nil, &Error{Problem: `not one YAML document: begin with "rules:" and list the rules below it`}
	}
	f, v := &fileReader{File: file, pack: Pack{Name: BuiltInPack}}, value{documents[0], ""}
	if f.fields, err = read(f, v, "", "a rule file", fileKeys); err != nil {
		return nil, err
	}
	return f, f.check(v)
}

// check is what no field alone tells.
func (f *fileReader) check(v value) error {
	switch {
	case f.rules == nil && f.overrides == nil:
		return v.wrong("a rule file without rules: add them, or overrides of those of a pack")
	case f.rules != nil:
		return nil
	}
	for _, key := range []string{"figures", "sources", "where", "metrics"} {
		if at, ok := f.fields[key]; ok {
			return at.wrong("%s of a file that has overrides alone: the pack's own file says it; remove it", key)
		}
	}
	return nil
}

var namePattern = regexp.MustCompile(fmt.Sprintf(`^[a-z0-9][a-z0-9-]{0,%d}$`, MaxNameBytes-1))

// name is the name of a pack, a rule or a level.
func (v value) name(of string) (string, error) {
	text, err := v.text()
	if err == nil && !namePattern.MatchString(text) {
		err = v.wrong("%q is no name of a %s: use 1 to %d of a-z, 0-9 and -, and none of these first", text, of, MaxNameBytes)
	}
	return text, err
}

func readPack(f *fileReader, v value) (err error) {
	f.pack.Name, err = v.name("pack")
	return err
}

func readFigures(f *fileReader, v value) (err error) {
	f.pack.Figures, err = v.date()
	return err
}

// date is a day.
func (v value) date() (*windows.Date, error) {
	text, err := v.text()
	if err != nil {
		return nil, err
	}
	date, err := windows.ParseDate(text)
	if err != nil {
		return nil, v.wrong("%v", err)
	}
	return &date, nil
}

func readSources(f *fileReader, v value) error {
	texts, at, err := v.texts(MaxListed)
	if err != nil {
		return err
	}
	for i, text := range texts {
		if text == "" || len(text) > maxSourceBytes {
			return at[i].wrong("a source of %d bytes: it has from 1 to %d", len(text), maxSourceBytes)
		}
	}
	f.pack.Sources = texts
	return nil
}

func readMetrics(f *fileReader, v value) error {
	list, err := v.list("metrics", 1, MaxMetrics)
	if err != nil {
		return err
	}
	for _, element := range list {
		m, err := readMetric(f.pack.Name, element)
		if err != nil {
			return err
		}
		if f.pack.metric(m.Name) != nil {
			return element.wrong("a second metric %q: give each a name of its own", m.Name)
		}
		f.pack.Metrics = append(f.pack.Metrics, m)
	}
	return nil
}

// metric finds a metric that the pack defines; nil where there is none.
func (p *Pack) metric(name string) *Metric {
	for _, m := range p.Metrics {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func readRules(f *fileReader, v value) error {
	if v.Kind != yamltext.List || len(v.List) == 0 {
		return v.wrong(`no rules: list them below "rules:", each after a dash`)
	}
	list, err := v.list("rules", 1, MaxRules)
	if err != nil {
		return err
	}
	for _, element := range list {
		r, err := f.readRule(element)
		if err != nil {
			return err
		}
		f.rules = append(f.rules, r)
	}
	return nil
}
