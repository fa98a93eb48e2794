package feed

import (
	"context"
	"time"

	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// maxBatchEvents bounds what is sent, and acknowledged, at a time.
const maxBatchEvents = 20_000

// Options of sending.
type Options struct {
	Client     *stream.Client
	Topics     task.Topics
	Partitions int32            // of every input topic
	Encoder    events.Encoder   // of the events added one by one
	Clock      func() time.Time // default time.Now
}

// Sender gathers events and sends them. It is not safe for concurrent use.
type Sender struct {
	clock    func() time.Time
	encoder  events.Encoder
	producer *stream.Producer
	batch    batch
	values   []byte // of the events added one by one
	sent     Sent
}

// NewSender makes a Sender.
func NewSender(ctx context.Context, o Options) (*Sender, error) {
	producer, err := o.Client.OpenIdempotent(ctx)
	if err != nil {
		return nil, err
	}
	producer.SetCompression(stream.Lz4)
	s := &Sender{clock: o.Clock, encoder: o.Encoder, producer: producer}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.batch = batch{topics: o.Topics.Inputs, partitions: o.Partitions, places: map[stream.TopicPartition]int{}}
	return s, nil
}

// Add adds a valid event to what is to be sent. Once Full, Flush is to follow.
func (s *Sender) Add(e *events.Event) {
	start := len(s.values)
	s.values = s.encoder.AppendAvro(s.values, e)
	s.batch.add(&eventfile.Message{Topic: e.Topic, Key: []byte(e.SellerID), Value: s.values[start:len(s.values):len(s.values)]})
}

// Full tells that enough is gathered to be sent.
func (s *Sender) Full() bool { return s.batch.events >= maxBatchEvents }

// Flush sends what is gathered, whole, also when ctx ends meanwhile, so that it is known what was sent. The client bounds how long that
// takes. After an error the Sender is spent.
func (s *Sender) Flush(ctx context.Context) error {
	if s.batch.events == 0 {
		return nil
	}
	defer s.reset()
	s.batch.stamp(s.clock().UnixMilli())
	if _, err := s.producer.Produce(context.WithoutCancel(ctx), s.batch.outputs); err != nil {
		return err
	}
	for topic, n := range s.batch.byTopic {
		s.sent[topic] += n
	}
	return nil
}

func (s *Sender) reset() {
	s.batch.reset()
	s.values = s.values[:0]
}

// Sent is what the brokers have acknowledged.
func (s *Sender) Sent() Sent { return s.sent }
