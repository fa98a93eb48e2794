// Package wait waits, no longer than a context lasts.
package wait

import (
	"context"
	"time"
)

// For waits for a time, and tells whether it was not cut short.
func For(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Closed waits for a channel to be closed, and tells whether it was not ctx that ended first.
func Closed(ctx context.Context, closed <-chan struct{}) bool {
	select {
	case <-closed:
		return true
	case <-ctx.Done():
		return false
	}
}
