package main

import (
	"slices"
	"strings"
	"unicode"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// records is a flag of records by their places, such as "orders/2@17", separated by commas or spaces.
type records []stream.Position

func (p *records) String() string {
	return strings.Join(p.GetSlice(), ",")
}

func (p *records) Type() string { return "topic/partition@offset" }

// Set adds to what was given before.
func (p *records) Set(text string) error {
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		at, err := deadletter.ParsePlace(part)
		if err != nil {
			return err
		}
		*p = append(*p, at)
	}
	return nil
}

// Append makes it a flag of several values, which a file may write as a list.
func (p *records) Append(text string) error { return p.Set(text) }

// Replace forgets what was given before.
func (p *records) Replace(list []string) error {
	*p = nil
	return p.Set(strings.Join(list, ","))
}

// GetSlice is all that was given.
func (p *records) GetSlice() []string {
	texts := make([]string, len(*p))
	for i, at := range *p {
		texts[i] = deadletter.Place(at).String()
	}
	return texts
}

// check refuses topics that are no inputs.
func (p *records) check(topics task.Topics) error {
	for _, at := range *p {
		if !slices.Contains(topics.Inputs[:], at.Topic) {
			return usage("--skip: topic %q is not an input: the inputs are %s", at.Topic, strings.Join(topics.Inputs[:], ", "))
		}
	}
	return nil
}
