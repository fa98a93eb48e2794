package scenario

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// fields are those of an alert, a report, or a part of one, by their names in the contract: a scenario speaks of what subscribers read.
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

// number is a field's number, and whether it is not null.
func (f fields) number(name string) (n int64, given bool) {
	number, given := f[name].(float64)
	return int64(number), given
}

// optional is a field's number or text, "none" where it is null.
func (f fields) optional(name string) string {
	switch value := f[name].(type) {
	case float64:
		return strconv.FormatInt(int64(value), 10)
	case string:
		return value
	}
	return "none"
}

// in is the object that a field holds; without fields where it is null.
func (f fields) in(name string) fields {
	object, _ := f[name].(map[string]any)
	return object
}

// list is the objects that a field lists.
func (f fields) list(name string) (objects []fields) {
	elements, _ := f[name].([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		objects = append(objects, object)
	}
	return objects
}

// texts are the texts that a field lists, with spaces between.
func (f fields) texts(name string) string {
	elements, _ := f[name].([]any)
	var texts []string
	for _, element := range elements {
		texts = append(texts, fmt.Sprint(element))
	}
	return strings.Join(texts, " ")
}

// ratio is the numbers of an alert, a rule or a metric.
func (f fields) ratio() ratio {
	numerator, _ := f.number("numerator")
	denominator, _ := f.number("denominator")
	return ratio{numerator, denominator}
}

// window is the first and the last date of the window.
func (f fields) window() string {
	return f.in("window").text("from") + " to " + f.in("window").text("to")
}

// part is the part of the seller, in quotes where it is the empty one; nothing of a rule without parts.
func (f fields) part() string {
	part, given := f["part"].(string)
	if given && part == "" {
		return `""`
	}
	return part
}
