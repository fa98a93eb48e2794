package stream

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
)

const (
	// Versions of the requests that are encoded here. The newest is that of Apache Kafka 2.5.
	fetchVersion       = 11
	produceVersion     = 8
	offsetFetchVersion = 7

	// maxResponseBytes bounds what a broken or hostile broker can make the client allocate.
	maxResponseBytes = 256 << 20

	// connectTimeout bounds one try to connect, such that Dial gets round to the other brokers.
	connectTimeout = 5 * time.Second

	// maxIdle is how long a connection may rest; a broker closes it after ten minutes by default.
	maxIdle = 30 * time.Second
)

var ownVersions = map[protocol.ApiKey]int16{
	protocol.Fetch: fetchVersion, protocol.Produce: produceVersion, protocol.OffsetFetch: offsetFetchVersion,
}

// newestGroup are the newest versions that are spoken of requests of groups. In later ones kafka-go does not write some strings as compact,
// and reads the error code of heartbeats and leaves from where the throttle time is.
var newestGroup = map[protocol.ApiKey]int16{
	protocol.JoinGroup: 5, protocol.SyncGroup: 3, protocol.Heartbeat: 0, protocol.LeaveGroup: 0, protocol.DescribeGroups: 4, protocol.DeleteGroups: 1,
}

func newest(key protocol.ApiKey) int16 {
	if version, ok := newestGroup[key]; ok {
		return version
	}
	return math.MaxInt16
}

// connection is a connection to one broker. It carries one request at a time and belongs to whoever took it.
type connection struct {
	network     net.Conn
	codec       *protocol.Conn
	clientID    string
	correlation int32
	rested      time.Time
	used        bool      // a request after the negotiation was answered
	expires     time.Time // of the broker's session for it; zero for never

	newestMetadata int16 // version that the broker knows
}

// connect makes a connection: the one place for TLS and SASL.
func (c *Client) connect(ctx context.Context, address string) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	network, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, c.explainDial(address, err)
	}
	c.noteReached(address)
	conn, err := c.open(ctx, network, address)
	if err != nil {
		_ = network.Close()
		return nil, err
	}
	return conn, nil
}

// open makes a connection to a broker ready for requests.
func (c *Client) open(ctx context.Context, network net.Conn, address string) (_ *connection, err error) {
	if c.options.TLS != nil {
		if network, err = encrypt(ctx, network, c.options.TLS, address); err != nil {
			return nil, err
		}
	}
	conn := &connection{network: network, codec: protocol.NewConn(&answers{Conn: network}, c.options.ClientID), clientID: c.options.ClientID}
	stop := conn.obey(ctx, c.options.RequestTimeout)
	defer stop()
	if err := conn.negotiate(); err != nil {
		return nil, c.explainFirst(err)
	}
	if c.options.SASL != nil {
		err = conn.authenticate(ctx, c.options.SASL)
	}
	return conn, err
}

// negotiate settles which version of each request to speak.
func (conn *connection) negotiate() error {
	answer, err := conn.codec.RoundTrip(new(apiversions.Request))
	if err != nil {
		return err
	}
	response := answer.(*apiversions.Response)
	if err := refused(response.ErrorCode); err != nil {
		return fmt.Errorf("negotiate versions: %w", err)
	}
	versions := make(map[protocol.ApiKey]int16, len(response.ApiKeys))
	spoken := 0
	for _, k := range response.ApiKeys {
		key := protocol.ApiKey(k.ApiKey)
		if key == protocol.Metadata {
			conn.newestMetadata = k.MaxVersion
		}
		versions[key] = key.SelectVersion(k.MinVersion, min(k.MaxVersion, newest(key)))
		if v, own := ownVersions[key]; own && k.MinVersion <= v && v <= k.MaxVersion {
			spoken++
		}
	}
	if spoken < len(ownVersions) {
		return ErrUnsupported
	}
	conn.codec.SetVersions(versions)
	return nil
}

// obey ends the connection's reads and writes after the timeout or with ctx; stop lifts that.
func (conn *connection) obey(ctx context.Context, timeout time.Duration) (stop func()) {
	deadline := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	_ = conn.network.SetDeadline(deadline)
	release := context.AfterFunc(ctx, func() { _ = conn.network.SetDeadline(time.Unix(1, 0)) })
	return func() { release() }
}

// exchangeRaw sends an encoded request, of which openRequest wrote the beginning, and returns the answer after its correlation id.
func (conn *connection) exchangeRaw(request []byte) ([]byte, error) {
	conn.correlation++
	binary.BigEndian.PutUint32(request, uint32(len(request)-4))
	binary.BigEndian.PutUint32(request[8:], uint32(conn.correlation))
	if _, err := conn.network.Write(request); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(conn.codec, size[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, binary.BigEndian.Uint32(size[:])) // Which answers has judged.
	if _, err := io.ReadFull(conn.codec, answer); err != nil {
		return nil, err
	}
	if id := int32(binary.BigEndian.Uint32(answer)); id != conn.correlation {
		return nil, fmt.Errorf("%w: answer to request %d instead of %d", ErrCorrupt, id, conn.correlation)
	}
	return answer[4:], nil
}

// openRequest appends a request's header, with room for the size and the correlation id at 0 and 8.
func openRequest(b []byte, key protocol.ApiKey, version int16, clientID string) []byte {
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(key))
	b = binary.BigEndian.AppendUint16(b, uint16(version))
	b = append(b, 0, 0, 0, 0)
	return appendString(b, clientID)
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// appendCompact appends a string in the protocol's compact form.
func appendCompact(b []byte, s string) []byte {
	return append(appendUvarint(b, len(s)+1), s...)
}

func appendUvarint(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

// peer is the address of the broker.
func (conn *connection) peer() (host string, port int) {
	if address, ok := conn.network.RemoteAddr().(*net.TCPAddr); ok {
		return address.IP.String(), address.Port
	}
	return "", 0
}

func (conn *connection) close() { _ = conn.network.Close() }
