package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// links is a flag of URLs, separated by commas or spaces; given several times it has all of them.
type links []string

func (l *links) String() string { return strings.Join(*l, ",") }
func (l *links) Type() string   { return "url" }

// Set takes what is between the separators, and nothing twice.
func (l *links) Set(text string) error {
	return l.add(strings.FieldsFunc(text, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }))
}

func (l *links) add(list []string) error {
	if len(list) == 0 {
		return errors.New("none given: use a URL, such as http://registry:8081")
	}
	for _, text := range list {
		if err := checkLink(text); err != nil {
			return err
		}
		if !slices.Contains(*l, text) {
			*l = append(*l, text)
		}
	}
	return nil
}

func checkLink(text string) error {
	link, err := url.Parse(text)
	switch {
	case err != nil || link.Scheme != "http" && link.Scheme != "https" || link.Hostname() == "":
		return errors.New("not a URL such as http://registry:8081") // Without the text, which may have a password in it.
	case link.RawQuery != "" || link.Fragment != "":
		return fmt.Errorf("%q has more than a scheme, a host and a path", text)
	}
	return nil
}

// Append makes it a flag of several values, which a file may write as a list.
func (l *links) Append(text string) error { return l.Set(text) }

// Replace forgets what was given before.
func (l *links) Replace(list []string) error {
	*l = nil
	return l.add(list)
}

// GetSlice is all that was given.
func (l *links) GetSlice() []string { return *l }
