package scenario

import (
	"os"
	"path/filepath"
	"testing"
)

// TestScenarios runs every file of testdata.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in testdata: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			file, err := Parse(path, f)
			if err != nil {
				t.Fatal(err)
			}
			failures, err := file.Run(Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(file.Scenarios) == 0 {
				t.Error("the file has no scenario")
			}
			for _, failure := range failures {
				t.Error(failure)
			}
		})
	}
}
