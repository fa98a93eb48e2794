package forward

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/problem"
)

// nowhere is an address at which nobody listens.
const nowhere = "http://127.0.0.1:1"

// asking is a forwarder that knows these peers and has no state itself, as a server.
func asking(t *testing.T, known peers.Peers, change func(*Options)) (server *httptest.Server, f *Forwarder) {
	t.Helper()
	o := Options{
		Address: "http://asker:1", Peers: func(int32) peers.Peers { return known }, Local: func(int32) (peers.Role, bool) { return "", false },
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if change != nil {
		change(&o)
	}
	f = New(o)
	t.Cleanup(f.Close)
	return serve(t, func(w http.ResponseWriter, r *http.Request) { f.Forward(w, r, 3) }), f
}

func serve(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server
}

// having is a process that has the state and answers by a text.
func having(t *testing.T, role peers.Role, text string) *httptest.Server {
	t.Helper()
	f := New(Options{Local: func(int32) (peers.Role, bool) { return role, true }})
	t.Cleanup(f.Close)
	local := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	return serve(t, func(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, 3, local) })
}

func owner(address string) *peers.Peer { return &peers.Peer{Member: "a", Address: address} }

// get asks and reads the answer, which may be broken off.
func get(t *testing.T, method, url string, headers http.Header) (*http.Response, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range headers {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return new(http.Response), "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response, string(text), err
}

// problemOf is the problem that a request is answered with.
func problemOf(t *testing.T, url string, headers http.Header) (p unanswered, response *http.Response) {
	t.Helper()
	response, text, err := get(t, http.MethodGet, url, headers)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil || response.Header.Get("Content-Type") != problem.MediaType || p.Status != response.StatusCode {
		t.Fatalf("answered %s %s: %v", response.Status, text, err)
	}
	return p, response
}

func TestWhatIsPassedOn(t *testing.T) {
	var got *http.Request
	asked := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set(AnsweredAsHeader, "standby")
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "of the connection alone")
		w.Header().Set("Etag", `"7"`)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "no such seller")
	})
	asker, f := asking(t, peers.Peers{Owner: owner(asked.URL)}, nil)
	response, text, err := get(t, http.MethodGet, asker.URL+"/api/v1/sellers/a%2Fb?from=2026-01-01&to=x%20y", http.Header{
		"Authorization": {"Basic eA=="}, "Cookie": {"a=b", "c=d"}, "Accept": {"application/json"}, "If-None-Match": {`"6"`}, "Traceparent": {"00-1-2-01"},
		"Connection": {"X-Private"}, "X-Private": {"yes"}, "Origin": {"http://elsewhere.example"}, "Te": {"trailers"}, "X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Proto": {"https"}, "X-Sellerpulse": {"verify"},
	})
	if err != nil || response.StatusCode != http.StatusNotFound || text != "no such seller" {
		t.Fatalf("answered %s %q, %v", response.Status, text, err)
	}
	for name, want := range map[string]string{AnsweredAsHeader: "standby", AnsweredByHeader: asked.URL, "Etag": `"7"`, "X-Hop": ""} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("the answer's %s is %q, want %q", name, got, want)
		}
	}
	if uri := got.URL.RequestURI(); uri != "/api/v1/sellers/a%2Fb?from=2026-01-01&to=x%20y" || got.Host != strings.TrimPrefix(asked.URL, "http://") {
		t.Errorf("asked for %s of %s", uri, got.Host)
	}
	for name, want := range map[string]string{
		"Authorization": "[Basic eA==]", "Cookie": "[a=b c=d]", "Accept": "[application/json]", "If-None-Match": `["6"]`, "Traceparent": "[00-1-2-01]", "User-Agent": "[Go-http-client/1.1]",
		ForwardedHeader: "[http://asker:1]", "X-Private": "[]", "Origin": "[]", "Te": "[]", "X-Forwarded-For": "[]", "X-Forwarded-Proto": "[https]", "X-Sellerpulse": "[]", "Connection": "[]",
	} {
		if values := fmt.Sprint(got.Header.Values(name)); values != want {
			t.Errorf("%s is passed as %s, want %s", name, values, want)
		}
	}
	if n := testutil.ToFloat64(f.options.Metrics.forwarded.WithLabelValues("standby")); n != 1 {
		t.Errorf("%v answers of standbys are counted", n)
	}
}

