package scenario

import (
	"encoding/json"
	"fmt"
)

// fields are those of an alert, or of what a report says of a rule, by their names in the contract: a scenario speaks of what subscribers read.
type fields map[string]any

func fieldsOf(text []byte) fields {
	var f fields
	if err := json.Unmarshal(text, &f); err != nil {
		panic(fmt.Sprintf("scenario: JSON that the outputs wrote: %v", err))
	}
	return f
}

// text is a field's text; nothing where it is null.
func (f fields) text(name string) string {
	text, _ := f[name].(string)
	return text
}

// part is the part of the seller, in quotes where it is the empty one; nothing of a rule without parts.
func (f fields) part() string {
	part, given := f["part"].(string)
	if given && part == "" {
		return `""`
	}
	return part
}

// number is a field's number; 0 where it is null.
func (f fields) number(name string) int64 {
	number, _ := f[name].(float64)
	return int64(number)
}
