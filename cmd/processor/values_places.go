package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sellerpulse/internal/peers"
)

// address is a flag of where to listen, such as ":8080"; empty for nowhere.
type address string

func (a *address) String() string { return string(*a) }
func (a *address) Type() string   { return "host:port" }

func (a *address) Set(text string) error {
	_, port, err := net.SplitHostPort(text)
	if _, unknown := net.LookupPort("tcp", port); text != "" && (err != nil || port == "" || unknown != nil) {
		return errors.New("use host:port, such as 127.0.0.1:8080 or :8080")
	}
	*a = address(text)
	return nil
}

// reached is a flag of where other processes reach this one, such as "processor-1.example:8080"; empty to derive it.
type reached string

func (r *reached) String() string { return string(*r) }
func (r *reached) Type() string   { return "address" }

func (r *reached) Set(text string) error {
	if text != "" {
		if _, err := peers.ParseAddress(text, "http"); err != nil {
			return err
		}
	}
	*r = reached(text)
	return nil
}

// addresses is a flag of brokers, separated by commas or spaces; given several times it has all of them.
type addresses struct {
	list  *[]string
	given bool // the list is no longer the default
}

func (a *addresses) String() string {
	if a.list == nil {
		return ""
	}
	return strings.Join(*a.list, ",")
}

func (a *addresses) Type() string { return "host:port" }

// Set takes what is between the separators, and nothing twice.
func (a *addresses) Set(text string) error {
	return a.add(strings.FieldsFunc(text, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }))
}

func (a *addresses) add(list []string) error {
	if len(list) == 0 {
		return errors.New("none given: use host:port, such as kafka:9092")
	}
	if !a.given {
		*a.list, a.given = nil, true
	}
	for _, broker := range list {
		if err := checkBroker(broker); err != nil {
			return err
		}
		if !slices.Contains(*a.list, broker) {
			*a.list = append(*a.list, broker)
		}
	}
	return nil
}

func checkBroker(text string) error {
	host, port, err := net.SplitHostPort(text)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 {
		return fmt.Errorf("%q is not host:port, such as kafka:9092", text)
	}
	return nil
}

// Append makes it a flag of several values, which a file may write as a list.
func (a *addresses) Append(text string) error { return a.Set(text) }

// Replace forgets what was given before.
func (a *addresses) Replace(list []string) error {
	a.given = false
	return a.add(list)
}

// GetSlice is all that was given.
func (a *addresses) GetSlice() []string { return *a.list }

// directory is a flag of a directory to be made if need be, which would make one of any text.
type directory string

func (d *directory) String() string { return string(*d) }
func (d *directory) Type() string   { return "directory" }

func (d *directory) Set(text string) error {
	switch {
	case text == "":
		return errors.New("no directory given")
	case text[0] == '~' || strings.Contains(text, "${") || strings.Contains(text, "$("):
		return errors.New("write the path out: ~ and variables are the shell's, which did not replace them here")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("a control character is in it: write the path on one line")
	}
	*d = directory(text)
	return nil
}