// Whoever does not answer from the state is passed over for the next: one that is gone, hangs, is another program, or does not have the state either.
func TestTheNextIsAsked(t *testing.T) {
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "welcome") })
	odd := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(AnsweredAsHeader, "king") })
	without, _ := asking(t, peers.Peers{}, nil)
	former, standby := having(t, peers.Owner, "of the former owner"), having(t, peers.Standby, "of a standby")
	at := func(address string) []peers.Peer { return []peers.Peer{{Member: "b", Address: address}} }
	for name, c := range map[string]struct {
		known    peers.Peers
		want, as string
	}{
		"the owner first":             {peers.Peers{Owner: owner(former.URL), Former: at(nowhere), Standbys: at(standby.URL)}, "of the former owner", "owner"},
		"no owner":                    {peers.Peers{Standbys: at(standby.URL)}, "of a standby", "standby"},
		"gone":                        {peers.Peers{Owner: owner(nowhere), Standbys: at(standby.URL)}, "of a standby", "standby"},
		"hangs":                       {peers.Peers{Owner: owner(hangs.URL), Standbys: at(standby.URL)}, "of a standby", "standby"},
		"another program":             {peers.Peers{Owner: owner(other.URL), Standbys: at(standby.URL)}, "of a standby", "standby"},
		"no role":                     {peers.Peers{Owner: owner(odd.URL), Standbys: at(standby.URL)}, "of a standby", "standby"},
		"does not have it":            {peers.Peers{Owner: owner(without.URL), Standbys: at(standby.URL)}, "of a standby", "standby"},
		"has no address":              {peers.Peers{Owner: &peers.Peer{Reason: "none"}, Standbys: at(standby.URL)}, "of a standby", "standby"},
		"is restoring here":           {peers.Peers{Owner: &peers.Peer{Address: nowhere, Self: true}, Former: at(former.URL), Standbys: at(standby.URL)}, "of the former owner", "owner"},
		"who was it, before standbys": {peers.Peers{Owner: owner(nowhere), Former: at(former.URL), Standbys: at(standby.URL)}, "of the former owner", "owner"},
	} {
		t.Run(name, func(t *testing.T) {
			asker, _ := asking(t, c.known, func(o *Options) { o.AnswerTimeout = 2 * time.Second })
			response, text, err := get(t, http.MethodGet, asker.URL, nil)
			if err != nil || response.StatusCode != http.StatusOK || text != c.want || response.Header.Get(AnsweredAsHeader) != c.as {
				t.Errorf("answered %s %q as %q, %v", response.Status, text, response.Header.Get(AnsweredAsHeader), err)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	asOf := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	at := func(addresses ...string) (all []peers.Peer) {
		for _, a := range addresses {
			all = append(all, peers.Peer{Member: "b", Address: a})
		}
		return all
	}
	known := peers.Peers{Generation: 7, AsOf: asOf}
	for name, c := range map[string]struct {
		change func(*peers.Peers)
		short  bool // for all of it
		says   string
		asked  []string
	}{
		"nothing is known": {func(p *peers.Peers) { *p = peers.Peers{Generation: peers.Unknown, Stale: true} }, false, "does not know yet who has the state", nil},
		"given to nobody":  {func(*peers.Peers) {}, false, "has given the partition to nobody", nil},
		"all of them, each with its reason": {func(p *peers.Peers) {
			p.Owner, p.Standbys = &peers.Peer{Member: "a", Reason: "update it"}, at(nowhere, other.URL)
		}, false, "no process answers that has the state", []string{"owner a: update it", "standby b " + nowhere + ": dial tcp", "standby b " + other.URL + ": it answered 401 Unauthorized, not from the state"}},
		"this one is the owner":  {func(p *peers.Peers) { p.Owner = &peers.Peer{Member: "a", Address: nowhere, Self: true} }, false, "no process answers", []string{"owner a " + nowhere + ": it is this process, which does not have the state yet"}},
		"hangs":                  {func(p *peers.Peers) { p.Owner = owner(hangs.URL) }, false, "no process answers", []string{"owner a " + hangs.URL + ": it did not answer in time"}},
		"not so many":            {func(p *peers.Peers) { p.Standbys = at(nowhere, nowhere, nowhere, nowhere) }, false, "no process answers", []string{"", "", "", "standby b " + nowhere + ": not asked after so many others"}},
		"all of it takes longer": {func(p *peers.Peers) { p.Owner = owner(hangs.URL) }, true, "it took too long", []string{"owner a " + hangs.URL + ": context deadline exceeded"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := known
			c.change(&p)
			asker, f := asking(t, p, func(o *Options) {
				o.AnswerTimeout = 300 * time.Millisecond
				if c.short {
					o.AnswerTimeout, o.Timeout = time.Minute, 100*time.Millisecond
				}
			})
			got, response := problemOf(t, asker.URL, nil)
			if got.Status != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "2" || !strings.Contains(got.Detail, c.says) || got.Partition != 3 || got.Stale != p.Stale {
				t.Errorf("answered %+v, want that %s", got, c.says)
			}
			if unknown := p.Generation == peers.Unknown; unknown != (got.Generation == nil) || unknown != (got.AsOf == nil) || !unknown && (*got.Generation != 7 || *got.AsOf != "2026-03-01T00:00:00Z") {
				t.Errorf("generation %v as of %v", got.Generation, got.AsOf)
			}
			if len(got.Asked) != len(c.asked) {
				t.Fatalf("asked %q, want %q", got.Asked, c.asked)
			}
			for i, want := range c.asked {
				if !strings.HasPrefix(got.Asked[i], want) {
					t.Errorf("asked %q, want %q", got.Asked[i], want)
				}
			}
			if n := testutil.ToFloat64(f.options.Metrics.forwarded.WithLabelValues("nobody")); n != 1 {
				t.Errorf("%v requests that nobody answered are counted", n)
			}
		})
	}
}

// Two processes each of which takes the other for the owner ask each other once.
func TestNothingIsForwardedTwice(t *testing.T) {
	known := [2]*peers.Peers{{}, {}}
	var servers [2]*httptest.Server
	var forwarders [2]*Forwarder
	for i := range servers {
		servers[i], forwarders[i] = asking(t, peers.Peers{}, func(o *Options) { o.Peers = func(int32) peers.Peers { return *known[i] } })
	}
	known[0].Owner, known[1].Owner = owner(servers[1].URL), owner(servers[0].URL)
	p, _ := problemOf(t, servers[0].URL, nil)
	if p.Status != http.StatusServiceUnavailable || len(p.Asked) != 1 || !strings.HasSuffix(p.Asked[0], "it answered 421 Misdirected Request, not from the state") {
		t.Errorf("answered %+v", p)
	}
	if first, second := testutil.ToFloat64(forwarders[0].options.Metrics.forwarded.WithLabelValues("refused")), testutil.ToFloat64(forwarders[1].options.Metrics.forwarded.WithLabelValues("refused")); first != 0 || second != 1 {
		t.Errorf("%v and %v were refused", first, second)
	}
	if p, _ := problemOf(t, servers[1].URL, http.Header{ForwardedHeader: {"yes"}}); p.Status != http.StatusMisdirectedRequest || !strings.Contains(p.Detail, "is not forwarded again") {
		t.Errorf("a second hop is answered %+v", p)
	}
}

// What can be answered in part is, where nobody answers from the state; but not to a process that has forwarded it, which may find another.
func TestServeOrAnswersInPart(t *testing.T) {
	gone := serve(t, func(http.ResponseWriter, *http.Request) {})
	gone.Close()
	f := New(Options{
		Address: "http://asker:1", Logger: slog.New(slog.DiscardHandler), Local: func(int32) (peers.Role, bool) { return "", false },
		Peers: func(int32) peers.Peers { return peers.Peers{Owner: owner(gone.URL)} },
	})
	t.Cleanup(f.Close)
	local := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("answered as if the state were here") })
	asker := serve(t, func(w http.ResponseWriter, r *http.Request) {
		f.ServeOr(w, r, 3, local, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "in part: "+r.URL.Path) }))
	})
	if response, text, err := get(t, http.MethodGet, asker.URL+"/sellers/S", nil); err != nil || response.StatusCode != http.StatusOK || text != "in part: /sellers/S" {
		t.Errorf("answered %s %q, %v", response.Status, text, err)
	}
	if response, text, err := get(t, http.MethodGet, asker.URL+"/sellers/S", http.Header{ForwardedHeader: {"yes"}}); err != nil || response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("to who forwards: %s %q, %v", response.Status, text, err)
	}
}

