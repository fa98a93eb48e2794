package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"sellerpulse/internal/panics"
)

// waitOfSeveral bounds the wait when several brokers are asked: a round lasts until the last of them answers, and one without news
// must not hold back the others' for long.
const waitOfSeveral = 100 * time.Millisecond

// DefaultUnpacked is how much memory what one round brings may take.
const DefaultUnpacked = 64 << 20

// FetchOptions say what a Fetcher reads.
type FetchOptions struct {
	Positions []Position
	MaxBytes  int32         // of one log in one round; default 1 MiB. A larger record still comes through
	Unpacked  int           // of one round, after decompression; default DefaultUnpacked. A batch that is begun is finished
	MaxWait   time.Duration // for the first byte; default 500 ms, at most 100 ms when leaders are on several brokers
	Marks     bool          // a batch that cannot be read is one Record, which says what is known of it, instead of an error
}

// Chunk is what one round brought of one log. It may be empty.
type Chunk struct {
	Source     int // index in FetchOptions.Positions
	Records    []Record
	Next       int64 // position after this chunk, past markers, aborted records and gaps
	LastStable int64 // the end, read committed: once Next is there all has been read
	End        int64 // past LastStable when a transaction is open: what is behind it cannot be read yet
	LogStart   int64 // first offset the log still holds
}

// Fetcher reads several logs, read committed, each from its own position. It is not safe for concurrent use.
type Fetcher struct {
	client    *Client
	options   FetchOptions
	positions []Position
	turn      int       // first in the next round's request, so that each gets its turn when the answer is full
	failing   time.Time // since when some broker has been failing; zero: none
}

// NewFetcher makes a Fetcher; nothing is asked until its first round.
func (c *Client) NewFetcher(options FetchOptions) *Fetcher {
	if options.MaxBytes <= 0 {
		options.MaxBytes = 1 << 20
	}
	if options.Unpacked <= 0 {
		options.Unpacked = DefaultUnpacked
	}
	options.MaxWait = durationOr(options.MaxWait, 500*time.Millisecond)
	return &Fetcher{client: c, options: options, positions: append([]Position(nil), options.Positions...)}
}

// SetMaxWait changes how long the next rounds wait where there is nothing to read yet.
func (f *Fetcher) SetMaxWait(wait time.Duration) { f.options.MaxWait = wait }

// SetMaxBytes changes how much the next rounds bring: of one log, at most 1 MiB, and of all after decompression.
func (f *Fetcher) SetMaxBytes(log, unpacked int) {
	f.options.MaxBytes, f.options.Unpacked = int32(min(max(log, 1), 1<<20)), max(unpacked, 1)
}

// Fetch does one round over the wanted sources (all for nil) and advances their positions. It waits up to MaxWait until there is
// something in any of them. The chunks are of those sources whose leaders answered, in the order of their index.
//
// It retries when leaders move; an outage longer than Options.RetryTimeout is ErrUnreachable. An offset out of range is an
// *OffsetError, a missing topic a *TopicError, and a batch that cannot be read a *BatchError, unless FetchOptions.Marks has it marked and
// it is known where it ends. After an error make a new Fetcher from what was processed: this one's positions may have moved on.
func (f *Fetcher) Fetch(ctx context.Context, want []bool) ([]Chunk, error) {
	wanted := f.wanted(want)
	if len(wanted) == 0 {
		return nil, nil
	}
	var chunks []Chunk
	err := f.client.retry(ctx, func(ctx context.Context) error {
		var err error
		chunks, err = f.round(ctx, wanted)
		return f.tolerate(chunks, err)
	})
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	return chunks, nil
}

// tolerate lets the chunks of some brokers through while another fails, but not for ever.
func (f *Fetcher) tolerate(chunks []Chunk, err error) error {
	if err == nil {
		f.failing = time.Time{}
		return nil
	}
	if len(chunks) == 0 || !retriable(err) {
		return err
	}
	if f.failing.IsZero() {
		f.failing = time.Now()
	}
	if time.Since(f.failing) > f.client.options.RetryTimeout {
		return err
	}
	return nil
}

// wanted lists the sources of this round, beginning with the one whose turn it is.
func (f *Fetcher) wanted(want []bool) []int {
	var sources []int
	for i := range f.positions {
		source := (f.turn + i) % len(f.positions)
		if want == nil || want[source] {
			sources = append(sources, source)
		}
	}
	f.turn++
	return sources
}

// round asks each leader once, all at the same time.
func (f *Fetcher) round(ctx context.Context, wanted []int) ([]Chunk, error) {
	logs := make([]TopicPartition, len(wanted))
	for i, source := range wanted {
		logs[i] = f.positions[source].TopicPartition
	}
	groups, err := f.client.byLeader(ctx, logs)
	if err != nil {
		return nil, err
	}
	wait := f.options.MaxWait
	if len(groups) > 1 {
		wait = min(wait, waitOfSeveral)
	}
	bySource := make([]*Chunk, len(f.positions))
	var group panics.Group
	for address, indexes := range groups {
		sources := make([]int, len(indexes))
		for i, index := range indexes {
			sources[i] = wanted[index]
		}
		group.Go(func() error { return f.ask(ctx, address, sources, wait, bySource) })
	}
	errs := group.Wait()
	return f.gather(bySource), worst(errs)
}

