package feed

import (
	"context"
	"io"
	"runtime"

	"sellerpulse/pkg/events"
)

// Sent is how many events of each topic the brokers have acknowledged.
type Sent [events.NumTopics]int64

// Total is the events of all topics.
func (s *Sent) Total() (n int64) {
	for _, count := range s {
		n += count
	}
	return n
}

// Lines sends the events of all lines, parsed by one worker a processor; they may be compressed with gzip. When ctx ends it stops after what
// is on its way. Its error is a *LineError for a line that is refused or cannot be read; what [Sender.Sent] tells is right whatever the error.
func (s *Sender) Lines(ctx context.Context, from io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ordered, failed := s.parseAll(ctx, from, runtime.GOMAXPROCS(0))
	if err := s.sendAll(ctx, ordered); err != nil {
		return err
	}
	return <-failed
}

// parseAll reads and parses in the background. The chunks come in the order of the text, maybe before they are parsed; failed then tells
// why there are no more.
func (s *Sender) parseAll(ctx context.Context, from io.Reader, workers int) (ordered <-chan *chunk, failed <-chan error) {
	work, inOrder, errs := make(chan *chunk, workers), make(chan *chunk, 4*workers), make(chan error, 1)
	go func() {
		defer close(work)
		defer close(inOrder)
		errs <- s.readAll(ctx, from, work, inOrder)
	}()
	for range workers {
		go func() {
			for c := range work {
				c.parse()
			}
		}()
	}
	return inOrder, errs
}

func (s *Sender) readAll(ctx context.Context, from io.Reader, work, inOrder chan<- *chunk) error {
	text, source, err := open(from, s.log)
	if err != nil {
		return err
	}
	l := lines{from: text, source: source, number: 1}
	for {
		c, err := l.next()
		if c == nil || err != nil {
			return err
		}
		for _, to := range []chan<- *chunk{work, inOrder} {
			select {
			case to <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// sendAll sends chunk after chunk, several at a time when they are there.
func (s *Sender) sendAll(ctx context.Context, ordered <-chan *chunk) error {
	for {
		c, err := await(ctx, ordered)
		if c == nil || err != nil {
			return err
		}
		refused := s.gather(c)
		for refused == nil && !s.Full() {
			next := ready(ordered)
			if next == nil {
				break
			}
			refused = s.gather(next)
		}
		if err := s.Flush(ctx); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
	}
}

// await waits for the next chunk and until it is parsed.
func await(ctx context.Context, ordered <-chan *chunk) (*chunk, error) {
	select {
	case c := <-ordered:
		if c == nil {
			return nil, nil
		}
		return parsed(ctx, c)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func parsed(ctx context.Context, c *chunk) (*chunk, error) {
	select {
	case <-c.parsed:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ready is the next chunk if there is one. A chunk that is being parsed is waited for: it does not take long.
func ready(ordered <-chan *chunk) *chunk {
	select {
	case c := <-ordered:
		if c != nil {
			<-c.parsed
		}
		return c
	default:
		return nil
	}
}

func (s *Sender) gather(c *chunk) error {
	for i := range c.messages {
		s.batch.add(&c.messages[i])
	}
	if c.err != nil {
		return c.err
	}
	return nil
}
