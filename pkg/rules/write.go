package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// YAML is the set as rule files, with all defaults spelled out: a document for each pack. What a rule's where says is what holds of the pack's and its own.
func (s *Set) YAML() []byte {
	var b bytes.Buffer
	for i, p := range s.packs {
		if i > 0 {
			b.WriteString("---\n")
		}
		writeMapping(&b, p.tree(s), 0)
	}
	return b.Bytes()
}

func writeMapping(b *bytes.Buffer, m mapping, depth int) {
	for i, e := range m {
		if i > 0 || depth == 0 {
			b.WriteString(strings.Repeat("  ", depth))
		}
		fmt.Fprintf(b, "%s:", e.key)
		list, nested := e.value.([]mapping)
		if !nested {
			fmt.Fprintf(b, " %s\n", flow(e.value))
			continue
		}
		b.WriteByte('\n')
		for _, one := range list {
			b.WriteString(strings.Repeat("  ", depth+1) + "- ")
			writeMapping(b, one, depth+2)
		}
	}
}

// flow is a value on one line.
func flow(value any) string {
	switch v := value.(type) {
	case string:
		return quoted(v)
	case []string:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = quoted(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []mapping:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = flow(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case mapping:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = e.key + ": " + flow(e.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(value)
	}
}

// plain are texts that YAML takes for nothing but texts, in lists and mappings on one line too.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*( [a-z0-9]+)?$|^[0-9]+(d|w|mo)$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// reserved are those of them that older readers of YAML take for truth values or nothing.
var reserved = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n)$`)

func quoted(text string) string {
	if plain.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// JSON is what YAML is as a list of packs in JSON.
func (s *Set) JSON() []byte {
	packs := []mapping{}
	for _, p := range s.packs {
		packs = append(packs, p.tree(s))
	}
	text, err := json.MarshalIndent(packs, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("write rules as JSON: %v", err))
	}
	return append(text, '\n')
}

// MarshalJSON keeps the order of the keys.
func (m mapping) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, e := range m {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(e.value)
		if err != nil {
			return nil, err
		}
		b = append(append(strconv.AppendQuote(b, e.key), ':'), value...)
	}
	return append(b, '}'), nil
}

// MarshalJSON is the shortest decimal.
func (d Decimal) MarshalJSON() ([]byte, error) { return d.AppendTo(nil), nil }
