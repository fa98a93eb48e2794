package fleet

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Build builds the processor, with build tags or none, into a folder and returns its path. It works anywhere in the module.
func Build(ctx context.Context, folder, tags string) (string, error) {
	binary := filepath.Join(folder, "processor")
	output, err := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", binary, "sellerpulse/cmd/processor").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build processor: %w: %s", err, output)
	}
	return binary, nil
}
