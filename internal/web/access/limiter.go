package access

import (
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients bounds the clients that a limiter tells apart.
const maxClients = 8192

// limiter bounds how often each client may do something.
//
// Invariant: a client that is forgotten had waited for as long as one that nobody knows, so that nothing is gained by making it forget.
type limiter struct {
	every rate.Limit
	burst int

	mutex   sync.Mutex
	clients map[string]*rate.Limiter
	others  *rate.Limiter // of all those together for whom there is no room
	swept   time.Time
}

func newLimiter(every rate.Limit, burst int) *limiter {
	return &limiter{every: every, burst: burst, clients: map[string]*rate.Limiter{}, others: rate.NewLimiter(every, burst)}
}

// take is 0 if a client may do it now, which is counted, and else how long it must wait, which is not.
func (l *limiter) take(client string, now time.Time) time.Duration {
	bucket := l.bucket(client, now)
	reservation := bucket.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (l *limiter) bucket(client string, now time.Time) *rate.Limiter {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if bucket, ok := l.clients[client]; ok {
		return bucket
	}
	if len(l.clients) >= maxClients && now.Sub(l.swept) >= time.Second {
		l.sweep(now)
	}
	if len(l.clients) >= maxClients {
		return l.others
	}
	bucket := rate.NewLimiter(l.every, l.burst)
	l.clients[client] = bucket
	return bucket
}

// sweep forgets those who may do as much as one that nobody knows.
func (l *limiter) sweep(now time.Time) {
	l.swept = now
	for client, bucket := range l.clients {
		if bucket.TokensAt(now) >= float64(l.burst) {
			delete(l.clients, client)
		}
	}
}

// seconds is a wait as Retry-After has it.
func seconds(wait time.Duration) int { return int(math.Ceil(wait.Seconds())) }

// clientOf is the address of who asks, as limits tell clients apart: of IPv6 the network, of which one client has a whole one.
func clientOf(r *http.Request) string { return clientAt(r.RemoteAddr) }

func clientAt(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote // It is no address of IP.
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is6() {
		network, _ := address.Prefix(64) // An address of 128 bits has 64.
		return network.String()
	}
	return address.String()
}
