//go:build planted

package stream

import "os"

// keepsFailed is whether a producer can be used after a failure: a bug on purpose, for the fault campaign to show that it would be caught.
var keepsFailed = os.Getenv("SELLERPULSE_PLANTED") == "skip-abort"
