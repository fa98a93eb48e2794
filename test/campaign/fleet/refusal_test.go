package fleet

import "testing"

// Only the end that was expected counts, and only as often.
func TestRefusal(t *testing.T) {
	r := Refusal{Says: []string{"enlarged", "another --app-id"}, Times: 2}
	refused := Exit{Code: 1, Error: "topics were enlarged: use another --app-id"}
	for _, other := range []Exit{{Code: 2, Error: refused.Error}, {Code: 1, Error: "enlarged"}, {Code: 0, Error: refused.Error}} {
		if r.take(&other) {
			t.Errorf("%+v was taken for the refusal", other)
		}
	}
	taken := 0
	for range 3 {
		if r.take(&refused) {
			taken++
		}
	}
	if taken != 2 {
		t.Errorf("%d refusals of 3 were taken, want 2", taken)
	}
	r = Refusal{Says: []string{"enlarged"}, Meanwhile: []string{"this process is refused", "partitions of"}, Times: 1}
	if meanwhile := (Exit{Code: 1, Error: "this process is refused: partitions of orders is 10"}); !r.take(&meanwhile) || r.Times != 1 || !r.take(&refused) || r.take(&meanwhile) {
		t.Error("what may be said meanwhile counts as a refusal, or is not allowed, or is allowed after the last")
	}
	if none := new(Refusal); none.take(&refused) {
		t.Error("a refusal that nobody expected")
	}
}
