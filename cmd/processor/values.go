package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/meant"
	"sellerpulse/pkg/events"
)

// choice is a flag with a few values.
type choice struct {
	value  string
	values []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "text" }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.values, text) {
		return fmt.Errorf("use %s%s", strings.Join(c.values, " or "), meant.Hint(text, c.values))
	}
	c.value = text
	return nil
}

// addChoice adds a flag with a few values, which shells complete.
func addChoice(cmd *cobra.Command, f *pflag.FlagSet, c *choice, name, use string) {
	f.Var(c, name, use+": "+strings.Join(c.values, ", "))
	values := append([]string(nil), c.values...)
	_ = cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	}) // The flag exists.
}

// toggle is a flag that is on or off; given without a value it is on.
type toggle bool

func (t *toggle) String() string { return strconv.FormatBool(bool(*t)) }
func (t *toggle) Type() string   { return "bool" }

func (t *toggle) Set(text string) error {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		*t = true
	case "false", "no", "off", "0":
		*t = false
	default:
		return errors.New("use true or false")
	}
	return nil
}

// addToggle adds a flag that is off unless it is given.
func addToggle(f *pflag.FlagSet, to *bool, name, use string) {
	f.VarPF((*toggle)(to), name, "", use).NoOptDefVal = "true"
}

// days is a flag of whole days: "120" or "120d".
type days int32

func (d *days) String() string { return strconv.Itoa(int(*d)) + "d" }
func (d *days) Type() string   { return "days" }

// maxRetentionDays is ten years: order dates are days, and each is a key.
const maxRetentionDays = 3660

func (d *days) Set(text string) error {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, "d"), 10, 32)
	if err != nil || n < 1 || n > maxRetentionDays {
		return fmt.Errorf("use a number of days from 1 to %d, such as 120d", maxRetentionDays)
	}
	*d = days(n)
	return nil
}

// maxHistoryDays is how long counts may be kept that outlive their orders.
const maxHistoryDays = 800

// keptDays is a flag of days; unset it is 0.
type keptDays int32

func (d *keptDays) String() string {
	if *d == 0 {
		return ""
	}
	return strconv.Itoa(int(*d)) + "d"
}
func (d *keptDays) Type() string { return "days" }

func (d *keptDays) Set(text string) error {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, "d"), 10, 32)
	if err != nil || n < 1 || n > maxHistoryDays {
		return fmt.Errorf("use a number of days from 1 to %d, such as 400d", maxHistoryDays)
	}
	*d = keptDays(n)
	return nil
}

// instant is a flag of RFC 3339; unset it is events.None.
type instant struct {
	at   events.Millis
	text string
}

func (i *instant) String() string { return i.text }
func (i *instant) Type() string   { return "time" }

func (i *instant) Set(text string) error {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("use RFC 3339, such as 2026-03-01T00:00:00Z")
	}
	i.at, i.text = t.UnixMilli(), text
	return nil
}

// zone is a flag of a time zone by its name in the IANA database.
type zone struct{ location *time.Location }

func (z *zone) String() string {
	if z.location == nil {
		return ""
	}
	return z.location.String()
}
func (z *zone) Type() string { return "zone" }

func (z *zone) Set(text string) error {
	location, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		return errors.New("use a name of the IANA time zone database, such as UTC or Europe/Stockholm")
	}
	z.location = location
	return nil
}

// count is a flag of a whole number from 1 up.
type count int32

func (c *count) String() string { return strconv.Itoa(int(*c)) }
func (c *count) Type() string   { return "number" }

func (c *count) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return errors.New("use a whole number from 1 up")
	}
	*c = count(n)
	return nil
}

// copies is a flag of a small whole number from 0 up.
type copies int32

func (c *copies) String() string { return strconv.Itoa(int(*c)) }
func (c *copies) Type() string   { return "number" }

// maxCopies is more than anybody's disks would bear.
const maxCopies = 10

func (c *copies) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n > maxCopies {
		return fmt.Errorf("use a whole number from 0 to %d", maxCopies)
	}
	*c = copies(n)
	return nil
}

// seed is a flag of any whole number.
type seed uint64

func (s *seed) String() string { return strconv.FormatUint(uint64(*s), 10) }
func (s *seed) Type() string   { return "number" }

func (s *seed) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("use a whole number from 0 up")
	}
	*s = seed(n)
	return nil
}

// choices is a flag of some of a few values.
type choices struct{ given, values []string }

func (c *choices) String() string { return strings.Join(c.given, ",") }
func (c *choices) Type() string   { return "text" }

// Set adds to what was given before.
func (c *choices) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		one := choice{values: c.values}
		if err := one.Set(strings.TrimSpace(part)); err != nil {
			return err
		}
		c.given = append(c.given, one.value)
	}
	return nil
}

// Append makes it a flag of several values, which a file may write as a list.
func (c *choices) Append(text string) error { return c.Set(text) }

// Replace forgets what was given before.
func (c *choices) Replace(list []string) error {
	c.given = nil
	return c.Set(strings.Join(list, ","))
}

// GetSlice is all that was given.
func (c *choices) GetSlice() []string { return c.given }

// addChoices adds a flag of some of a few values, which shells complete.
func addChoices(cmd *cobra.Command, f *pflag.FlagSet, c *choices, name, use string) {
	f.Var(c, name, use+": "+strings.Join(c.values, ", "))
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(c.values, cobra.ShellCompDirectiveNoFileComp)) // The flag exists.
}
