package peers

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// MaxAddressBytes bounds an address: no name has more, and those of all members are told together.
const MaxAddressBytes = 255

// ParseAddress reads where a process answers by HTTP, host:port or a URL without a path, and gives it as a URL, with the scheme where there is none. Its error
// says what is right.
func ParseAddress(text, scheme string) (string, error) {
	if why := invalid(text, scheme); why != nil {
		return "", fmt.Errorf("%w: use where other processes reach this one, as host:port or a URL without a path, such as processor-1.example:8080 or https://processor-1.example:8080", why)
	}
	u, _ := parseURL(text, scheme) // It is valid.
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func parseURL(text, scheme string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = scheme + "://" + text
	}
	return url.Parse(text)
}

// invalid says what is wrong with an address.
func invalid(text, scheme string) error {
	u, err := parseURL(text, scheme)
	switch {
	case err != nil:
		return errors.New("not an address")
	case len(u.Scheme)+len("://")+len(u.Host) > MaxAddressBytes:
		return fmt.Errorf("longer than %d bytes as a URL", MaxAddressBytes)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is not a scheme of HTTP", u.Scheme)
	case u.User != nil:
		return errors.New("a name or password is in it, which is for those who ask to give")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("there is something behind the port")
	case u.Port() == "" && (!strings.Contains(text, "://") || strings.HasSuffix(u.Host, ":")):
		return errors.New("no port in it")
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || n == 0) {
		return fmt.Errorf("%q is not a port that can be asked", u.Port())
	}
	return invalidHost(u.Hostname())
}

func invalidHost(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.Unmap().IsUnspecified():
			return errors.New("all interfaces are no address of this process")
		case ip.Zone() != "" || ip.IsMulticast():
			return fmt.Errorf("%q is no address of one process", host)
		}
		return nil
	}
	odd := func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '.' && c != '_'
	}
	if host == "" || strings.ContainsFunc(host, odd) {
		return fmt.Errorf("%.100q is no name of a host", host)
	}
	return nil
}

// Loopback is whether an address leads, on every machine, to that machine itself.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// Listening is where and how a process answers by HTTP.
type Listening struct {
	Given    string   // by which address others are to reach it; empty to derive one
	Listen   string   // where it was to listen, host:port
	At       net.Addr // where it does
	Hostname string   // of the machine; empty where it has none
	Scheme   string   // of what it serves
}

// Advertise is the address that a process tells the others: the one that is given; else the host where it was to listen, with the port at which it does; for all
// interfaces the name of the machine. Empty is none.
func Advertise(l *Listening) (string, error) {
	if l.Given != "" {
		address, err := ParseAddress(l.Given, l.Scheme)
		if err != nil {
			return "", fmt.Errorf("--advertise %q: %w", l.Given, err)
		}
		return address, nil
	}
	tcp, ok := l.At.(*net.TCPAddr)
	if !ok {
		return "", nil
	}
	host, _, _ := net.SplitHostPort(l.Listen) // It listens there.
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.Unmap().IsUnspecified() {
		host = l.Hostname
	}
	address, err := ParseAddress(net.JoinHostPort(host, strconv.Itoa(tcp.Port)), l.Scheme)
	if err != nil {
		return "", nil // As on a machine without a name; the others then know that it has none.
	}
	return address, nil
}
