package access

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/time/rate"
)

// A limiter allows what a naive count of what was allowed before does.
func TestLimiterAgreesWithACount(t *testing.T) {
	const each, burst = 2, 4 // a second
	l, random := newLimiter(each, burst), rand.New(rand.NewPCG(1, 2))
	start := newClock().now()
	now := start
	full := map[string]float64{} // tokens at last
	last := map[string]time.Time{}
	for range 5000 {
		now = now.Add(time.Duration(random.IntN(400)) * time.Millisecond)
		client := fmt.Sprint(random.IntN(3))
		have := float64(burst)
		if at, known := last[client]; known {
			have = min(burst, full[client]+each*now.Sub(at).Seconds())
		}
		if distance := have - 1; distance > -1e-6 && distance < 1e-6 {
			continue // Rounding decides.
		}
		want := have >= 1
		wait := l.take(client, now)
		if (wait == 0) != want {
			t.Fatalf("at %v client %s has %v and waits %v", now.Sub(start), client, have, wait)
		}
		if want {
			have--
		} else if wait > time.Second/each {
			t.Errorf("it waits %v for one of %d a second", wait, each)
		}
		full[client], last[client] = have, now
	}
}

// However many clients there are, so many are told apart; the others have one bucket, and none is forgotten that would gain by it.
func TestLimiterIsBounded(t *testing.T) {
	l, now := newLimiter(rate.Every(time.Minute), 1), newClock().now()
	for i := range maxClients {
		if l.take(fmt.Sprint(i), now) > 0 {
			t.Fatalf("client %d waits", i)
		}
	}
	if l.take("a", now) > 0 || l.take("b", now) == 0 {
		t.Error("those for whom there is no room have no bucket in common")
	}
	if l.take("0", now) == 0 || len(l.clients) != maxClients {
		t.Errorf("a client was forgotten, or a table of %d was made", len(l.clients))
	}
	now = now.Add(time.Minute)
	if l.take("c", now) > 0 || len(l.clients) > 2 {
		t.Errorf("%d clients are kept that waited", len(l.clients))
	}
}

func TestClientsByAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[::ffff:192.0.2.7]:1234": "192.0.2.7", "127.0.0.1:1": "127.0.0.1",
		"[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[2001:db8:1:2:ffff::1]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64",
		"@": "@",
	} {
		if got := clientAt(remote); got != want {
			t.Errorf("%s is %s, want %s", remote, got, want)
		}
	}
}

// from is a connection that comes from an address.
type from struct {
	net.Conn
	address net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.address }

// arriving is a listener at which connections of given addresses arrive.
type arriving struct {
	net.Listener
	remotes chan net.Addr
}

func (a arriving) Accept() (net.Conn, error) {
	remote, more := <-a.remotes
	if !more {
		return nil, net.ErrClosed
	}
	here, there := net.Pipe()
	return from{here, remote}, there.Close()
}

// One address has half of the connections, and those of this machine have all.
func TestConnectionsOfOneAddress(t *testing.T) {
	remotes := make(chan net.Addr, 100)
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := g.Limit(arriving{remotes: remotes}, 8)
	arrive := func(address string, n int) {
		for range n {
			remotes <- &net.TCPAddr{IP: net.ParseIP(address), Port: 1000 + len(remotes)}
		}
	}
	accept := func(want string) net.Conn {
		t.Helper()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got := clientAt(conn.RemoteAddr().String()); got != want {
			t.Fatalf("one of %s is taken, want one of %s", got, want)
		}
		return conn
	}
	arrive("192.0.2.1", 6)
	arrive("192.0.2.2", 1)
	first := accept("192.0.2.1")
	for range 3 {
		accept("192.0.2.1")
	}
	other := accept("192.0.2.2") // Two of the other were refused.
	for range 2 {
		_ = first.Close() // Closing twice gives back once.
	}
	arrive("192.0.2.1", 2)
	arrive("127.0.0.1", 5)
	accept("192.0.2.1")
	for range 3 {
		accept("127.0.0.1")
	}
	_ = other.Close()
	accept("127.0.0.1") // The eighth.
	close(remotes)
	if refused := testutil.ToFloat64(g.metrics.refused.WithLabelValues("connections")); refused != 3 {
		t.Errorf("%v refusals are counted", refused)
	}
}
