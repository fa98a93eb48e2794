package browser

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// axeFile is where `make axe` puts axe-core.
const axeFile = "axe/axe.min.js"

var axeSource = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(axeFile)
	return string(source), err
})

// needAxe is the source of axe-core. Without it the test is skipped, or fails with CI=true.
func needAxe(t testing.TB) string {
	t.Helper()
	source, err := axeSource()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: axe-core is not here: run `make axe`: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// finding is something of a page that keeps somebody from using it.
type finding struct {
	Rule, Help string
	Nodes      []struct{ HTML, Summary string }
}

// axeRun asks for all that WCAG 2.0 to 2.2 want at levels A and AA, and for best practices. What axe-core cannot decide it leaves out.
const axeRun = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: {"target-size": {enabled: true}}, resultTypes: ["violations"],
}).then((r) => r.violations.map((v) => ({
	Rule: v.id, Help: v.help, Nodes: v.nodes.map((n) => ({HTML: n.html.slice(0, 300), Summary: n.failureSummary})),
})))`

// checkAccess fails the test for what keeps somebody from using the page. What ran no script in it runs none after that either, but the timers of axe-core.
func (tb *tab) checkAccess() {
	tb.Helper()
	source := needAxe(tb)
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	defer call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: tb.look.noScript})
	is[bool](tb, "(() => {"+source+"; return true})()")
	for _, f := range is[[]finding](tb, axeRun) {
		var b strings.Builder
		for _, n := range f.Nodes[:min(3, len(f.Nodes))] {
			fmt.Fprintf(&b, "\n  %s\n  %s", n.HTML, n.Summary)
		}
		tb.Errorf("axe: %s (%d times): %s%s", f.Rule, len(f.Nodes), f.Help, b.String())
	}
}