// worst is the error that will not pass, if there is one.
func worst(errs []error) error {
	for _, err := range errs {
		if err != nil && !retriable(err) {
			return err
		}
	}
	return errors.Join(errs...)
}

// gather advances the positions and puts the chunks in order.
func (f *Fetcher) gather(bySource []*Chunk) []Chunk {
	var chunks []Chunk
	for source, chunk := range bySource {
		if chunk != nil {
			f.positions[source].Offset = chunk.Next
			chunks = append(chunks, *chunk)
		}
	}
	return chunks
}

// ask fetches the sources from the broker at the address and leaves their chunks in bySource.
func (f *Fetcher) ask(ctx context.Context, address string, sources []int, wait time.Duration, bySource []*Chunk) error {
	positions := make([]Position, len(sources))
	for i, source := range sources {
		positions[i] = f.positions[source]
	}
	request := fetchRequest{positions: positions, maxBytes: f.options.MaxBytes, maxWait: wait}
	var answer []byte
	err := f.client.exchange(ctx, address, wait+f.client.options.RequestTimeout, func(conn *connection) (err error) {
		answer, err = conn.exchangeRaw(request.encode(conn.clientID))
		return err
	})
	if errors.Is(err, errOversize) {
		return f.askEach(ctx, address, sources, wait, bySource, err)
	}
	if err != nil {
		f.dropLeaders(positions)
		return err
	}
	parts, err := parseFetch(answer)
	if err != nil {
		return err
	}
	return f.unpack(ctx, parts, sources, bySource)
}

// unpack makes chunks of the parts of a response, in the order of the sources, for there may be too much in it for one round.
func (f *Fetcher) unpack(ctx context.Context, parts []fetched, sources []int, bySource []*Chunk) error {
	byLog, filled := make(map[TopicPartition]*fetched, len(parts)), 0
	for i := range parts {
		byLog[parts[i].TopicPartition] = &parts[i]
		if len(parts[i].records) > 0 {
			filled++
		}
	}
	left := int64(f.options.Unpacked)
	var errs []error
	for _, source := range sources {
		part := byLog[f.positions[source].TopicPartition]
		if part == nil {
			continue
		}
		delete(byLog, part.TopicPartition)
		part.marks, part.left = f.options.Marks, &left
		chunk, err := f.chunk(ctx, source, part)
		if err == nil && filled == 1 && part.cut() { // The first batch of a response is sent whole, whatever its size.
			err = part.damage(nil, nil, f.positions[source].Offset, fmt.Errorf("%w: record batch is longer than what there is of it", ErrCorrupt))
		}
		bySource[source] = chunk
		errs = append(errs, err)
	}
	for log := range byLog {
		return fmt.Errorf("%w: fetch response with %v, which was not asked for", ErrCorrupt, log)
	}
	return worst(errs)
}

// askEach finds out which of the sources it is whose first batch is larger than an answer may be: that has an error of its own.
func (f *Fetcher) askEach(ctx context.Context, address string, sources []int, wait time.Duration, bySource []*Chunk, why error) error {
	if len(sources) == 1 {
		position := f.positions[sources[0]]
		return (&fetched{TopicPartition: position.TopicPartition}).damage(nil, nil, position.Offset, why)
	}
	var errs []error
	for i := range sources {
		errs = append(errs, f.ask(ctx, address, sources[i:i+1], wait, bySource))
	}
	return worst(errs)
}

func (f *Fetcher) dropLeaders(positions []Position) {
	for _, p := range positions {
		f.client.dropLeaders(p.TopicPartition)
	}
}

func (f *Fetcher) chunk(ctx context.Context, source int, part *fetched) (*Chunk, error) {
	position := f.positions[source]
	if err := (needs{operation: read, topic: position.Topic}).refused(part.code); err != nil {
		f.client.dropLeaders(position.TopicPartition)
		if errors.Is(err, kafka.OffsetOutOfRange) {
			return nil, f.outOfRange(ctx, position)
		}
		if errors.Is(err, kafka.InvalidMessage) { // The broker itself cannot read its log there.
			return nil, part.damage(nil, nil, position.Offset, fmt.Errorf("%w: %w", ErrCorrupt, err))
		}
		return nil, &TopicError{Topic: position.Topic, Partition: position.Partition, Err: err}
	}
	records, next, err := part.committed(position.Offset)
	if err != nil {
		return nil, err
	}
	return &Chunk{Source: source, Records: records, Next: next, LastStable: part.lastStable, End: part.end, LogStart: part.logStart}, nil
}

func (f *Fetcher) outOfRange(ctx context.Context, position Position) error {
	failure := &OffsetError{TopicPartition: position.TopicPartition, Offset: position.Offset}
	if ends, err := f.client.Ends(ctx, []TopicPartition{position.TopicPartition}); err == nil {
		failure.Range = ends[position.TopicPartition]
	}
	return failure
}
