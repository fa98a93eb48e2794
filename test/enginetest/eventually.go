package enginetest

import (
	"context"
	"testing"
	"time"

	"sellerpulse/internal/wait"
)

// Eventually waits until something is so.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute) // Only what hangs takes that long.
	defer cancel()
	for !is() {
		if !wait.For(ctx, 10*time.Millisecond) {
			t.Fatalf("not within four minutes: %s", what)
		}
	}
}
