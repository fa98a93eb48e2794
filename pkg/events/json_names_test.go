package events

import "testing"

// TestPlacesAgreeWithNames: the switch over the names of JSON knows the same fields as the schemas' maps.
func TestPlacesAgreeWithNames(t *testing.T) {
	for topic := range NumTopics {
		for name, f := range fieldsByName[topic] {
			var found sources
			want := &found.fields[f]
			if f == fieldPartID {
				want = &found.parts[topic]
			}
			if found.place(`"`+name+`"`) != want {
				t.Errorf("%s of topic %s is misplaced", name, topic)
			}
		}
	}
	for name, f := range itemFieldsByName {
		if itemFieldOf(name) != f {
			t.Errorf("%s of an item is misplaced", name)
		}
	}
}
