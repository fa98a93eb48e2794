package feed

import (
	"context"

	"sellerpulse/internal/eventfile"
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

// Files sends the events of all files. When ctx ends it stops after what is on its way. Its error is an *eventfile.Fault for what is refused or
// cannot be read; what [Sender.Sent] tells is right whatever the error.
func (s *Sender) Files(ctx context.Context, o eventfile.Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reading := eventfile.Read(ctx, o)
	for {
		c, err := reading.Next(ctx)
		if c == nil || err != nil {
			return err
		}
		fault := s.gather(c)
		for fault == nil && !s.Full() {
			next := reading.Ready()
			if next == nil {
				break
			}
			fault = s.gather(next)
		}
		if err := s.Flush(ctx); err != nil {
			return err
		}
		if fault != nil {
			return fault
		}
	}
}

// gather adds a chunk's messages to what is to be sent. Its error is what was wrong after them.
func (s *Sender) gather(c *eventfile.Chunk) error {
	for i := range c.Messages {
		s.batch.add(&c.Messages[i])
	}
	if len(c.Faults) > 0 {
		return c.Faults[0]
	}
	return nil
}
