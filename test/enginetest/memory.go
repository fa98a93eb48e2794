package enginetest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// PeakMiB is the most memory that this process had resident, in MiB.
func PeakMiB(b testing.TB) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kib float64
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmHWM: %f kB", &kib)
	}
	return kib / 1024
}
