package fleet

import "testing"

// Only the end that was expected counts, and only as often.
func TestRefusal(t *testing.T) {
	r := refusal{says: []string{"enlarged", "another --app-id"}, times: 2}
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
	if none := new(refusal); none.take(&refused) {
		t.Error("a refusal that nobody expected")
	}
}
