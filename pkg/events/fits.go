package events

import "github.com/twmb/avro"

// divisors gives the types of instants: how many of their units make a millisecond. Local ones have no zone, and are taken for UTC.
var divisors = map[string]int64{
	"int": 1, "long": 1,
	"long timestamp-millis": 1, "long timestamp-micros": 1_000, "long timestamp-nanos": 1_000_000,
	"long local-timestamp-millis": 1, "long local-timestamp-micros": 1_000, "long local-timestamp-nanos": 1_000_000,
}

// telling are the logical types, beside those of instants, that make another thing of a value. All others are ignored, as Avro has it.
var telling = map[string]bool{"date": true, "time-millis": true, "time-micros": true, "decimal": true, "big-decimal": true}

// typeName is a primitive type with its logical type.
func typeName(n *avro.SchemaNode) string {
	name := n.Type + " " + n.LogicalType
	if divisors[name] > 0 || telling[n.LogicalType] {
		return name
	}
	return n.Type
}

// fits says whether a field of this shape can have this type.
func fits(s *step, typeName string, sh shape) bool {
	switch sh {
	case shapeInstant:
		return divisors[typeName] > 0
	case shapeFlag:
		return s.wire == wireBool
	case shapeCode:
		return s.wire == wireEnum || isText(s, typeName)
	case shapeNumber:
		return typeName == "int" || typeName == "long"
	case shapeItems:
		return s.wire == wireArray && s.steps[0].can(wireRecord)
	case shapeTexts:
		return s.wire == wireArray && s.steps[0].can(wireBytes)
	}
	return isText(s, typeName)
}

// isText is whether a type is that of texts; bytes can be read as a string.
func isText(s *step, typeName string) bool {
	return s.wire == wireBytes && (typeName == "string" || typeName == "bytes")
}

// can is whether a value may be written so: by the step itself, or a branch of its union.
func (s *step) can(w wire) bool {
	if s.wire != wireUnion {
		return s.wire == w
	}
	for i := range s.steps {
		if s.steps[i].wire == w {
			return true
		}
	}
	return false
}

// empty is whether each value takes no bytes.
func (s *step) empty() bool {
	switch s.wire {
	case wireNull:
		return true
	case wireFixed:
		return s.size == 0
	case wireRecord:
		return len(s.steps) == 0
	}
	return false
}
