package cut_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"sellerpulse/test/campaign/cut"
)

// broker answers each request with its bytes, and counts them.
type broker struct {
	listener net.Listener
	requests chan []byte
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{listener: listener, requests: make(chan []byte, 100)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go b.serve(conn)
		}
	}()
	return b
}

func (b *broker) serve(conn net.Conn) {
	defer conn.Close()
	for {
		request, err := read(conn)
		if err != nil {
			return
		}
		b.requests <- request
		if _, err := conn.Write(request); err != nil {
			return
		}
	}
}

func read(conn net.Conn) ([]byte, error) {
	frame := make([]byte, 4)
	if _, err := io.ReadFull(conn, frame); err != nil {
		return nil, err
	}
	frame = append(frame, make([]byte, binary.BigEndian.Uint32(frame))...)
	_, err := io.ReadFull(conn, frame[4:])
	return frame, err
}

func request(step cut.Step, bytes int) []byte {
	frame := binary.BigEndian.AppendUint32(nil, uint32(bytes))
	frame = binary.BigEndian.AppendUint16(frame, uint16(step))
	return append(frame, make([]byte, bytes-2)...)
}

// client talks to the broker through a proxy.
func client(t *testing.T, b *broker) (*cut.Proxies, func() net.Conn) {
	t.Helper()
	proxies := cut.New()
	t.Cleanup(proxies.Close)
	address, err := proxies.Add(0, b.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return proxies, func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

// ask sends a request in pieces and reads the answer.
func ask(conn net.Conn, frame []byte, piece int) error {
	for len(frame) > 0 {
		n := min(piece, len(frame))
		if _, err := conn.Write(frame[:n]); err != nil {
			return err
		}
		frame = frame[n:]
	}
	_, err := read(conn)
	return err
}

func TestRequestsGetThroughInAnyPieces(t *testing.T) {
	b := startBroker(t)
	_, dial := client(t, b)
	conn := dial()
	for _, piece := range []int{1, 3, 5, 6, 7, 100, 1 << 20} {
		for _, size := range []int{2, 3, 10, 200_000} {
			if piece == 1 && size > 1000 {
				continue // Takes long.
			}
			if err := ask(conn, request(cut.EndTxn, size), piece); err != nil {
				t.Fatalf("%d bytes in pieces of %d: %v", size, piece, err)
			}
			if got := <-b.requests; len(got) != size+4 {
				t.Errorf("the broker got %d bytes of %d", len(got), size+4)
			}
		}
	}
}

// The n-th request of the step is cut, on whatever connection, and those of other steps are not.
func TestCutIsWhereItIsToBe(t *testing.T) {
	for _, answer := range []bool{false, true} {
		b := startBroker(t)
		proxies, dial := client(t, b)
		c := cut.Cut{Step: cut.EndTxn, N: 3, Answer: answer}
		proxies.Arm(c)
		first, second := dial(), dial()
		for i, conn := range []net.Conn{first, second, first} {
			step := cut.EndTxn
			if i == 2 {
				step = cut.Produce
			}
			if err := ask(conn, request(step, 50), 4); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			<-b.requests
		}
		if err := ask(second, request(cut.EndTxn, 50), 4); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v: the third request got its answer or its connection is not cut: %v", c, err)
		}
		if err := ask(first, request(cut.EndTxn, 50), 4); err != nil {
			t.Errorf("%v: after the cut: %v", c, err)
		}
		if got, want := len(b.requests), 1+map[bool]int{true: 1}[answer]; got != want {
			t.Errorf("%v: %d requests got through, want %d", c, got, want)
		}
		if got := proxies.Done()[c.String()]; got != 1 {
			t.Errorf("%v: counted %d times", c, got)
		}
	}
}

// A step that is denied is lost each time, until it is allowed again.
func TestDeniedStepIsLostUntilAllowed(t *testing.T) {
	b := startBroker(t)
	proxies, dial := client(t, b)
	proxies.Deny(cut.InitProducerID)
	for range 3 {
		if err := ask(dial(), request(cut.InitProducerID, 50), 10); err == nil {
			t.Error("a denied request got its answer")
		}
	}
	if err := ask(dial(), request(cut.EndTxn, 50), 10); err != nil {
		t.Errorf("another step: %v", err)
	}
	proxies.Allow(cut.InitProducerID)
	if err := ask(dial(), request(cut.InitProducerID, 50), 10); err != nil {
		t.Errorf("allowed again: %v", err)
	}
	if got := proxies.Done()["InitProducerId/request"]; got != 3 {
		t.Errorf("%d lost, want 3", got)
	}
}
