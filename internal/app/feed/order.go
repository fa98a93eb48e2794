package feed

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"sellerpulse/internal/mapping"
)

// How much an order has in memory: messages, with what Go needs for each.
const (
	runBytes     = 64 << 20
	messageBytes = 128
)

// order gives messages back in the order of their events' time, those of one time as they were added. It has a run of them in memory; when that is full
// it is sorted and written to a temporary file, behind the runs before it. Close it.
type order struct {
	most  int // bytes of a run in memory
	run   []mapping.Message
	bytes int
	file  *os.File // nil while all are in memory
	ends  []int64  // of the runs in the file
}

func newOrder() *order { return &order{most: runBytes} }

// add keeps a message, whose bytes are no longer the caller's.
func (o *order) add(m *mapping.Message) error {
	o.run = append(o.run, *m)
	if o.bytes += len(m.Key) + len(m.Value) + messageBytes; o.bytes < o.most {
		return nil
	}
	return o.spill()
}

// spill writes the run in memory to the file, and begins another.
func (o *order) spill() error {
	o.sort()
	if err := o.write(); err != nil {
		return fmt.Errorf("bring events into the order of their time in a temporary file: %w: have TMPDIR name a folder with room", err)
	}
	clear(o.run)
	o.run, o.bytes = o.run[:0], 0
	return nil
}

func (o *order) sort() {
	slices.SortStableFunc(o.run, func(a, b mapping.Message) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
}

func (o *order) write() (err error) {
	if o.file == nil {
		if o.file, err = os.CreateTemp("", "sellerpulse-events-*"); err != nil {
			return err
		}
	}
	end, to := o.start(len(o.ends)), bufio.NewWriter(o.file)
	var bytes []byte
	for i := range o.run {
		bytes = appendMessage(bytes[:0], &o.run[i])
		if _, err := to.Write(bytes); err != nil {
			return err
		}
		end += int64(len(bytes))
	}
	o.ends = append(o.ends, end)
	return to.Flush()
}

// start is where a run begins in the file.
func (o *order) start(run int) int64 {
	if run == 0 {
		return 0
	}
	return o.ends[run-1]
}

// each hands on all messages in their order. Nothing can be added after it.
func (o *order) each(take func(*mapping.Message) error) error {
	if o.file != nil {
		return o.merge(take)
	}
	o.sort()
	for i := range o.run {
		if err := take(&o.run[i]); err != nil {
			return err
		}
	}
	return nil
}

// close removes the file.
func (o *order) close() error {
	if o.file == nil {
		return nil
	}
	return errors.Join(o.file.Close(), os.Remove(o.file.Name()))
}
