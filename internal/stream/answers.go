package stream

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// answers is a connection whose every answer is judged by its size, which stands before it, before anybody makes room for so much. What
// speaks another protocol, such as HTTP, announces gigabytes that way.
type answers struct {
	net.Conn
	size []byte // what is not handed on yet of the size
	left int    // of the answer
}

// Read implements io.Reader.
func (a *answers) Read(b []byte) (int, error) {
	if a.left == 0 {
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	if len(a.size) > 0 {
		n := copy(b, a.size)
		a.size = a.size[n:]
		return n, nil
	}
	n, err := a.Conn.Read(b[:min(len(b), a.left)])
	a.left -= n
	return n, err
}

// next reads the size of the next answer.
func (a *answers) next() error {
	var size [4]byte
	if _, err := io.ReadFull(a.Conn, size[:]); err != nil {
		return err
	}
	n := int32(binary.BigEndian.Uint32(size[:]))
	if n > maxResponseBytes {
		return fmt.Errorf("%w: %d bytes, more than %d", errOversize, n, maxResponseBytes)
	}
	if n < 4 {
		return fmt.Errorf("%w: %d bytes announced", ErrCorrupt, n)
	}
	a.size, a.left = size[:], int(n)
	return nil
}
