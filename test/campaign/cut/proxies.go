package cut

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Step is a request of a transaction, by Kafka's number of it.
type Step int16

// The steps.
const (
	Produce            Step = 0
	InitProducerID     Step = 22
	AddPartitionsToTxn Step = 24
	AddOffsetsToTxn    Step = 25
	EndTxn             Step = 26
	TxnOffsetCommit    Step = 28
)

// Steps lists them in the order in which a transaction takes them.
func Steps() []Step {
	return []Step{InitProducerID, AddPartitionsToTxn, Produce, AddOffsetsToTxn, TxnOffsetCommit, EndTxn}
}

func (s Step) String() string {
	switch s {
	case Produce:
		return "Produce"
	case InitProducerID:
		return "InitProducerId"
	case AddPartitionsToTxn:
		return "AddPartitionsToTxn"
	case AddOffsetsToTxn:
		return "AddOffsetsToTxn"
	case EndTxn:
		return "EndTxn"
	case TxnOffsetCommit:
		return "TxnOffsetCommit"
	}
	return strconv.Itoa(int(s))
}

// Cut is where to cut: at the n-th request of a step from now on, counted from 1 over all connections, before it is sent on or after
// its answer has come.
type Cut struct {
	Step   Step
	N      int
	Answer bool // the request gets through, the answer is lost
}

func (c Cut) String() string {
	if c.Answer {
		return c.Step.String() + "/answer"
	}
	return c.Step.String() + "/request"
}

// Proxies are the proxies before all brokers. They are for any goroutine.
type Proxies struct {
	server *toxiproxy.ApiServer

	mutex   sync.Mutex
	proxies map[int]*toxiproxy.Proxy
	armed   []Cut
	denied  map[Step]int // how many want every request of a step to be lost
	done    map[string]int
}

// New makes proxies, none at first. Close is to follow.
func New() *Proxies {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	return &Proxies{server: server, proxies: map[int]*toxiproxy.Proxy{}, denied: map[Step]int{}, done: map[string]int{}}
}

// Add starts a proxy before the address of a broker and returns its own. It takes the place of an earlier one of this number.
func (p *Proxies) Add(number int, address string) (string, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if earlier := p.proxies[number]; earlier != nil {
		earlier.Stop()
	}
	proxy := toxiproxy.NewProxy(p.server, "broker-"+strconv.Itoa(number), "127.0.0.1:0", address)
	door := newDoor(p)
	for _, stream := range []string{"upstream", "downstream"} {
		toxic := fmt.Sprintf(`{"name":%q,"type":%q,"stream":%q,"toxicity":1,"attributes":{"door":%q}}`, stream, stream+toxicSuffix, stream, door)
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return "", fmt.Errorf("add toxic: %w", err)
		}
	}
	if err := proxy.Start(); err != nil {
		return "", fmt.Errorf("start proxy: %w", err)
	}
	p.proxies[number] = proxy
	return proxy.Listen, nil
}

// Addresses are the proxies' own.
func (p *Proxies) Addresses() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	addresses := make([]string, len(p.proxies))
	for number, proxy := range p.proxies {
		addresses[number] = proxy.Listen
	}
	return addresses
}

// Arm has a connection cut.
func (p *Proxies) Arm(c Cut) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.armed = append(p.armed, c)
}

// Disarm forgets the cuts that have not been.
func (p *Proxies) Disarm() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.armed = nil
}

// Deny has every request of a step lost until it is allowed as often as it was denied.
func (p *Proxies) Deny(step Step) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.denied[step]++
}

// Allow takes a Deny back.
func (p *Proxies) Allow(step Step) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.denied[step]--
}

// Done is how many connections were cut, by step and side.
func (p *Proxies) Done() map[string]int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return maps.Clone(p.done)
}

// judge counts a request, and finds the cut that is due at it, if one is.
func (p *Proxies) judge(step Step) (due Cut, cut bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.denied[step] > 0 {
		due = Cut{Step: step}
		p.done[due.String()]++
		return due, true
	}
	for i := range p.armed {
		c := &p.armed[i]
		if c.Step != step {
			continue
		}
		if c.N--; c.N > 0 {
			continue
		}
		due = *c
		p.armed = append(p.armed[:i], p.armed[i+1:]...)
		p.done[due.String()]++
		return due, true
	}
	return Cut{}, false
}

// Close ends all proxies and their connections.
func (p *Proxies) Close() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, proxy := range p.proxies {
		proxy.Stop()
	}
	p.proxies = map[int]*toxiproxy.Proxy{}
}
