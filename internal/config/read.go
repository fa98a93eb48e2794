package config

import (
	"fmt"
	"io"
	"os"

	"sellerpulse/internal/plaintext"
)

// maxFileBytes bounds what is read of a file that may be the wrong one.
const maxFileBytes = 1 << 20

// ReadFile reads a file that people edit, without the byte order mark that it may begin with. Its error names the file.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxFileBytes)
	}
	if text, err = plaintext.Trim(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}
