package rules

import "strings"

// key is a key of a mapping in rule files: the parser and the schema of the files are made of the same list of them.
type key[T any] struct {
	name     string
	required bool
	says     string // what it is, for who writes a file
	form     schema // of its values
	read     func(T, value) error
}

// read has each key that is given read its value, in the order of the keys.
func read[T any](to T, v value, prefix, what string, keys []key[T]) (map[string]value, error) {
	var known []string
	for _, k := range keys {
		known = append(known, k.name)
	}
	fields, err := v.fields(prefix, known)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if _, ok := fields[k.name]; k.required && !ok {
			return nil, v.wrong("%s without %s: add it", what, k.name)
		}
	}
	for _, k := range keys {
		if field, ok := fields[k.name]; ok {
			if err := k.read(to, field); err != nil {
				return nil, err
			}
		}
	}
	return fields, nil
}

// oneOf are names as an error lists them.
func oneOf(names []string) string { return strings.Join(names, ", ") }
