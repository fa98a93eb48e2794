package task

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
)

func TestAnOffsetTheLogDoesNotHoldIsRefused(t *testing.T) {
	log, holds := stream.TopicPartition{Topic: "orders", Partition: 3}, stream.Range{First: 10, LastStable: 20}
	for at, want := range map[int64]string{10: "", 20: "", 7: "offset 7, where the state goes on, but 10 to 20: records of 3 offsets", 25: "ends at offset 20, but the state goes on at 25, 5 further"} {
		err := within(log, at, holds)
		if want == "" && err == nil {
			continue
		}
		if want == "" || err == nil {
			t.Fatalf("offset %d: error %v, want %q", at, err, want)
		}
		for _, part := range []string{want, log.String(), "--app-id"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("offset %d: %q lacks %q", at, err, part)
			}
		}
		if (&Options{}).scopeOf(fmt.Errorf("acquire: %w", err)) != OfPartition {
			t.Errorf("offset %d: acquiring again is no remedy", at)
		}
	}
}

func TestAFetchOutOfRangeIsRefusedWithTheRemedy(t *testing.T) {
	failure := &stream.OffsetError{TopicPartition: stream.TopicPartition{Topic: "orders"}, Offset: 7}
	in := &inputs{}
	in.receive(answer{err: fmt.Errorf("fetch: %w", failure)})
	var refused *RangeError
	if !errors.As(in.failed, &refused) || refused.Offset != 7 || !strings.Contains(in.failed.Error(), "--app-id") {
		t.Fatalf("error %v", in.failed)
	}
	other := errors.New("other")
	if in.receive(answer{err: other}); !errors.Is(in.failed, other) {
		t.Error("another error was lost")
	}
}
