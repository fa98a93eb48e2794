package events

import (
	"errors"
	"fmt"

	"sellerpulse/internal/avro"
)

// wire is how a type is written.
type wire uint8

const (
	wireNull wire = iota
	wireBool
	wireLong  // int and long
	wireBytes // bytes and string
	wireFixed // float and double too
	wireEnum
	wireArray
	wireMap
	wireRecord
	wireUnion
	wireAgain // a record within itself
)

// step reads one value of the writer's schema: into a field of the event, or past it.
type step struct {
	wire    wire
	field   field  // numFields: skip it
	illType string // the writer's type, where the field cannot have it
	size    int    // of wireFixed, bytes
	divisor int64  // of instants: units a millisecond
	symbols []string
	codes   []uint8 // of wireEnum: each symbol in the field's closed set, 0 if it is not there
	steps   []step  // of wireRecord, wireUnion: the parts; of wireArray, wireMap: the element
	again   *step   // of wireAgain: the record
}

// plan reads a topic's messages that one writer's schema wrote: a record's, or a union's.
type plan struct{ root step }

// decode reads the body of a message. The strings of the event alias it.
func (p *plan) decode(topic Topic, body []byte, e *Event) error {
	d, r := newDraft(topic, e), avro.NewReader(body)
	p.fill(&d, &r)
	if r.Err() != nil {
		return undecodable("read avro: %v", r.Err())
	}
	if r.Len() > 0 {
		return undecodable("read avro: %d bytes are left over", r.Len())
	}
	return d.finish()
}

var errNoRecord = errors.New("of the union at the top another branch is written than a record")

// fill reads the fields of a record.
func (p *plan) fill(d *draft, r *avro.Reader) {
	s := &p.root
	if s.wire == wireUnion {
		s = branch(s, r)
	}
	if s.wire != wireRecord {
		r.Fail(errNoRecord)
		return
	}
	for i := range s.steps {
		d.read(&s.steps[i], r)
	}
}

// read reads a value into its field.
func (d *draft) read(s *step, r *avro.Reader) {
	if s.wire == wireUnion {
		s = branch(s, r)
	}
	if s.wire == wireNull {
		return
	}
	if s.field == numFields || s.illType != "" {
		skip(s, r, 0)
		if s.illType != "" {
			d.blame(s.field, s.illType, "is not "+expected[shapes[s.field]])
		}
		return
	}
	d.got(s.field)
	switch shapes[s.field] {
	case shapeText:
		*d.e.text(s.field) = r.String()
	case shapeOptionalText:
		*d.e.optionalText(s.field) = Text{r.String(), true}
	case shapeInstant:
		d.readInstant(s, r)
	case shapeFlag:
		*d.e.flag(s.field) = r.Bool()
	case shapeCode:
		d.readCode(s, r)
	case shapeNumber:
		if n := r.Long(); n != int64(int32(n)) {
			d.blame(s.field, fmt.Sprint(n), "is not "+expected[shapeNumber])
		} else {
			d.e.Rating = int32(n)
		}
	case shapeItems:
		d.readItems(s, r)
	case shapeTexts:
		d.readMetrics(s, r)
	}
}

// nullStep stands for a branch that is not there, once the reader has the error.
var nullStep = step{wire: wireNull}

func branch(s *step, r *avro.Reader) *step {
	i := r.Long()
	if uint64(i) >= uint64(len(s.steps)) {
		r.Fail(fmt.Errorf("a union has no branch %d", i))
		return &nullStep
	}
	return &s.steps[i]
}

func (d *draft) readInstant(s *step, r *avro.Reader) {
	v := r.Long()
	if s.divisor > 1 {
		v = floorDivide(v, s.divisor)
	}
	if v < minInstant || v > maxInstant {
		d.blame(s.field, fmt.Sprint(v), "is outside the years 1 to 9999")
		return
	}
	*d.e.instant(s.field) = v
}

// floorDivide cuts fractions off as the text of an instant would: towards the past, before 1970 too.
func floorDivide(v, divisor int64) int64 {
	q := v / divisor
	if v%divisor < 0 {
		q--
	}
	return q
}

func (d *draft) readCode(s *step, r *avro.Reader) {
	if s.wire == wireBytes {
		text := r.String()
		d.setName(s.field, text)
		return
	}
	i := r.Long()
	if uint64(i) >= uint64(len(s.codes)) {
		r.Fail(fmt.Errorf("an enum has no symbol %d", i))
		return
	}
	if s.codes[i] == 0 {
		d.blameName(s.field, s.symbols[i])
		return
	}
	d.e.setCode(s.field, s.codes[i])
}

