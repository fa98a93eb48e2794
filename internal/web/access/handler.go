package access

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// maxBodyBytes bounds what is sent with a request.
const maxBodyBytes = 1 << 20

// Handler answers by routes, where the one who asks may, on a server that listens at an address. It adds the routes to log in and out.
func (g *Guard) Handler(routes *Routes, listening net.Addr) http.Handler {
	g.warnAt(listening.String())
	g.addLogin(routes)
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.refuse(w, r, "origin", http.StatusForbidden, "a web page of another origin asks: ask by `processor verify --url`, or another program")
	}))
	next := protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, routes) }))
	next = g.named(next, Loopback(listening.String()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeHeaders(w, r)
		if r.ContentLength > maxBodyBytes {
			g.refuse(w, r, "size", http.StatusRequestEntityTooLarge, fmt.Sprintf("larger than %d bytes", maxBodyBytes))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next.ServeHTTP(w, r)
	})
}

// serve answers a request that comes from no strange page.
func (g *Guard) serve(w http.ResponseWriter, r *http.Request, routes *Routes) {
	now := g.clock()
	pattern, need := routes.find(r)
	if routes.probe[pattern] {
		routes.mux.ServeHTTP(w, r)
		return
	}
	if wait := g.addresses.take(clientOf(r), now); wait > 0 {
		g.refuseRate(w, r, "rate", seconds(wait))
		return
	}
	if need == Anyone {
		routes.mux.ServeHTTP(w, r)
		return
	}
	who, err := g.authenticate(r, now)
	if err != nil {
		g.refuseToken(w, r, now)
		return
	}
	if who.Name != "" {
		if wait := g.principals.take(who.client(), now); wait > 0 {
			g.refuseRate(w, r, "rate", seconds(wait))
			return
		}
	}
	switch {
	case who.Role == Anyone:
		g.askWho(w, r)
	case who.Role < need:
		g.audit(r, "request", who, http.StatusForbidden, "it needs an operator")
		g.refuse(w, r, "role", http.StatusForbidden, fmt.Sprintf("%s is a viewer, and this needs an operator", who.Name))
	case pattern == "":
		routes.missing(w, r)
	case need == Operator:
		g.operate(w, r, who, routes)
	default:
		routes.mux.ServeHTTP(w, r)
	}
}

// operate has an operator do something, and tells of it whatever comes of it.
func (g *Guard) operate(w http.ResponseWriter, r *http.Request, who Principal, routes *Routes) {
	answer := &answered{ResponseWriter: w}
	defer func() { g.audit(r, "request", who, answer.status, "") }()
	routes.mux.ServeHTTP(answer, r)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
}

// answered knows the status of an answer; 0 before there is one.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader writes the header.
func (a *answered) WriteHeader(status int) {
	if status >= http.StatusOK && a.status == 0 { // Others come before the answer.
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes some of the answer.
func (a *answered) Write(content []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(content)
}

// Unwrap is for [http.ResponseController].
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

var errWrongToken = errors.New("the token is not one of those in force")

// retryAfter says when to ask again.
func retryAfter(w http.ResponseWriter, seconds int) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
}
