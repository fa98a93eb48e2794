package task

import (
	"math"
	"strconv"
	"time"
)

// maxStateAge is how old a local state may be such that the changelog still has the tombstones of all that was deleted since: most of what
// the changelog keeps them for.
func maxStateAge(changelog map[string]string) time.Duration {
	const byDefault = 24 * time.Hour
	ms, err := strconv.ParseInt(changelog["delete.retention.ms"], 10, 64)
	if err != nil {
		return byDefault / 8 * 7
	}
	return milliseconds(ms) / 8 * 7
}

// milliseconds is a duration, the longest there is if it is longer still.
func milliseconds(ms int64) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(max(ms, -longest), longest)) * time.Millisecond
}
