package main

import (
	"errors"

	"github.com/spf13/pflag"

	"sellerpulse/pkg/windows"
)

// orderDate is a flag of an order date; nil unless it is given.
type orderDate struct{ date *windows.Date }

func (d *orderDate) String() string {
	if d.date == nil {
		return ""
	}
	return d.date.String()
}

func (d *orderDate) Type() string { return "date" }

func (d *orderDate) Set(text string) error {
	date, err := windows.ParseDate(text)
	if err != nil {
		return errors.New("use a date such as 2026-03-01")
	}
	d.date = &date
	return nil
}

// orderDates are flags of the first and the last of some order dates.
type orderDates struct{ from, to orderDate }

func (d *orderDates) add(f *pflag.FlagSet, otherwise string) {
	f.Var(&d.from, "from", "first order date, "+otherwise)
	f.Var(&d.to, "to", "last order date, included")
}
