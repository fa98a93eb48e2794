package main

import (
	"fmt"
	"regexp"
)

// pattern is a flag of a regular expression; unset it matches everything.
type pattern struct{ expression *regexp.Regexp }

func (p *pattern) String() string {
	if p.expression == nil {
		return ""
	}
	return p.expression.String()
}
func (p *pattern) Type() string { return "regexp" }

func (p *pattern) Set(text string) error {
	expression, err := regexp.Compile(text)
	if err != nil {
		return fmt.Errorf("use a regular expression as Go has them: %w", err)
	}
	p.expression = expression
	return nil
}

func (p *pattern) matches(text string) bool {
	return p.expression == nil || p.expression.MatchString(text)
}
