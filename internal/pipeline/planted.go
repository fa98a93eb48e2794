//go:build planted

package pipeline

import "os"

// planted names the bug that this build has on purpose, for the fault campaign to show that it would be caught.
var planted = os.Getenv("SELLERPULSE_PLANTED")
