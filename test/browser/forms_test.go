package browser

import (
	"fmt"
	"strings"
	"testing"
)

// submit sets a field of a form and submits it.
func (tb *tab) submit(form, field, value string) {
	tb.Helper()
	tb.follow(func() {
		is[any](tb, fmt.Sprintf("(() => { const form = document.querySelector(%q); form.elements[%q].value = %q; form.requestSubmit(); })()", form, field, value))
	})
}

// click clicks the first element of a selector, which leads to another page.
func (tb *tab) click(selector string) {
	tb.Helper()
	tb.follow(func() { is[any](tb, fmt.Sprintf("document.querySelector(%q).click()", selector)) })
}

func (tb *tab) wants(selector, want string) {
	tb.Helper()
	if got := tb.text(selector); !strings.Contains(got, want) {
		tb.Errorf("%s says %q, want %q in it", selector, got, want)
	}
}

// Without JavaScript all works but charts, sliders and renewal: searching, filters, pages, other numbers, languages and themes.
func withoutJavaScript(t *testing.T, s *site) {
	tb := open(t, s.url, look{width: 768, language: "en", noScript: true})
	tb.visit("/")
	tb.submit(".search", "text", "healthy-0")
	tb.wants("#l-total", "sellers")
	if texts := is[[]string](tb, "[...document.querySelectorAll('#list a.id')].map((a) => a.textContent)"); len(texts) == 0 || strings.Join(texts, "")[:9] != "healthy-0" {
		t.Errorf("found %q", texts)
	}
	tb.submit("#filters", "sort", "id")
	tb.wants("#list a.id", "healthy-0")
	if search := is[string](tb, "document.querySelector('#search').value"); search != "healthy-0" {
		t.Errorf("a filter makes of what was searched %q", search)
	}
	tb.visit("/sellers")
	tb.click("a[rel=next]")
	tb.click(".pages a")
	tb.submit("#filters", "status", "UNDER_REVIEW")
	tb.wants("#list .pill", "Under review")
	tb.click("#list a.id")
	tb.submit("#detail form", "metric", "claim_rate")
	tb.wants("#s-detail", "Claims")
	tb.submit("#orders form", "which", "all")
	tb.wants("#s-detail", "Claims")
	tb.click("#orders a.id")
	tb.wants("h1", "Order")
	is[any](tb, "history.length")
	tb.visit("/sellers/edge")
	is[any](tb, "document.querySelector('details.days summary').click()")
	tb.wants("details.days", "2026-04-11")
	if shown := is[int](tb, "[...document.querySelectorAll('.scripted')].filter((e) => e.offsetParent !== null).length"); shown != 0 {
		t.Errorf("%d things are shown that need JavaScript", shown)
	}
	tb.click("a[hreflang=sv]")
	tb.wants("nav", "Översikt")
	tb.click("a[hreflang=en]")
	tb.wants("nav", "Overview")
	tb.click(".to-dark")
	if dark := is[string](tb, "getComputedStyle(document.body).backgroundColor"); dark != "rgb(13, 17, 23)" {
		t.Errorf("dark is %s", dark)
	}
	tb.visit("/alerts")
	tb.submit("#filters", "rule", "odr")
	tb.wants("#list td:nth-child(4)", "odr")
	tb.click("#list a.why")
	tb.wants("h1", "odr")
}

// Who types into the search sees the sellers that have it at once; what was chosen, the focus and the address stay with it.
func searchAsOneTypes(t *testing.T, s *site) {
	tb := open(t, s.url, look{language: "en"})
	tb.visit("/sellers")
	is[any](tb, "(() => { const by = document.querySelector('[name=sort]'); by.value = 'id'; by.dispatchEvent(new Event('change', {bubbles: true})); window.stays = true; })()")
	tb.await("location.search.includes('sort=id')")
	tb.press("/", "STRI")
	tb.await("[...document.querySelectorAll('#list a.id')].every((a) => a.textContent.startsWith('strike')) && document.querySelectorAll('#list a.id').length > 0")
	if !is[bool](tb, "window.stays && document.activeElement.id === 'search' && document.querySelector('#search').value === 'STRI' && location.search.includes('text=STRI') && location.search.includes('sort=id')") {
		t.Errorf("the page was left, the focus, the text or the address lost: %s", is[string](tb, "location.href"))
	}
	tb.press("nobody")
	tb.await("document.querySelector('#list .empty') !== null")
	tb.checkAccess()
	tb.visit(strings.TrimPrefix(is[string](tb, "location.href"), s.url))
	tb.wants("#l-total", "0 sellers")
}
