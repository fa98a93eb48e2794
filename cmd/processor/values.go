package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
		return fmt.Errorf("use %s", strings.Join(c.values, " or "))
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

// positive is a flag of a duration greater than zero.
type positive time.Duration

func (p *positive) String() string { return time.Duration(*p).String() }
func (p *positive) Type() string   { return "duration" }

func (p *positive) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("use a duration greater than zero, such as 100ms or 10s")
	}
	*p = positive(d)
	return nil
}

// address is a flag of where to listen, such as ":8080"; empty for nowhere.
type address string

func (a *address) String() string { return string(*a) }
func (a *address) Type() string   { return "host:port" }

func (a *address) Set(text string) error {
	if _, port, err := net.SplitHostPort(text); text != "" && (err != nil || port == "") {
		return errors.New("use host:port, such as 127.0.0.1:8080 or :8080")
	}
	*a = address(text)
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
