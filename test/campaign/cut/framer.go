package cut

import "encoding/binary"

// verdict is what becomes of bytes on their way.
type verdict int

const (
	pass        verdict = iota
	loseRequest         // the bytes returned are the last
	loseAnswer          // they end a request whose answer is to be lost
)

// framer finds the requests in a stream of bytes: each its length in 4 bytes, then the number of its kind in 2, then the rest.
type framer struct {
	judge func(Step) (Cut, bool)

	head    []byte // of a request whose kind is not known yet
	left    int    // bytes of the present request that are still to come
	swallow bool   // its answer is to be lost
}

const headBytes = 6

// next takes bytes and returns those to hand on. What follows a request that is to be lost, or one whose answer is, is dropped: a client
// of ours sends no request before it has the answer to the last.
func (f *framer) next(bytes []byte) (on []byte, v verdict) {
	for len(bytes) > 0 {
		if f.left == 0 {
			n := min(headBytes-len(f.head), len(bytes))
			f.head, bytes = append(f.head, bytes[:n]...), bytes[n:]
			if len(f.head) < headBytes {
				return on, pass
			}
			if f.begin() {
				return on, loseRequest
			}
			on, f.head = append(on, f.head...), nil
		}
		n := min(f.left, len(bytes))
		on, bytes, f.left = append(on, bytes[:n]...), bytes[n:], f.left-n
		if f.left == 0 && f.swallow {
			return on, loseAnswer
		}
	}
	return on, pass
}

// begin judges the request of which the head has come, and tells whether it is to be lost.
func (f *framer) begin() (lost bool) {
	f.left = int(binary.BigEndian.Uint32(f.head)) + 4 - headBytes
	due, cut := f.judge(Step(binary.BigEndian.Uint16(f.head[4:])))
	f.swallow = cut && due.Answer
	return cut && !due.Answer
}
