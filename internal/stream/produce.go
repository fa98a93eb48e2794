package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"

	"sellerpulse/internal/panics"
)

// Compression of record batches.
type Compression = compress.Compression

// The compressions that every broker knows.
const (
	None   = compress.None
	Gzip   = compress.Gzip
	Snappy = compress.Snappy
	Lz4    = compress.Lz4
	Zstd   = compress.Zstd
)

const (
	// DefaultMaxBatchBytes lets a batch into a topic of the brokers' default max.message.bytes, 1,048,588.
	DefaultMaxBatchBytes = 900_000
	// MaxRequestBytes keeps a produce request below what brokers accept (socket.request.max.bytes, 100 MiB by default).
	MaxRequestBytes = 32 << 20
)

// pendingLog is the batches of one log that are still to be written. A broker takes one batch of a log in a request.
type pendingLog struct {
	TopicPartition
	batches []span
}

// span is an encoded batch in the encoder's buffer.
type span struct {
	start, end int
	count      int32
}

// append encodes the outputs and writes them, batch after batch. Repeating a batch is safe, for its sequence stays the same.
func (p *Producer) append(ctx context.Context, outputs []Output) (Result, error) {
	result := newResult(len(outputs))
	if err := p.encode(outputs); err != nil {
		return result, err
	}
	for len(p.pending) > 0 {
		err := p.client.retry(ctx, func(ctx context.Context) error { return p.round(ctx, &result) })
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// encode turns the outputs into batches in the reused buffer.
func (p *Producer) encode(outputs []Output) error {
	p.encoder.buffer, p.pending = p.encoder.buffer[:0], p.pending[:0]
	places := make(map[TopicPartition]int, len(outputs))
	for i := range outputs {
		output := &outputs[i]
		if len(output.Messages) == 0 {
			continue
		}
		place, ok := places[output.TopicPartition]
		if !ok {
			place = len(p.pending)
			places[output.TopicPartition] = place
			p.pending = append(p.pending, pendingLog{TopicPartition: output.TopicPartition})
		}
		if err := p.encodeOutput(output, &p.pending[place]); err != nil {
			return fmt.Errorf("encode messages to %v: %w", output.TopicPartition, err)
		}
	}
	return nil
}

func (p *Producer) encodeOutput(output *Output, log *pendingLog) error {
	e := &p.encoder
	most := p.client.options.MaxBatchBytes
	if output.MaxBatchBytes > 0 {
		most = min(most, output.MaxBatchBytes)
	}
	e.begin()
	for i := range output.Messages {
		m := &output.Messages[i]
		if e.count > 0 && e.size()+recordBytes(m, m.Timestamp-e.first, e.count)+maxLengthBytes > most {
			if err := p.finishBatch(log); err != nil {
				return err
			}
			e.begin()
		}
		e.add(m)
	}
	return p.finishBatch(log)
}

func (p *Producer) finishBatch(log *pendingLog) error {
	e := &p.encoder
	sequence := p.sequences[log.TopicPartition]
	owner := batchOwner{producer: p.producer, epoch: p.epoch, sequence: sequence, transactional: p.id != ""}
	if err := e.finish(owner, p.compression); err != nil {
		return err
	}
	p.sequences[log.TopicPartition] = nextSequence(sequence, e.count)
	log.batches = append(log.batches, span{start: e.start, end: len(e.buffer), count: e.count})
	return nil
}

// round writes the first pending batch of each log, all leaders at the same time, and removes what was written.
func (p *Producer) round(ctx context.Context, result *Result) error {
	logs := make([]TopicPartition, len(p.pending))
	for i := range p.pending {
		logs[i] = p.pending[i].TopicPartition
	}
	groups, err := p.client.byLeader(ctx, logs)
	if err != nil {
		return err
	}
	written := make([]placed, len(p.pending))
	var group panics.Group
	for i := range written {
		written[i].offset = notWritten
	}
	for address, indexes := range groups {
		group.Go(func() error { return p.write(ctx, address, indexes, written) })
	}
	errs := group.Wait()
	p.acknowledge(written, result)
	return worst(errs)
}

// What became of a batch whose offset is not known.
const (
	notWritten     = -2
	writtenBefore  = -1
	produceTimeout = 30 * time.Second // for the replicas to acknowledge
)

// placed is where a batch went, and when by the broker's clock; below 0 where the topic keeps the producer's times.
type placed struct{ offset, at int64 }

// acknowledge notes where batches went and drops them from what is pending.
func (p *Producer) acknowledge(written []placed, result *Result) {
	kept := p.pending[:0]
	for i, log := range p.pending {
		if offset := written[i].offset; offset != notWritten {
			if offset >= 0 {
				if _, ok := result.First[log.TopicPartition]; !ok {
					result.First[log.TopicPartition] = offset
				}
				result.Next[log.TopicPartition] = offset + int64(log.batches[0].count)
				if at := written[i].at; at >= 0 {
					result.AppendedAt[log.TopicPartition] = at
				}
			}
			log.batches = log.batches[1:]
		}
		if len(log.batches) > 0 {
			kept = append(kept, log)
		}
	}
	p.pending = kept
}

// write sends one request to the broker at the address and leaves the batches' offsets in written.
func (p *Producer) write(ctx context.Context, address string, indexes []int, written []placed) error {
	request, sent := p.request(indexes)
	var answer []byte
	err := p.client.exchange(ctx, address, p.client.options.RequestTimeout, func(conn *connection) (err error) {
		answer, err = conn.exchangeRaw(request)
		return err
	})
	if err != nil {
		for _, i := range sent {
			p.client.dropLeaders(p.pending[i].TopicPartition)
		}
		return err
	}
	return p.parse(answer, sent, written)
}

// request encodes a produce request with the first pending batches of the logs, as many as fit; sent tells which.
func (p *Producer) request(indexes []int) (request []byte, sent []int) {
	size := 256
	for _, i := range indexes {
		first := p.pending[i].batches[0]
		if size += first.end - first.start + 64 + len(p.pending[i].Topic); size > MaxRequestBytes && len(sent) > 0 {
			break
		}
		sent = append(sent, i)
	}
	b := openRequest(make([]byte, 0, size), protocol.Produce, produceVersion, p.client.options.ClientID)
	if p.id == "" {
		b = append(b, 0xff, 0xff) // null
	} else {
		b = appendString(b, p.id)
	}
	b = append(b, 0xff, 0xff) // -1: acknowledged by all replicas in sync
	b = appendInt32(b, int32(min(produceTimeout, p.client.options.RequestTimeout)/time.Millisecond))
	b = appendInt32(b, int32(len(sent)))
	for _, i := range sent {
		log := &p.pending[i]
		encoded := p.encoder.buffer[log.batches[0].start:log.batches[0].end]
		b = appendString(b, log.Topic)
		b = appendInt32(b, 1)
		b = appendInt32(b, log.Partition)
		b = appendInt32(b, int32(len(encoded)))
		b = append(b, encoded...)
	}
	return b, sent
}

// parse reads a produce response.
func (p *Producer) parse(answer []byte, sent []int, written []placed) error {
	r := reader{b: answer}
	var errs []error
	for range r.count(6) {
		topic := r.text()
		for range r.count(30) {
			tp := TopicPartition{topic, r.int32()}
			err := needs{operation: write, topic: topic, transactionalID: p.id}.refused(r.int16())
			at := placed{offset: r.int64(), at: r.int64()}
			r.int64() // start of the log
			text := r.recordErrors()
			errs = append(errs, p.accept(tp, at, err, text, sent, written))
		}
	}
	errs = append(errs, r.err("produce response"))
	return worst(errs)
}

// recordErrors reads which records of a batch were refused and why; the reason of the whole is returned.
func (r *reader) recordErrors() string {
	for range r.count(6) {
		r.int32()
		r.text()
	}
	return r.text()
}

// accept notes what became of one log's batch.
func (p *Producer) accept(tp TopicPartition, at placed, err error, text string, sent []int, written []placed) error {
	for _, i := range sent {
		if p.pending[i].TopicPartition != tp {
			continue
		}
		switch {
		case err == nil:
			written[i] = at
			return nil
		case repeated(err) && p.id == "":
			written[i].offset = writtenBefore
			return nil
		}
		p.client.dropLeaders(tp)
		if errors.Is(err, kafka.MessageSizeTooLarge) {
			err = fmt.Errorf("%w: raise max.message.bytes of the topic", err)
		}
		if text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return &TopicError{Topic: tp.Topic, Partition: tp.Partition, Err: err}
	}
	return fmt.Errorf("%w: produce response with %v, which was not sent", ErrCorrupt, tp)
}
