package mapping

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"

	"sellerpulse/internal/yamltext"
	"sellerpulse/pkg/events"
)

// sellerKey is what a source without a program has as its `key:`.
const sellerKey = "seller_id"

var sourceFields = []string{"name", "topics", "pattern", "files", "start", "form", "key_form", "use", "source", "constants", "events", "key", "into", "group", "encoding", "delimiter", "quotes"}

// source reads the i-th source.
func (r *reader) source(n *yamltext.Node, i int) (*Source, error) {
	f, err := fields(n, sourceFields...)
	if err != nil {
		return nil, err
	}
	s := &Source{options: r.options}
	if s.Name, err = text(f["name"]); err != nil {
		return nil, err
	}
	if s.Name == "" {
		s.Name = fmt.Sprintf("source %d", i+1)
	}
	if f["use"] != nil {
		if err := r.use(s, n, f); err != nil {
			return nil, err
		}
	}
	if err := r.whence(s, f); err != nil {
		return nil, err
	}
	if f["use"] != nil {
		return s, nil
	}
	if s.form, err = formOf(f["form"], JSON); err != nil {
		return nil, err
	}
	if s.keyForm, err = formOf(f["key_form"], Text); err != nil {
		return nil, err
	}
	if err := s.Rows.read(f); err != nil {
		return nil, err
	}
	return s, r.becomes(s, n, f)
}

// whence reads which records are of a source. What is not said stays as it is.
func (r *reader) whence(s *Source, f map[string]*yamltext.Node) error {
	topics, err := list(f["topics"], maxTopics)
	if err != nil {
		return err
	}
	if f["topics"] != nil {
		s.Topics = topics
	}
	if n := f["pattern"]; n != nil {
		expression, err := text(n)
		if err != nil {
			return err
		}
		if s.Pattern, err = regexp.Compile(`^(?:` + expression + `)$`); err != nil {
			return wrong(n, "pattern %q: %v: use a regular expression of whole names, such as shop\\.orders\\..*", expression, err)
		}
	}
	if n := f["files"]; n != nil {
		if s.Files, err = text(n); err != nil {
			return err
		}
		if _, err := path.Match(s.Files, ""); err != nil {
			return wrong(n, "files %q: %v: use a pattern of names such as *_orders.csv", s.Files, err)
		}
	}
	start, err := text(f["start"])
	if err != nil {
		return err
	}
	if start != "" && start != "earliest" && start != "latest" {
		return wrong(f["start"], "start %q: use earliest, which is the default, or latest", start)
	}
	s.Latest = start == "latest" || start == "" && s.Latest
	return nil
}

// becomes reads what is made of a source's records.
func (r *reader) becomes(s *Source, n *yamltext.Node, f map[string]*yamltext.Node) error {
	e := f["events"]
	if e == nil || e.Kind != yamltext.Scalar {
		return wrong(n, "`events:` is to be a jq program that makes events of a record, or . for records that are events already")
	}
	if key, err := text(f["key"]); err != nil || key != "" {
		if err != nil {
			return err
		}
		return r.repartition(s, f, key)
	}
	if f["into"] != nil {
		return wrong(f["into"], "`into:` goes with `key: seller_id`: a program says the topic of each event by its member topic")
	}
	var err error
	s.program, err = r.compile(e, r.constants)
	return err
}

// repartition reads a source of events that are only under other keys or in other partitions.
func (r *reader) repartition(s *Source, f map[string]*yamltext.Node, key string) error {
	if program, _ := text(f["events"]); program != "." {
		return wrong(f["key"], "`key:` goes with `events: .`: the key of an event that a program makes is its seller_id anyway")
	}
	if key != sellerKey {
		return wrong(f["key"], "key %q: use seller_id, which is what our topics are keyed by; to take the seller from elsewhere write a program as `events:`", key)
	}
	if s.form != JSON && s.form != Avro {
		return wrong(f["form"], "form %s does not go with `events: .`: use json or avro", s.form)
	}
	into, err := text(f["into"])
	if err != nil {
		return err
	}
	if into == "" {
		return nil
	}
	topic, ok := events.ParseTopic(into)
	if !ok {
		return wrong(f["into"], "into %q: use orders, shipments, feedback, claims, chargebacks or returns", into)
	}
	s.into = &topic
	return nil
}

// maxUses bounds mappings that use one another.
const maxUses = 4

// use makes a source one of another mapping, with constants of its own.
func (r *reader) use(s *Source, n *yamltext.Node, f map[string]*yamltext.Node) error {
	for _, key := range []string{"events", "key", "into", "form", "key_form", "group", "encoding", "delimiter", "quotes"} {
		if f[key] != nil {
			return wrong(f[key], "`%s:` does not go with `use:`, which brings it", key)
		}
	}
	name, err := text(f["use"])
	if err != nil {
		return err
	}
	if r.options.Mapping == nil || r.depth >= maxUses {
		return wrong(f["use"], "use %q: mappings use one another at most %d deep", name, maxUses)
	}
	file, err := r.options.Mapping(name)
	if err != nil {
		return wrong(f["use"], "use %q: %v", name, err)
	}
	constants := map[string]any{}
	if err := r.readConstants(f["constants"], constants); err != nil {
		return err
	}
	o := r.options
	o.Set = maps.Clone(o.Set)
	if o.Set == nil {
		o.Set = map[string]string{}
	}
	for name, value := range constants {
		if text, ok := value.(string); ok {
			o.Set[name] = text
		}
	}
	used, err := parse(file, o, r.depth+1, r.known)
	if err != nil {
		return wrong(f["use"], "use %q: %v", name, err)
	}
	return s.takeOver(used, n, f)
}

// takeOver makes a source what the one of another mapping is that it names; the only one needs no name.
func (s *Source) takeOver(used *Mapping, n *yamltext.Node, f map[string]*yamltext.Node) error {
	wanted, err := text(f["source"])
	if err != nil {
		return err
	}
	var names []string
	for _, source := range used.Sources {
		names = append(names, source.Name)
	}
	at := slices.Index(names, wanted)
	if wanted == "" && len(names) == 1 {
		at = 0
	}
	if at < 0 {
		return wrong(n, "mapping %s has the sources %q: name one with `source:`", used.Name, names)
	}
	name := s.Name
	*s = *used.Sources[at]
	if f["name"] != nil {
		s.Name = name
	}
	return nil
}