// setName sets a field of a closed set by its text.
func (d *draft) setName(f field, text string) {
	code := codeOf(d.e.Topic, f, text)
	if code == 0 {
		d.blameName(f, text)
		return
	}
	d.e.setCode(f, code)
}

func (d *draft) blameName(f field, text string) {
	problem := "is unknown"
	if f == fieldKind {
		problem = "is not a kind of topic " + d.e.Topic.String()
	}
	d.blame(f, quote(text), problem)
}

// readMetrics reads a list of texts. An element that is none is blamed.
func (d *draft) readMetrics(s *step, r *avro.Reader) {
	for n := r.Block(); n > 0; n = r.Block() {
		for range n {
			if e := element(s, r); e.wire == wireBytes {
				d.keepMetric(r.String())
			} else {
				skip(e, r, 0)
				d.blame(fieldMetrics, "", "is not "+expected[shapeTexts])
			}
		}
	}
}

// element is the type of the list's element that comes.
func element(list *step, r *avro.Reader) *step {
	if e := &list.steps[0]; e.wire != wireUnion {
		return e
	}
	return branch(&list.steps[0], r)
}

func (d *draft) readItems(s *step, r *avro.Reader) {
	index := 0
	for n := r.Block(); n > 0; n = r.Block() {
		for range n {
			if e := element(s, r); e.wire == wireRecord {
				d.readItem(e, r, index)
			} else {
				skip(e, r, 0)
				d.blame(fieldItems, "", "is not "+expected[shapeItems])
			}
			index++
		}
	}
}

// readItem reads a record of an order's line. One with a fault is not kept: what is kept took its bytes.
func (d *draft) readItem(record *step, r *avro.Reader, index int) {
	var item Item
	need := setOf(fieldItemID, fieldProductLine, fieldQuantity)
	for i := range record.steps {
		s := &record.steps[i]
		if s.wire == wireUnion {
			s = branch(s, r)
		}
		switch {
		case s.wire == wireNull:
			continue
		case s.field == numFields:
			skip(s, r, 0)
			continue
		case s.illType != "":
			skip(s, r, 0)
			d.blameItem(index, s.field, s.illType, "is not "+expected[shapes[s.field]])
		case s.field == fieldItemID:
			item.ItemID = r.String()
		case s.field == fieldProductLine:
			item.ProductLine = r.String()
		default:
			n := r.Long()
			item.Quantity = int32(n)
			if n != int64(item.Quantity) {
				d.blameItem(index, s.field, fmt.Sprint(n), "is not "+expected[shapeNumber])
			}
		}
		need &^= 1 << s.field
	}
	d.keepItem(index, item, need)
}

// keepItem appends an item, unless fields of it lack.
func (d *draft) keepItem(index int, item Item, lacks fieldSet) {
	for f := fieldItemID; f <= fieldQuantity; f++ {
		if lacks.has(f) {
			d.blameItem(index, f, "", "is missing")
		}
	}
	if len(d.faults) == 0 || !d.blamed(fieldItems) {
		d.e.Items = append(d.e.Items, item)
	}
}

// maxSkipped bounds how deep a value that is skipped may be nested, beyond which it fails: a recursive schema has no end of its own.
const maxSkipped = 64

var errDepth = fmt.Errorf("a value is nested deeper than %d", maxSkipped)

// skip reads past a value that is so deep in another.
func skip(s *step, r *avro.Reader, depth int) {
	if depth++; depth > maxSkipped {
		r.Fail(errDepth)
		return
	}
	switch s.wire {
	case wireBool:
		r.Bool()
	case wireLong:
		r.Long()
	case wireBytes:
		r.Bytes()
	case wireFixed:
		r.Fixed(s.size)
	case wireEnum:
		if i := r.Long(); uint64(i) >= uint64(len(s.symbols)) {
			r.Fail(fmt.Errorf("an enum has no symbol %d", i))
		}
	case wireUnion:
		skip(branch(s, r), r, depth)
	case wireRecord:
		skipRecord(s, r, depth)
	case wireAgain:
		skipRecord(s.again, r, depth)
	case wireArray, wireMap:
		skipBlocks(s, r, depth)
	}
}

// skipRecord stops at an error: a record that holds itself twice would go on for ever.
func skipRecord(s *step, r *avro.Reader, depth int) {
	for i := 0; i < len(s.steps) && r.Err() == nil; i++ {
		skip(&s.steps[i], r, depth)
	}
}

func skipBlocks(s *step, r *avro.Reader, depth int) {
	for n := r.Block(); n > 0; n = r.Block() {
		for i := 0; i < n && r.Err() == nil; i++ {
			if s.wire == wireMap {
				r.Bytes()
			}
			skip(&s.steps[0], r, depth)
		}
	}
}
