package stream

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// answering is a listener that answers whatever is sent to it by the same bytes, and its address.
func answering(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// What is no broker is told from one, whatever size its first bytes would announce, and no room is made for that.
func TestDialToWhatIsNoBroker(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request", "SSH": "SSH-2.0-OpenSSH_9.9\r\n",
		"a refusal by TLS": "\x15\x03\x03\x00\x02\x02\x46", "zeros": strings.Repeat("\x00", 64), "less than nothing": "\xff\xff\xff\xff\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := answering(t, answer)
			_, err := Dial(t.Context(), Options{Brokers: []string{address}, DialTimeout: 3 * time.Second})
			if !errors.Is(err, ErrUnreachable) {
				t.Fatalf("error %v", err)
			}
			for _, want := range []string{address, "who answers does not speak Kafka's protocol", "if this is a TLS port set --tls", "check --brokers"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q in it", err, want)
				}
			}
		})
	}
}

// Answers come through whole in whatever pieces they are read.
func TestAnswersComeThroughWhole(t *testing.T) {
	const sent = "\x00\x00\x00\x05hello\x00\x00\x00\x04true"
	ours, theirs := net.Pipe()
	go func() {
		for i := range sent {
			_, _ = io.WriteString(theirs, sent[i:i+1])
		}
		_ = theirs.Close()
	}()
	if got, err := io.ReadAll(&answers{Conn: ours}); err != nil || string(got) != sent {
		t.Errorf("read %q, %v", got, err)
	}
}
