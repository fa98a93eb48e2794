package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// Sums is a number for each measure of a [Program].
type Sums []int32

// Add adds other to s.
func (s Sums) Add(other Sums) {
	for i, n := range other {
		s[i] += n
	}
}

// Sub subtracts other from s.
func (s Sums) Sub(other Sums) {
	for i, n := range other {
		s[i] -= n
	}
}

// Zero is whether all are 0.
func (s Sums) Zero() bool { return !slices.ContainsFunc(s, func(n int32) bool { return n != 0 }) }

// SumOf is a measure of sums by channel, AFN and MFN: that of one channel, or of both for 0.
func SumOf(sums *[2]Sums, channel events.Channel, measure int) int64 {
	if channel == 0 {
		return int64(sums[0][measure]) + int64(sums[1][measure])
	}
	return int64(sums[channel-events.AFN][measure])
}
