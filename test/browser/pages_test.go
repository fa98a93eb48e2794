package browser

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// shown is a page in a state, and what it must show.
type shown struct {
	name, path string
	status     int64  // 0: 200
	selector   string // of what there must be
}

// pagesOf are the pages of a settled marketplace, in every state that it has.
func pagesOf(t testing.TB, s *site) []shown {
	t.Helper()
	alert := firstLink(t, s, "/alerts", "#list a[href^='/alerts/']")
	trouble := firstLink(t, s, "/sellers?status=UNDER_REVIEW", "#list a.id")
	return []shown{
		{"overview", "/", 0, ".tile"},
		{"sellers", "/sellers", 0, "#list tbody tr"},
		{"sellers of a filter", "/sellers?status=UNDER_REVIEW&rule=odr&state=BREACHED&sort=id", 0, "#list tbody tr"},
		{"no such seller in the list", "/sellers?text=nobody", 0, "#list .empty"},
		{"seller in trouble", trouble, 0, ".pill.bad"},
		{"seller by another metric", trouble + "?metric=claim_rate&channel=AFN&line=toys&from=2026-02-01&to=2026-03-31&which=all", 0, "#detail"},
		{"seller without orders behind a number", "/sellers/edge?rule=valid-tracking", 0, "#orders .empty"},
		{"seller without data", "/sellers/pending", 0, ".pill.none"},
		{"no such seller", "/sellers/nobody", http.StatusNotFound, "h1"},
		{"a period that is not kept", trouble + "?metric=claim_rate&from=1999-01-01", http.StatusBadRequest, "h1"},
		{"a metric that is none", trouble + "?metric=luck", http.StatusBadRequest, "h1"},
		{"order with everything", "/sellers/edge/orders/everything", 0, ".pill.bad"},
		{"cancelled order", "/sellers/edge/orders/cancelled", 0, ".pill.bad"},
		{"expired order", "/sellers/edge/orders/long-ago", 0, ".notice"},
		{"order that was never placed", "/sellers/edge/orders/never-placed", 0, ".notice"},
		{"no such order", "/sellers/edge/orders/none", http.StatusNotFound, "h1"},
		{"alerts", "/alerts", 0, "#list tbody tr"},
		{"alerts of a filter", "/alerts?rule=odr&state=BREACHED&class=CONTRACTUAL&from=2026-01-01&to=2026-12-31", 0, "#filters"},
		{"no such alerts", "/alerts?seller=nobody", 0, "#list .empty"},
		{"a date that is none", "/alerts?from=yesterday", http.StatusBadRequest, "h1"},
		{"alert", alert, 0, ".reason"},
		{"no such alert", "/alerts/" + url.PathEscape("nobody/odr/1"), http.StatusNotFound, "h1"},
		{"system", "/system", 0, ".tile"},
		{"no such page", "/nothing", http.StatusNotFound, "body"},
	}
}

// firstLink is the first of a page that a selector finds.
func firstLink(t testing.TB, s *site, path, selector string) string {
	t.Helper()
	_, page := get(t, s.url+path)
	link, ok := page.Find(selector).First().Attr("href")
	if !ok {
		t.Fatalf("%s has no %s", path, selector)
	}
	return link
}

// Every page in every state, in both themes, both languages and at all widths: it says what it is to say, the console says nothing, nothing is wider than the
// screen, and nobody is kept from using it.
func everyPage(t *testing.T, s *site) {
	pages := pagesOf(t, s)
	for _, l := range []look{
		{width: 360, language: "sv", dark: true},
		{width: 768, language: "en"},
		{width: 1440, language: "en", dark: true},
		{width: 1440, language: "sv"},
		{width: 360, language: "en"},
		{width: 360, language: "en", noScript: true},
		{width: 1440, language: "en", dark: true, noScript: true},
	} {
		t.Run(l.name(), func(t *testing.T) {
			parallel(t)
			tb := open(t, s.url, l)
			for _, p := range pages {
				t.Run(p.name, func(t *testing.T) { tb.within(t, func() { tb.checkPage(&p) }) })
			}
		})
	}
}

// screens is a folder for a picture of every page; none are taken without one.
var screens = flag.String("screens", "", "folder for a picture of every page in every state, as it is looked at")

// screen takes a picture of a page, if any are taken.
func (tb *tab) screen(name string) {
	tb.Helper()
	if *screens != "" {
		tb.picture(filepath.Join(*screens, strings.NewReplacer(" ", "-", ",", "").Replace(tb.look.name()+" "+name)+".png"), true)
	}
}

func (tb *tab) checkPage(p *shown) {
	tb.Helper()
	want := max(p.status, http.StatusOK)
	if status := tb.visit(p.path); status != want {
		tb.Errorf("status %d, want %d", status, want)
	}
	if p.status != 0 {
		tb.forget(fmt.Sprintf("responded with a status of %d", p.status))
	}
	if !is[bool](tb, fmt.Sprintf("document.querySelector(%q) !== null", p.selector)) {
		tb.Errorf("there is no %s", p.selector)
	}
	tb.screen(p.name)
	if is[bool](tb, `document.documentElement.outerHTML.includes("%!")`) {
		tb.Error("a text has another number of values than it is given")
	}
	tb.checkLayout()
	tb.checkAccess()
	tb.check()
}

// checkLayout fails the test if the page is wider than the screen.
func (tb *tab) checkLayout() {
	tb.Helper()
	type widest struct {
		Page, Screen int
		Culprits     []string
	}
	w := is[widest](tb, `({
		Page: document.documentElement.scrollWidth, Screen: document.documentElement.clientWidth,
		Culprits: [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll, .hidden, .skip"))
			.map((e) => e.outerHTML.slice(0, 160)).slice(0, 3),
	})`)
	if w.Page > w.Screen {
		tb.Errorf("the page is %d px wide, the screen %d px: %q", w.Page, w.Screen, w.Culprits)
	}
}
