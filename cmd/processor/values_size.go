package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/dustin/go-humanize"

	"sellerpulse/internal/memory"
)

// size is a flag of how much memory there is to use; 0 leaves it to the surroundings.
type size int64

// String has no space in it, so that it is a value again.
func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strings.ReplaceAll(humanize.IBytes(uint64(*s)), " ", "")
}

func (s *size) Type() string { return "size" }

func (s *size) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("use a number of bytes with its unit, such as 512MiB or 2GiB")
	}
	if n < memory.Least {
		return fmt.Errorf("use at least %dMiB", memory.Least>>20)
	}
	*s = size(n)
	return nil
}
