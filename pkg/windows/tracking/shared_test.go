package tracking

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// carrierFile is what is read of a file of ../shared/data/tracking.
type carrierFile struct {
	Code    string `json:"courier_code"`
	Formats []struct {
		Name    string `json:"name"`
		Numbers struct {
			Valid   []string `json:"valid"`
			Invalid []string `json:"invalid"`
		} `json:"test_numbers"`
	} `json:"tracking_numbers"`
}

// fitsAnother is an example that is invalid for its own format, and of another format of its carrier.
const fitsAnother = "331426749957"

func TestExamplesOfCarriers(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "tracking", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("../shared/data/tracking is missing")
		}
		t.Skip("../shared/data/tracking, which holds the carriers' examples, is missing")
	}
	examples := 0
	for _, path := range paths {
		file := readCarrier(t, path)
		for _, f := range file.Formats {
			examples += len(f.Numbers.Valid) + len(f.Numbers.Invalid)
			for _, id := range f.Numbers.Valid {
				if !Valid(file.Code, id) {
					t.Errorf("%s: %s is not valid", f.Name, id)
				}
			}
			for _, id := range f.Numbers.Invalid {
				if Valid(file.Code, id) != (id == fitsAnother) {
					t.Errorf("%s: valid is %v for %s", f.Name, Valid(file.Code, id), id)
				}
			}
		}
	}
	if len(paths) != len(formats) || examples != 280 {
		t.Errorf("%d examples of %d carriers", examples, len(paths))
	}
}

func readCarrier(t *testing.T, path string) (file carrierFile) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatalf("decode %s: %v", path, err)
	}
	return file
}
