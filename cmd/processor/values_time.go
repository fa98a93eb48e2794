package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// positive is a flag of a duration greater than zero.
type positive time.Duration

func (p *positive) String() string { return time.Duration(*p).String() }
func (p *positive) Type() string   { return "duration" }

func (p *positive) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("use a duration greater than zero with its unit, such as 100ms or 10s%s", unitHint(text))
	}
	*p = positive(d)
	return nil
}

// span is a flag of a duration, or zero for none.
type span time.Duration

func (s *span) String() string { return time.Duration(*s).String() }
func (s *span) Type() string   { return "duration" }

func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("use a duration with its unit, such as 10s or 2h%s", unitHint(text))
	}
	*s = span(d)
	return nil
}

// unitHint proposes a duration for a number without a unit, and for one of days.
func unitHint(text string) string {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil && n > 0 {
		return fmt.Sprintf("; did you mean %ds?", n)
	}
	days, ok := strings.CutSuffix(text, "d")
	if n, err := strconv.ParseUint(days, 10, 16); ok && err == nil && n > 0 {
		return fmt.Sprintf("; did you mean %dh?", 24*n)
	}
	return ""
}