func TestOnlyQuestionsAreForwarded(t *testing.T) {
	asked := having(t, peers.Owner, "yes")
	asker, _ := asking(t, peers.Peers{Owner: owner(asked.URL)}, nil)
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodHead: 200, http.MethodPost: 405, http.MethodDelete: 405, http.MethodConnect: 405} {
		if response, _, _ := get(t, method, asker.URL+"/", nil); response.StatusCode != want {
			t.Errorf("%s is answered %s, want %d", method, response.Status, want)
		}
	}
}

func TestAnswersThatAreTooLarge(t *testing.T) {
	const most = 1000
	asked := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(AnsweredAsHeader, "owner")
		half := make([]byte, most/2)
		_, _ = w.Write(half)
		if r.URL.Path == "/flushed" {
			w.(http.Flusher).Flush() // Its length is not told.
		}
		_, _ = w.Write(half)
		if r.URL.RawQuery == "more" {
			_, _ = w.Write([]byte{1})
		}
	})
	asker, _ := asking(t, peers.Peers{Owner: owner(asked.URL)}, func(o *Options) { o.MaxAnswerBytes = most })
	for _, path := range []string{"/", "/flushed"} {
		if response, text, err := get(t, http.MethodGet, asker.URL+path, nil); err != nil || len(text) != most || response.StatusCode != http.StatusOK {
			t.Errorf("%s as large as it may be is answered %s with %d bytes, %v", path, response.Status, len(text), err)
		}
	}
	if p, _ := problemOf(t, asker.URL+"/?more", nil); p.Status != http.StatusBadGateway || !strings.Contains(p.Detail, "more than 1000 bytes") {
		t.Errorf("answered %+v", p)
	}
	if _, text, err := get(t, http.MethodGet, asker.URL+"/flushed?more", nil); err == nil || len(text) > most {
		t.Errorf("%d bytes without an error, want that they are broken off", len(text))
	}
}

