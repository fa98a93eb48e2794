package rules

import (
	"slices"
	"unicode/utf8"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// overrideReader reads an override. What it says of rules is read for each of them, once all files are.
type overrideReader struct {
	Override
	file   *fileReader
	fields map[string]value
}

// changeable are the keys of a rule that an override may give another value.
var changeable = []string{"target", "levels", "warn", "resolve", "min_denominator", "min_misses"}

var overrideKeys = makeOverrideKeys()

func makeOverrideKeys() []key[*overrideReader] {
	later := func(*overrideReader, value) error { return nil } // It is read for each rule.
	keys := []key[*overrideReader]{
		{"sellers", false, "The sellers whom it concerns, by their ids.", sellersForm(), readSellers},
		{"sellers_file", false, "A file beside this one that lists them: an id on each line, or CSV with a column seller_id.", schema{"type": "string", "minLength": 1, "maxLength": maxSourceBytes}, readSellersFile},
		{"rule", false, "Names of the file's rules that it is about. Default: all of them.", oneOrMore(nameForm), readOverridden},
		{"reason", false, "Why.", reasonForm(), func(o *overrideReader, v value) (err error) {
			o.Reason, err = v.reason()
			return err
		}},
		{"exempt", false, "The rules are not in force for these sellers.", schema{"type": "boolean", "default": false}, func(o *overrideReader, v value) (err error) {
			o.Exempt, err = v.truth()
			return err
		}},
		{"from", false, "The first day on which the rules are others, or the sellers exempt.", dateForm, func(o *overrideReader, v value) (err error) {
			o.From, err = v.date()
			return err
		}},
		{"until", false, "The last day of that.", dateForm, func(o *overrideReader, v value) (err error) {
			o.Until, err = v.date()
			return err
		}},
		{"silence", false, "A time in which states go on and nobody is told. What is otherwise at its end is told then.", mappingOf(silenceKeys), readSilence},
	}
	for _, k := range ruleKeys {
		if slices.Contains(changeable, k.name) {
			form := schema{}
			for name, v := range k.form {
				if name != "default" { // It stays what the rule says.
					form[name] = v
				}
			}
			keys = append(keys, key[*overrideReader]{k.name, false, k.says, form, later})
		}
	}
	return keys
}

var silenceKeys = []key[*Silence]{
	{"from", false, "The first day. Default: it has begun.", dateForm, func(s *Silence, v value) (err error) {
		s.From, err = v.date()
		return err
	}},
	{"until", true, "The last day.", dateForm, func(s *Silence, v value) error {
		day, err := v.date()
		if err == nil {
			s.Until = *day
		}
		return err
	}},
	{"reason", true, "Why nobody is told.", reasonForm(), func(s *Silence, v value) (err error) {
		s.Reason, err = v.reason()
		return err
	}},
}

func readSilence(o *overrideReader, v value) error {
	o.Silence = new(Silence)
	fields, err := read(o.Silence, v, v.field+".", "a silence", silenceKeys)
	if err != nil {
		return err
	}
	return checkDays(o.Silence.From, &o.Silence.Until, fields["until"])
}

// checkDays checks that there is a day from a first to a last one.
func checkDays(from, until *windows.Date, at value) error {
	if from != nil && until != nil && *from > *until {
		return at.wrong("%v is before from, %v: it holds on one day at least", *until, *from)
	}
	return nil
}

// reason is a text for people.
func (v value) reason() (string, error) {
	text, err := v.text()
	if err == nil && (text == "" || len(text) > MaxReasonBytes) {
		err = v.wrong("a reason of %d bytes: it has from 1 to %d", len(text), MaxReasonBytes)
	}
	return text, err
}

func readSellers(o *overrideReader, v value) error {
	ids, at, err := v.texts(MaxSellersListed)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !isSeller(id) {
			return at[i].wrong("%q is no id of a seller: it has from 1 to %d bytes of UTF-8", id, events.MaxTextBytes)
		}
	}
	slices.Sort(ids)
	o.Sellers = ids
	return nil
}

func isSeller(id string) bool {
	return id != "" && len(id) <= events.MaxTextBytes && utf8.ValidString(id)
}

func readSellersFile(o *overrideReader, v value) (err error) {
	if o.File, err = v.text(); err != nil {
		return err
	}
	list := o.file.list(o.File)
	if list == nil {
		return v.wrong("there is no list %q: put the file beside this one, and give its path from here", o.File)
	}
	o.Sellers, err = readList(list)
	return err
}

func readOverridden(o *overrideReader, v value) error {
	names, at, err := v.texts(MaxListed)
	if err != nil {
		return err
	}
	for i, name := range names {
		if !namePattern.MatchString(name) {
			return at[i].wrong("%q is no name of a rule: name one of this pack's, without the pack's name", name)
		}
		o.Rules = append(o.Rules, fullName(o.Pack, name))
	}
	return nil
}

