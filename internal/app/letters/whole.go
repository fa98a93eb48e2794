package letters

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
)

// Refusal says why a record cannot be sent again as it is.
type Refusal struct {
	Why    error
	Remedy string // what helps; may be empty
}

// Error is both.
func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Why.Error()
	}
	return fmt.Sprintf("%v: %s", r.Why, r.Remedy)
}

// Unwrap is why.
func (r *Refusal) Unwrap() error { return r.Why }

// replaceIt is the remedy where the record itself will not do.
const replaceIt = "send what it was to say with --with FILE, or with --edit"

// Restore reads a record that was cut for the dead letters back from its source, as long as that has it. It is a [*Refusal] where the value is cut and
// cannot be had; a key or headers that are cut are left as they are then.
func (r *Reader) Restore(ctx context.Context, l *Letter) error {
	if !l.Cut() {
		return nil
	}
	record, err := r.o.Client.RecordAt(ctx, l.Source)
	if why := lost(l, record, err); why != nil {
		if l.ValueCut == nil {
			return nil
		}
		return &Refusal{fmt.Errorf("of its value of %d bytes the dead letter has %d, and its source %v has it no more: %w", l.ValueCut.Bytes, len(l.Value), deadletter.Place(l.Source), why), replaceIt}
	}
	if err != nil {
		return fmt.Errorf("read %v back: %w", deadletter.Place(l.Source), err)
	}
	l.Key, l.Value, l.Headers = record.Key, record.Value, record.Headers
	l.ValueCut, l.KeyCut, l.HeadersCount = nil, nil, 0
	return r.decode(l)
}

// lost is why a source does not have a letter's record, or nil. Of an outage it says nothing.
func lost(l *Letter, record *stream.Record, err error) error {
	if errors.Is(err, stream.ErrGone) || absent(err) {
		return err
	}
	if damaged, ok := errors.AsType[*stream.BatchError](err); ok {
		return damaged
	}
	if err != nil {
		return nil
	}
	same := bytes.Equal(l.Value, record.Value)
	if l.ValueCut != nil {
		sum := sha256.Sum256(record.Value)
		same = int64(len(record.Value)) == l.ValueCut.Bytes && hex.EncodeToString(sum[:]) == l.ValueCut.SHA256
	}
	if !same {
		return errors.New("another record is there")
	}
	return nil
}
