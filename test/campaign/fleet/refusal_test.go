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
	if !r.take(&refused) || !r.take(&refused) || r.take(&refused) {
		t.Error("want two refusals, and no third")
	}
	if none := new(refusal); none.take(&refused) {
		t.Error("a refusal that nobody expected")
	}
}
