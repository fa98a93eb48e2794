package feed

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/mapping"
	"sellerpulse/pkg/events"
)

// aheadBytes are read ahead of each run in the file: 16 MiB of a thousand runs, which are 64 GiB.
const aheadBytes = 16 << 10

// merge hands on the messages of the runs in the file and of that in memory, which goes there too.
func (o *order) merge(take func(*mapping.Message) error) error {
	if err := o.spill(); err != nil {
		return err
	}
	open := make(runs, len(o.ends))
	for i, end := range o.ends {
		open[i] = &run{place: i, from: bufio.NewReaderSize(io.NewSectionReader(o.file, o.start(i), end-o.start(i)), aheadBytes)}
	}
	heap.Init(&open) // Of runs nothing of which is read yet, in their order.
	for len(open) > 0 {
		first := open[0]
		if first.read {
			if err := take(&first.head); err != nil {
				return err
			}
		}
		switch err := first.advance(); {
		case err == nil:
			heap.Fix(&open, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&open)
		default:
			return fmt.Errorf("read events back from a temporary file: %w", err)
		}
	}
	return nil
}

// run is a run in the file, from the next message on.
type run struct {
	place int // among the runs: where times are equal the earlier goes first
	from  *bufio.Reader
	read  bool // head is
	head  mapping.Message
}

// advance reads the next message; io.EOF is the end.
func (r *run) advance() (err error) {
	r.head, err = readMessage(r.from)
	r.read = true
	return err
}

// runs is a heap of runs by their next messages. One of which nothing is read yet goes first.
type runs []*run

func (r runs) Len() int      { return len(r) }
func (r runs) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)   { *r = append(*r, x.(*run)) }

func (r runs) Less(i, j int) bool {
	a, b := r[i], r[j]
	if a.read != b.read {
		return b.read
	}
	return cmp.Or(cmp.Compare(a.head.OccurredAt, b.head.OccurredAt), cmp.Compare(a.place, b.place)) < 0
}

func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// appendMessage appends a message of a file, which has no headers: its time, topic, key and value.
func appendMessage(dst []byte, m *mapping.Message) []byte {
	dst = append(binary.AppendVarint(dst, m.OccurredAt), byte(m.Topic))
	dst = append(binary.AppendUvarint(dst, uint64(len(m.Key))), m.Key...)
	return append(binary.AppendUvarint(dst, uint64(len(m.Value))), m.Value...)
}

// readMessage reads what appendMessage appended; io.EOF is the end of all messages.
func readMessage(from *bufio.Reader) (m mapping.Message, err error) {
	if m.OccurredAt, err = binary.ReadVarint(from); err != nil {
		return m, err
	}
	topic, err := from.ReadByte()
	m.Topic = events.Topic(topic)
	for _, part := range []*[]byte{&m.Key, &m.Value} {
		if err == nil {
			*part, err = readBytes(from)
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return m, err
}

// readBytes trusts the size: this process wrote it.
func readBytes(from *bufio.Reader) ([]byte, error) {
	size, err := binary.ReadUvarint(from)
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(from, b)
	return b, err
}
