package cut

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

const toxicSuffix = "-kafka"

// door is what the two toxics of a proxy share. Toxiproxy makes toxics by their type's name, from JSON: they find their door by a number.
type door struct {
	proxies *Proxies

	// opened is the last connection. A proxy starts the two links of a connection one after the other, the way to the broker first,
	// before it accepts the next connection.
	opened *connection
}

var (
	register sync.Once
	doors    sync.Map // *door by number
	numbers  atomic.Int64
)

func newDoor(p *Proxies) (number string) {
	register.Do(func() {
		toxics.Register("upstream"+toxicSuffix, new(requests))
		toxics.Register("downstream"+toxicSuffix, new(answers))
	})
	number = strconv.FormatInt(numbers.Add(1), 10)
	doors.Store(number, &door{proxies: p})
	return number
}

func doorOf(number string) *door {
	found, _ := doors.Load(number)
	return found.(*door) // Doors are never taken away.
}

// connection is one client's, both ways.
type connection struct {
	framer
	swallow atomic.Bool // the answer to come is to be lost
}

// requests is the toxic on the way to the broker.
type requests struct {
	Door string `json:"door"`
}

// NewState makes the connection's.
func (t *requests) NewState() any {
	d := doorOf(t.Door)
	d.opened = &connection{framer: framer{judge: d.proxies.judge}}
	return d.opened
}

// Pipe hands on what comes, up to a cut.
func (t *requests) Pipe(stub *toxics.ToxicStub) {
	conn := stub.State.(*connection)
	pipe(stub, func(bytes []byte) (pass []byte, end bool) {
		pass, verdict := conn.next(bytes)
		if verdict == loseAnswer {
			conn.swallow.Store(true)
		}
		return pass, verdict == loseRequest
	})
}

// answers is the toxic on the way back.
type answers struct {
	Door string `json:"door"`
}

// NewState finds the connection's.
func (t *answers) NewState() any { return doorOf(t.Door).opened }

// Pipe hands on what comes, unless it is to be lost.
func (t *answers) Pipe(stub *toxics.ToxicStub) {
	conn := stub.State.(*connection)
	pipe(stub, func(bytes []byte) (pass []byte, end bool) {
		if conn.swallow.Load() {
			return nil, true
		}
		return bytes, false
	})
}

// pipe hands on what next lets pass until it ends the connection, which closes both its ways.
func pipe(stub *toxics.ToxicStub, next func([]byte) (pass []byte, end bool)) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case chunk := <-stub.Input:
			if chunk == nil {
				stub.Close()
				return
			}
			pass, end := next(chunk.Data)
			if len(pass) > 0 {
				stub.Output <- &stream.StreamChunk{Data: pass, Timestamp: chunk.Timestamp}
			}
			if end {
				stub.Close()
				drain(stub)
				return
			}
		}
	}
}

// drain takes what still comes, so that who sends it comes to its end.
func drain(stub *toxics.ToxicStub) {
	for range stub.Input {
	}
}
