package enginetest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// SharedData is where real orders and small inputs that failed lie, from a package's folder two below the root.
const SharedData = "../../../shared/data"

// ReadLines gives each line of a file of the shared data to a function.
func ReadLines(t testing.TB, name string, line func([]byte)) {
	t.Helper()
	file, err := os.Open(filepath.Join(SharedData, name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("the shared data is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line(bytes.Clone(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
