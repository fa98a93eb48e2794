package task

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// Every reason has a remedy, and the page for operators has the same table.
func TestEveryReasonHasARemedy(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../pkg/events/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	reasons := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || fmt.Sprint(spec.Type) != "DeadLetterReason" {
			return true
		}
		reasons++
		reason := events.DeadLetterReason(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		if !slices.ContainsFunc(remedies, func(r remedy) bool { return r.Reason == reason && r.Remedy != "" }) {
			t.Errorf("there is no remedy for %s", reason)
		}
		if row := fmt.Sprintf("| `%s` | %s |", reason, RemedyOf(reason)); !strings.Contains(string(page), row) {
			t.Errorf("docs/operations.md lacks %s", row)
		}
		return false
	})
	if reasons != len(remedies) || reasons < 6 {
		t.Errorf("%d reasons and %d remedies", reasons, len(remedies))
	}
}
