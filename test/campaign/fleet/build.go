package fleet

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the processor, with flags of `go build` or none, into a folder and returns its path. It works anywhere in the module.
func Build(ctx context.Context, folder string, flags ...string) (string, error) {
	binary := filepath.Join(folder, "processor")
	arguments := append(append([]string{"build", "-o", binary}, flags...), "sellerpulse/cmd/processor")
	build := exec.CommandContext(ctx, "go", arguments...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // As it ships.
	output, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build processor: %w: %s", err, output)
	}
	return binary, nil
}
