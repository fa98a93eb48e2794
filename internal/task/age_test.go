package task

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func TestMaxStateAge(t *testing.T) {
	const day = 24 * time.Hour
	for ms, want := range map[string]time.Duration{
		"":                          day / 8 * 7,
		"nonsense":                  day / 8 * 7,
		"8000":                      7 * time.Second,
		strconv.Itoa(math.MaxInt64): time.Duration(math.MaxInt64/int64(time.Millisecond)) * time.Millisecond / 8 * 7,
	} {
		if got := maxStateAge(map[string]string{"delete.retention.ms": ms}); got != want {
			t.Errorf("delete.retention.ms=%s: %v, want %v", ms, got, want)
		}
	}
}
