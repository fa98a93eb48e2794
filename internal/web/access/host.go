package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// named keeps out who asks by a name that is not the server's: a web page whose own name was made to point here (DNS rebinding) would else be of
// the same origin. Elsewhere than on loopback names are unknown, unless they were given.
func (g *Guard) named(next http.Handler, loopback bool) http.Handler {
	if !loopback && len(g.options.Hosts) == 0 {
		return next
	}
	detail := "this server answers to localhost, IP addresses and the names of --http-hosts alone: name this one there, or ask by another"
	if loopback {
		detail = "this server listens on loopback and answers to localhost, IP addresses and the names of --http-hosts alone: " +
			"ask by one of these, have a proxy do so, or name this one with --http-hosts"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r.Host) && !slices.Contains(g.hosts, hostname(r.Host)) {
			g.refuse(w, r, "host", http.StatusMisdirectedRequest, detail)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is the name of a Host header, without its port, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// local is whether a Host header names this machine without asking anybody who could lie about it.
func local(host string) bool {
	name := hostname(host)
	if name == "" || name == "localhost" {
		return true // Without a header it is no browser.
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}
