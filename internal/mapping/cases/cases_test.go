package cases

import (
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/mapping"
)

const file = `set seller=S1

# A cancellation
# of a buyer
record shop key=K1
{"id":
 "O1"}
events
{"order_id":"O1","topic":"orders","kind":"CANCELLED","event_id":"K1","occurred_at":"2026-01-01T00:00:00Z","seller_id":"S1","cancelled_by":"BUYER","reason":"BUYER_REQUEST","requested_by_buyer":true}

record null-topic
null
events

# Not JSON
record
{
refused name of a member
`

const mappingFile = `mapping: m
constants: {seller: S0}
sources:
  - events: |
      {topic: "orders", kind: "CANCELLED", event_id: $record.key, occurred_at: ($record.timestamp | millis), seller_id: $seller, order_id: .id, cancelled_by: "BUYER", reason: "BUYER_REQUEST", requested_by_buyer: true}
`

func ran(t *testing.T, text string) []Result {
	t.Helper()
	m, err := mapping.Parse(mapping.File{Name: "m", Text: []byte(mappingFile)}, mapping.Options{Set: Settings(text)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	results, err := Run(m, all)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestCasesAreRun(t *testing.T) {
	results := ran(t, file)
	for i := range results {
		if r := &results[i]; !r.Passed {
			t.Errorf("line %d: %v", r.Case.Line, r.Difference())
		}
	}
	if len(results) != 3 || results[0].Case.Title != "A cancellation of a buyer" || results[0].Case.Line != 5 {
		t.Errorf("%d cases, the first %+v", len(results), results[0].Case)
	}
}

func TestDifferences(t *testing.T) {
	wrong := strings.NewReplacer(`"event_id":"K1"`, `"event_id":"K2"`, "null-topic\nnull", "null-topic key=X\n{\"id\":\"O2\"}", "name of a member", "too late").Replace(file)
	var got []string
	results := ran(t, wrong)
	for i := range results {
		for _, line := range results[i].Difference() {
			got = append(got, fmt.Sprintf("%t %.54s", results[i].Passed, line))
		}
	}
	want := []string{
		`false - {"topic":"orders","kind":"CANCELLED","event_id":"K2"`,
		`false + {"topic":"orders","kind":"CANCELLED","event_id":"K1"`,
		`false + {"topic":"orders","kind":"CANCELLED","event_id":"X",`,
		`false - refused too late`,
		`false + refused read JSON: byte 1: the name of a member is m`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("differences\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	results = ran(t, Update(results))
	for i := range results {
		if !results[i].Passed {
			t.Errorf("after an update case %d differs: %v", i, results[i].Difference())
		}
	}
	if again := Update(results); !strings.HasPrefix(again, "set seller=S1\n\n# A cancellation\n# of a buyer\nrecord shop key=K1\n{\"id\":\n \"O1\"}\nevents\n{") {
		t.Errorf("an update has\n%s", again)
	}
}

func TestWhatIsNoCase(t *testing.T) {
	for text, problem := range map[string]string{
		"events\n":                         "line 1: ",
		"record\n{}\n":                     "line 1: this record has neither",
		"record a b\n{}\nevents\n":         "line 1: \"b\"",
		"record\n{}\nevents\n\nmore\n":     "line 5: \"more\"",
		"record\n{}\nrefused a\n{\"a\":1}": "line 4: ",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: error %v, want %q", text, err, problem)
		}
	}
}
