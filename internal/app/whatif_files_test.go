package app

import (
	"reflect"
	"testing"

	"sellerpulse/pkg/rules"
)

// Rule files reach another process with the lists of sellers that they name.
func TestRuleFilesAreAskedWithTheirLists(t *testing.T) {
	files := []rules.File{
		{Name: "a.yaml", Text: []byte("a"), Lists: []rules.File{{Name: "lists/new.csv", Text: []byte("S1\n")}, {Name: "old.csv", Text: []byte("S2\n")}}},
		{Name: "b.yaml", Text: []byte("b")},
	}
	if got := RuleFiles(RevisionFiles(files)); !reflect.DeepEqual(got, files) {
		t.Errorf("%+v, want %+v", got, files)
	}
}
