package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	schema "github.com/twmb/avro"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// maxBranches bounds a union at the top of a file's schema.
const maxBranches = 64

// RecordDecoder reads records of a file, which one writer's schema wrote. Each tells its topic: by a field of that name, or else by its schema
// being one of ours. A union of such schemas may have any of them. It is safe for concurrent use.
type RecordDecoder struct {
	types []recordType
	union bool
}

// recordType is one type of record: all there are, or those of a branch of the union.
type recordType struct {
	whole step             // reads past one
	plans [NumTopics]*plan // of the topics that it can be of
	named Topic            // by its schema; NumTopics where the field tells
	err   error            // why it can be of none
}

// NewRecordDecoder makes a decoder of a writer's schema. Its error tells what the schema lacks.
func NewRecordDecoder(text string) (*RecordDecoder, error) {
	root, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	branches, union := []schema.SchemaNode{*root}, root.Type == "union"
	if union {
		branches = root.Branches
	}
	if len(branches) > maxBranches {
		return nil, fmt.Errorf("the schema is a union of %d, more than %d", len(branches), maxBranches)
	}
	d := &RecordDecoder{union: union}
	var refused error
	for i := range branches {
		s, err := recordTypeOf(branches[:i+1])
		if err != nil {
			return nil, err
		}
		d.types, refused = append(d.types, s), errors.Join(refused, s.err)
	}
	if !slices.ContainsFunc(d.types, func(s recordType) bool { return s.err == nil }) {
		return nil, refused
	}
	return d, nil
}

// Decode reads the next record into e, all of whose fields it sets. Texts of e alias the bytes. After an *Error the reader is behind the record,
// unless the reader has an error too.
func (d *RecordDecoder) Decode(r *avro.Reader, e *Event) error {
	s := d.next(r)
	if s == nil {
		return undecodable("read avro: %v", r.Err())
	}
	topic, err := s.topicOf(*r)
	if err != nil {
		skip(&s.whole, r, 0)
	} else {
		draft := newDraft(topic, e)
		if s.plans[topic].fill(&draft, r); r.Err() == nil {
			return draft.finish()
		}
	}
	if r.Err() != nil {
		return undecodable("read avro: %v", r.Err())
	}
	return err
}

// Skip reads past the next record.
func (d *RecordDecoder) Skip(r *avro.Reader) {
	if s := d.next(r); s != nil {
		skip(&s.whole, r, 0)
	}
}

// next is of which type the next record is; nil after an error.
func (d *RecordDecoder) next(r *avro.Reader) *recordType {
	if !d.union {
		return &d.types[0]
	}
	i := r.Long()
	if uint64(i) >= uint64(len(d.types)) {
		r.Fail(fmt.Errorf("a union has no branch %d", i))
	}
	if r.Err() != nil {
		return nil
	}
	return &d.types[i]
}

// topicOf finds the topic of the record that comes next. It reads ahead: the reader is a copy.
func (s *recordType) topicOf(r avro.Reader) (Topic, error) {
	if s.err != nil {
		return 0, undecodable("%v", s.err)
	}
	if s.named < NumTopics {
		return s.named, nil
	}
	for i := range s.whole.steps {
		part := &s.whole.steps[i]
		if part.field != fieldTopic {
			skip(part, &r, 0)
			continue
		}
		return readTopic(part, &r)
	}
	return 0, missing(fieldTopic)
}

func readTopic(s *step, r *avro.Reader) (Topic, error) {
	if s.wire == wireUnion {
		s = branch(s, r)
	}
	name := ""
	switch {
	case s.illType != "":
		return 0, invalid(fieldTopic, s.illType, "is not "+expected[shapeCode])
	case s.wire == wireBytes:
		name = r.String()
	case s.wire == wireEnum:
		if i := r.Long(); uint64(i) < uint64(len(s.symbols)) {
			name = s.symbols[i]
		}
	}
	if name == "" {
		return 0, missing(fieldTopic)
	}
	topic, ok := ParseTopic(name)
	if !ok {
		return 0, invalid(fieldTopic, quote(name), "is none of the input topics")
	}
	return topic, nil
}

// recordTypeOf compiles the last of some branches. Those before it define names.
func recordTypeOf(branches []schema.SchemaNode) (s recordType, err error) {
	last := &branches[len(branches)-1]
	if s.whole, err = compileLast(Orders, branches, map[string]field{fieldTopic.String(): fieldTopic}); err != nil {
		return s, err
	}
	name := schemaName(last)
	s.named = NumTopics
	own, known := topicsBySchema[name]
	switch {
	case s.whole.wire != wireRecord:
		s.err = fmt.Errorf("the schema %q is no record's: write records, each with a field topic", name)
	case slices.ContainsFunc(s.whole.steps, func(part step) bool { return part.field == fieldTopic }):
		for topic := range NumTopics {
			err = errors.Join(err, s.plan(topic, branches))
		}
	case known:
		s.named = own
		err = s.plan(own, branches)
	default:
		s.err = fmt.Errorf("the schema %q has no field topic, and is none of %s: add the field, with a topic's name, or write by the topic's schema",
			name, strings.Join(slices.Sorted(maps.Keys(topicsBySchema)), ", "))
	}
	return s, err
}

func (s *recordType) plan(topic Topic, branches []schema.SchemaNode) error {
	root, err := compileLast(topic, branches, readers[topic].fields)
	s.plans[topic] = &plan{root}
	return err
}

func compileLast(topic Topic, branches []schema.SchemaNode, fields map[string]field) (root step, err error) {
	c := newCompiler(readers[topic])
	for i := range branches {
		to := skipped
		if i == len(branches)-1 {
			to.fields = fields
		}
		if root, err = c.compile(&branches[i], "", to); err != nil {
			return root, err
		}
	}
	return root, nil
}

// schemaName is the full name of a schema at the top; of others, what there is to call it by.
func schemaName(n *schema.SchemaNode) string {
	if n.Name == "" {
		return n.Type
	}
	return fullNameOf(n)
}

// topicsBySchema are the topics by the full names of their schemas.
var topicsBySchema = func() map[string]Topic {
	topics := map[string]Topic{}
	for t := range NumTopics {
		root, err := parseSchema(schemas.Text(t.String()))
		if err != nil {
			panic(fmt.Sprintf("parse built-in schema %s: %v", t, err))
		}
		topics[schemaName(root)] = t
	}
	return topics
}()
