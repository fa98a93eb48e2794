package engine

import (
	"os/exec"
	"strings"
	"testing"
)

// The engine is pure: nothing of Kafka is beneath it, nor anything that the process shows of itself.
func TestImports(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(list)) {
		for _, impure := range []string{"kafka-go", "sellerpulse/internal/stream", "sellerpulse/internal/memory", "net/http/pprof"} {
			if strings.Contains(path, impure) {
				t.Errorf("%s is beneath the engine", path)
			}
		}
	}
}
