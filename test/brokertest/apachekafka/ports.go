package apachekafka

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are chosen below the ranges from which operating systems take the ports of outgoing connections: a port there
// could be taken between our choice and Kafka's use of it, or while a node is down.
const (
	firstPort    = 20000
	portCount    = 12000
	portAttempts = 200
)

// port is a TCP port on loopback that no other user of this package takes while it is claimed.
type port struct {
	number int
	claim  net.PacketConn
}

// claimPort chooses a free port. The claim, held until release, is the UDP port of the same number, which Kafka does not
// use: so processes choose apart without files that a killed one would leave behind.
func claimPort() (port, error) {
	for range portAttempts {
		number := firstPort + rand.IntN(portCount)
		address := loopback(number)
		claim, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		probe, err := net.Listen("tcp", address)
		if err == nil {
			if err := probe.Close(); err != nil {
				return port{}, errors.Join(fmt.Errorf("close probe of port %d: %w", number, err), claim.Close())
			}
			return port{number: number, claim: claim}, nil
		}
		if err := claim.Close(); err != nil {
			return port{}, fmt.Errorf("release port %d: %w", number, err)
		}
	}
	return port{}, fmt.Errorf("claim port: none free in %d tries from %d on", portAttempts, firstPort)
}

func (p port) address() string { return loopback(p.number) }

func (p port) release() error { return p.claim.Close() }

func loopback(number int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(number)) }
