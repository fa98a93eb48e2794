package enginetest

import (
	"fmt"
	"os"
	"strings"
	"syscall"
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

// CPUSeconds is how much CPU time this process has had.
func CPUSeconds(b testing.TB) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
