package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Whoever asks for what costs something says so by a header that a web page can send to its own server only: browsers ask other servers for
// permission first, which is not given here.
const (
	askHeader = "X-Sellerpulse"
	askVerify = "verify"
)

// guard keeps web pages out that a browser shows which can reach this server: those of other origins cannot change anything, and where the
// server listens on loopback, a page whose name was made to point here (DNS rebinding) gets no answer at all.
func guard(next http.Handler, listening net.Addr) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "a web page of another origin asks: ask by `processor verify --url`, or another program")
	}))
	next = protection.Handler(next)
	if address, ok := listening.(*net.TCPAddr); !ok || !address.IP.IsLoopback() {
		return next // By which names it is known is not known here.
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r.Host) {
			writeProblem(w, http.StatusMisdirectedRequest, "this server listens on loopback and answers to localhost and IP addresses alone: "+
				"ask by one of these, have a proxy do so, or listen on another address with --listen")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// local is whether a Host header names this machine without asking anybody who could lie about it.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || host == "localhost" {
		return true // Without a header it is no browser.
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}