func readOverrides(f *fileReader, v value) error {
	list, err := v.list("overrides", 1, MaxOverrides)
	if err != nil {
		return err
	}
	for _, element := range list {
		o := &overrideReader{Override: Override{Pack: f.pack.Name}, file: f}
		o.at = place{f.Name, element.Line, element.Column, element.field}
		if o.fields, err = read(o, element, element.field+".", "an override", overrideKeys); err != nil {
			return err
		}
		if err := o.check(element); err != nil {
			return err
		}
		f.overrides = append(f.overrides, o)
	}
	return nil
}

// check is what no field alone tells.
func (o *overrideReader) check(v value) error {
	changes := slices.ContainsFunc(changeable, func(key string) bool { return o.has(key) })
	dated := slices.DeleteFunc([]string{"from", "until"}, func(key string) bool { return !o.has(key) })
	switch {
	case o.has("sellers") == o.has("sellers_file"):
		return v.wrong("an override has sellers or a sellers_file: give one of the two")
	case !changes && !o.Exempt && o.Silence == nil:
		return v.wrong("an override that says nothing: add one of %s, exempt or silence", oneOf(changeable))
	case o.Exempt && changes:
		return o.fields["exempt"].wrong("exempt beside another target: who is exempt has none; remove one of the two")
	case o.Exempt && o.Silence != nil:
		return o.fields["silence"].wrong("a silence beside exempt: of who is exempt there is nothing to tell; remove one of the two")
	case len(dated) > 0 && !changes && !o.Exempt:
		return o.fields[dated[0]].wrong("days beside a silence alone: write them into the silence")
	case o.has("target") && o.has("levels"):
		return o.fields["target"].wrong("a target beside levels: the levels have targets; remove one of the two")
	}
	return checkDays(o.From, o.Until, o.fields["until"])
}

func (o *overrideReader) has(key string) bool { _, ok := o.fields[key]; return ok }

// holdFor reads what a version of a rule is for the sellers.
func (o *overrideReader) holdFor(r *ruleReader) error {
	held := &ruleReader{Rule: r.Rule, file: r.file, fields: map[string]value{}}
	if o.has("target") || o.has("levels") { // What belongs to the target goes with it.
		held.Target, held.Levels, held.Warn, held.Resolve = Target{}, nil, nil, nil
	}
	for _, k := range ruleKeys {
		field, ok := o.fields[k.name]
		if !ok || !slices.Contains(changeable, k.name) {
			continue
		}
		if len(held.Levels) > 0 && (k.name == "warn" || k.name == "resolve") {
			return field.wrong("%s of rule %q, which has levels: it belongs to a target; remove it, or name other rules", k.name, r.Name)
		}
		if err := k.read(held, field); err != nil {
			return ofRule(r.Name, err)
		}
	}
	o.held[&r.Rule] = &held.Rule
	return nil
}

// ofRule says of which rule an override is wrong.
func ofRule(name string, err error) error {
	if at, ok := err.(*Error); ok { //nolint:errorlint // Reading a value wraps nothing.
		at.Problem += " (for rule " + name + ")"
	}
	return err
}

// unknownRule is an error if an override names a rule that its pack has not.
func (o *overrideReader) unknownRule(known []string) error {
	for _, name := range o.Rules {
		if !slices.Contains(known, name) {
			return o.fields["rule"].wrong("unknown rule %q: use one of %s%s", name, oneOf(known), meant.Hint(name, known))
		}
	}
	return nil
}

// truth is true or false, as YAML has it.
func (v value) truth() (bool, error) {
	text, err := v.text()
	if err != nil {
		return false, err
	}
	switch text {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	default:
		return false, v.wrong("%q is neither true nor false", text)
	}
}

// ReadLists reads the files of sellers that the file names, each once, in its order; none where it is no rule file, which [ParseAll] tells.
func (f *File) ReadLists(read func(name string) ([]byte, error)) error {
	for _, name := range f.listNames() {
		text, err := read(name)
		if err != nil {
			return err
		}
		f.Lists = append(f.Lists, File{Name: name, Text: text})
	}
	return nil
}

func (f *File) listNames() (names []string) {
	if len(f.Text) > MaxFileBytes {
		return nil
	}
	documents, err := yamltext.Parse(f.Text)
	if err != nil || len(documents) != 1 {
		return nil
	}
	for _, override := range find(documents[0], "overrides").List {
		if name := find(override, "sellers_file").Text; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// find is the value of a key of a mapping; an empty one where it has none.
func find(n *yamltext.Node, key string) *yamltext.Node {
	for _, e := range n.Map {
		if e.Key == key {
			return e.Value
		}
	}
	return new(yamltext.Node)
}