// Where authorities are given, nobody is asked whom they have not signed, or who does not use TLS.
func TestPeersByTLS(t *testing.T) {
	f := New(Options{Local: func(int32) (peers.Role, bool) { return peers.Owner, true }})
	defer f.Close()
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, 3, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Authorization")) }))
	}))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // Refusals of its certificate.
	secure.StartTLS()
	defer secure.Close()
	signed := x509.NewCertPool()
	signed.AddCert(secure.Certificate())
	plain := having(t, peers.Owner, "yes")
	for name, c := range map[string]struct {
		authorities *x509.CertPool
		address     string
		says        string // of why not; empty: it answers
	}{
		"signed":            {signed, secure.URL, ""},
		"by somebody else":  {x509.NewCertPool(), secure.URL, "certificate signed by unknown authority"},
		"the system's":      {nil, secure.URL, "certificate"},
		"plain":             {signed, plain.URL, "it does not answer by https, which --peer-tls-ca demands"},
		"another host's":    {signed, strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), "localhost"},
		"no TLS at a https": {signed, strings.Replace(plain.URL, "http:", "https:", 1), "does not look like a TLS handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			asker, _ := asking(t, peers.Peers{Owner: owner(c.address)}, func(o *Options) { o.Authorities = c.authorities })
			if c.says == "" {
				if _, text, err := get(t, http.MethodGet, asker.URL, http.Header{"Authorization": {"Bearer x"}}); err != nil || text != "Bearer x" {
					t.Errorf("answered %q, %v", text, err)
				}
				return
			}
			if p, _ := problemOf(t, asker.URL, nil); len(p.Asked) != 1 || !strings.Contains(p.Asked[0], c.says) {
				t.Errorf("answered %+v, want that %s", p, c.says)
			}
		})
	}
}

func TestServeAnswersItselfWhereItCan(t *testing.T) {
	for _, role := range []peers.Role{peers.Owner, peers.Standby} {
		f := New(Options{
			Address: "http://here:1", Local: func(p int32) (peers.Role, bool) { return role, p == 3 }, Peers: func(int32) peers.Peers { return peers.Peers{Generation: peers.Unknown} },
		})
		local := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "here ", r.URL.Path) })
		for partition, want := range map[int32]int{3: http.StatusOK, 4: http.StatusServiceUnavailable} {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, partition, local) })
			// Whoever was forwarded to it is answered too.
			for _, headers := range []http.Header{nil, {ForwardedHeader: {"http://there:1"}}} {
				response, text, err := get(t, http.MethodGet, server.URL+"/a", headers)
				if want != http.StatusOK && headers != nil {
					want = http.StatusMisdirectedRequest
				}
				if err != nil || response.StatusCode != want {
					t.Fatalf("answered %s %q, %v; want %d", response.Status, text, err, want)
				}
				as, by := response.Header.Get(AnsweredAsHeader), response.Header.Get(AnsweredByHeader)
				if here := want == http.StatusOK; here != (text == "here /a") || here != (as == string(role)) || here != (by == "http://here:1") {
					t.Errorf("answered %q as %q by %q", text, as, by)
				}
			}
		}
		f.Close()
	}
}
