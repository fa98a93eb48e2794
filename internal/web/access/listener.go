package access

import (
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"
)

// Limit is a listener that takes so many connections at a time; further ones wait. One address has half of them at most, and is refused more, so that
// nobody can keep all others out; but for those of this machine, among which a proxy may be.
func (g *Guard) Limit(l net.Listener, connections int) net.Listener {
	refused := g.metrics.refused.WithLabelValues("connections")
	return &fairListener{Listener: netutil.LimitListener(l, connections), most: max(1, connections/2), refused: refused, open: map[string]int{}}
}

// fairListener refuses connections of addresses that have enough.
type fairListener struct {
	net.Listener
	most    int
	refused prometheus.Counter
	mutex   sync.Mutex
	open    map[string]int // connections by address
}

// Accept is the next connection that is not refused.
func (l *fairListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := conn.RemoteAddr().String()
		if at, err := netip.ParseAddrPort(remote); err == nil && at.Addr().Unmap().IsLoopback() {
			return conn, nil
		}
		client := clientAt(remote)
		if l.take(client) {
			return &fairConn{Conn: conn, release: sync.OnceFunc(func() { l.giveBack(client) })}, nil
		}
		l.refused.Inc()
		_ = conn.Close() // Nobody hears of it.
	}
}

func (l *fairListener) take(client string) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.open[client] >= l.most {
		return false
	}
	l.open[client]++
	return true
}

func (l *fairListener) giveBack(client string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.open[client]--; l.open[client] == 0 {
		delete(l.open, client)
	}
}

// fairConn is a connection that counts until it is closed.
type fairConn struct {
	net.Conn
	release func()
}

// Close closes it.
func (c *fairConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
