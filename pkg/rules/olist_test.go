package rules

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// eachLine decodes each line of a file of the given results into v and calls check.
func eachLine(t *testing.T, name string, v any, check func()) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "olist", name)
	file, err := os.Open(path)
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skipf("the given results are not there: %s", path)
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
	count := 0
	for ; lines.Scan(); count++ {
		if err := json.Unmarshal(lines.Bytes(), v); err != nil {
			t.Fatal(err)
		}
		check()
	}
	if lines.Err() != nil || count == 0 {
		t.Fatalf("%d lines, %v", count, lines.Err())
	}
}

// TestGivenStates compares the states of real sellers with those recomputed independently. No built-in rule has a memory.
func TestGivenStates(t *testing.T) {
	var seller struct {
		ID    string `json:"seller_id"`
		Rules map[string]struct {
			Numerator, Denominator int64
			State                  string
		}
	}
	eachLine(t, "report-2018-03-01.jsonl.gz", &seller, func() {
		for _, r := range BuiltIn().Versions() {
			given, ok := seller.Rules[r.Name]
			if got := r.Next(given.Numerator, given.Denominator, Standing{}).State.String(); !ok || got != given.State {
				t.Errorf("%s %s, %d of %d: %s, want %s", seller.ID, r.Name, given.Numerator, given.Denominator, got, given.State)
			}
		}
		seller.Rules = nil
	})
}

// TestGivenTransitions follows the states of real sellers through their alerts.
func TestGivenTransitions(t *testing.T) {
	var given struct {
		Seller                 string `json:"seller_id"`
		Rule, State            string
		PreviousState          string `json:"previous_state"`
		Numerator, Denominator int64
	}
	states := map[string]State{}
	eachLine(t, "alerts-2018-03-01.jsonl.gz", &given, func() {
		key := given.Seller + "/" + given.Rule
		before := states[key]
		if given.PreviousState == OK.String() {
			before = OK // A change between NO_DATA and OK is not published.
		}
		if given.PreviousState == NoData.String() {
			before = NoData
		}
		now := BuiltIn().Find(given.Rule).Versions[0].Next(given.Numerator, given.Denominator, Standing{State: before}).State
		if before.String() != given.PreviousState || now.String() != given.State || !Alerts(Standing{State: before}, Standing{State: now}) {
			t.Errorf("%s: from %v to %v, want %+v", key, before, now, given)
		}
		states[key] = now
	})
}
