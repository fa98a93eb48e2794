package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"sellerpulse/internal/pipeline"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// maxBatchEvents bounds what is sent, and acknowledged, at a time.
const maxBatchEvents = 20_000

// Options of sending.
type Options struct {
	Client     *stream.Client
	Topics     pipeline.Topics
	Partitions int32            // of every input topic
	Clock      func() time.Time // default time.Now
	Workers    int              // that parse; default one a processor
}

// Sent is how many events of each topic the brokers have acknowledged.
type Sent [events.NumTopics]int64

// Total is the events of all topics.
func (s *Sent) Total() (n int64) {
	for _, count := range s {
		n += count
	}
	return n
}

// Send sends the events of all lines. When ctx ends it stops after what is on its way. Its error is a *LineError for a line that is
// refused; Sent is right whatever the error.
func Send(ctx context.Context, from io.Reader, o Options) (sent Sent, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	producer, err := o.Client.OpenIdempotent(ctx)
	if err != nil {
		return sent, err
	}
	producer.SetCompression(stream.Lz4)
	s := &sender{options: o, producer: producer, batch: batch{topics: o.Topics.Inputs, partitions: o.Partitions, places: map[stream.TopicPartition]int{}}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ordered, failed := parseAll(ctx, from, o.Workers)
	err = s.sendAll(ctx, ordered)
	if err == nil {
		err = <-failed
	}
	return s.sent, err
}

// sender gathers messages and sends them.
type sender struct {
	options  Options
	producer *stream.Producer
	batch    batch
	sent     Sent
}

// parseAll reads and parses in the background. The chunks come in the order of the text, maybe before they are parsed; failed then tells
// why there are no more.
func parseAll(ctx context.Context, from io.Reader, workers int) (ordered <-chan *chunk, failed <-chan error) {
	work, inOrder, errs := make(chan *chunk, workers), make(chan *chunk, 4*workers), make(chan error, 1)
	go func() {
		defer close(work)
		defer close(inOrder)
		errs <- readAll(ctx, from, work, inOrder)
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

func readAll(ctx context.Context, from io.Reader, work, inOrder chan<- *chunk) error {
	l := lines{from: from, number: 1}
	for {
		c, err := l.next()
		if c == nil || err != nil {
			return wrapRead(err)
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

func wrapRead(err error) error {
	var line *LineError
	if err == nil || errors.As(err, &line) {
		return err
	}
	return fmt.Errorf("read events: %w", err)
}

// sendAll sends chunk after chunk, several at a time when they are there.
func (s *sender) sendAll(ctx context.Context, ordered <-chan *chunk) error {
	for {
		c, err := await(ctx, ordered)
		if c == nil || err != nil {
			return err
		}
		refused := s.gather(c)
		for refused == nil && s.batch.events < maxBatchEvents {
			next := ready(ordered)
			if next == nil {
				break
			}
			refused = s.gather(next)
		}
		if err := s.send(ctx); err != nil {
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

func (s *sender) gather(c *chunk) error {
	for i := range c.messages {
		s.batch.add(&c.messages[i])
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// send sends the batch whole, also when ctx ends meanwhile, so that it is known what was sent. The client bounds how long that takes.
func (s *sender) send(ctx context.Context) error {
	defer s.batch.reset()
	s.batch.stamp(s.options.Clock().UnixMilli())
	if _, err := s.producer.Produce(context.WithoutCancel(ctx), s.batch.outputs); err != nil {
		return err
	}
	for topic, n := range s.batch.byTopic {
		s.sent[topic] += n
	}
	return nil
}
