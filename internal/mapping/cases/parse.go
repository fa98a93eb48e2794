package cases

import (
	"fmt"
	"strings"
)

// Case is a record and what it is to become.
type Case struct {
	Line   int // of its record
	Title  string
	From   string // topic or file; empty where the mapping has one source
	Key    *string
	Record string
	Events []string // as they stand there
	Refuse *string  // a part of why it cannot be mapped; nil where it can

	head []string // its lines as they stand there, up to what is expected
}

// maxCases bounds the cases of a file.
const maxCases = 10_000

// Parse reads a file of cases. Its error names the line.
func Parse(text string) (all []*Case, err error) {
	var c *Case
	var title, head []string
	section := ""
	for i, line := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == "record":
			if len(all) >= maxCases {
				return nil, fmt.Errorf("line %d: more than %d cases: make another file", i+1, maxCases)
			}
			c = &Case{Line: i + 1, Title: strings.Join(title, " "), head: append(head, line)}
			if err := c.origin(rest); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			all, title, head, section = append(all, c), nil, nil, word
		case section == "record" && line == "events", section == "record" && word == "refused":
			if section = "events"; word == "refused" {
				c.Refuse = &rest
			}
		case section == "record":
			c.Record += line + "\n"
			c.head = append(c.head, line)
		case word == "set" && len(all) == 0:
			head = append(head, line)
		case strings.HasPrefix(line, "#"):
			title, head, section = append(title, strings.TrimSpace(strings.TrimPrefix(line, "#"))), append(head, line), ""
		case strings.TrimSpace(line) == "":
			head = append(head, line)
		case section == "events" && c.Refuse == nil && line[0] == '{':
			c.Events = append(c.Events, line)
		default:
			return nil, fmt.Errorf("line %d: %.40q: a case is `record`, its text, and `events` with a line of JSON each, or `refused TEXT`", i+1, line)
		}
	}
	for _, c := range all {
		c.Record = strings.TrimRight(c.Record, "\n")
	}
	if section == "record" {
		return nil, fmt.Errorf("line %d: this record has neither `events` nor `refused` behind it", c.Line)
	}
	return all, nil
}

// origin reads what stands behind `record`.
func (c *Case) origin(text string) error {
	for word := range strings.FieldsSeq(text) {
		key, isKey := strings.CutPrefix(word, "key=")
		switch {
		case isKey:
			c.Key = &key
		case c.From == "":
			c.From = word
		default:
			return fmt.Errorf("%q: behind `record` stand the topic, and key=TEXT", word)
		}
	}
	return nil
}

// Settings are the constants that a file of cases sets, by lines such as `set seller=S1` before the first case.
func Settings(text string) map[string]string {
	settings := map[string]string{}
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if word == "record" {
			break
		}
		if name, value, ok := strings.Cut(rest, "="); word == "set" && ok {
			settings[strings.TrimSpace(name)] = value
		}
	}
	return settings
}
