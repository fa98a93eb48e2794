package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus is what has the focus: the text of a link or a button, or the id.
func (tb *tab) focus() string {
	tb.Helper()
	return is[string](tb, "(document.activeElement.textContent || document.activeElement.id).trim().slice(0, 80)")
}

func (tb *tab) isTrue(what, expression string) {
	tb.Helper()
	if !is[bool](tb, expression) {
		tb.Errorf("not so: %s; the focus is on %q", what, tb.focus())
	}
}

// Everything can be reached by the keyboard alone, and seen where it is.
func keysAlone(t *testing.T, s *site) {
	tb := open(t, s.url, look{language: "en"})
	t.Run("way to the event", func(t *testing.T) { tb.within(t, tb.wayByKeys) })
	t.Run("fields", func(t *testing.T) { tb.within(t, tb.fieldsByKeys) })
	t.Run("tab", func(t *testing.T) {
		tb.within(t, func() {
			for _, path := range []string{"/", "/sellers", "/sellers/edge", "/sellers/edge/orders/everything", "/alerts", "/system"} {
				tb.visit(path)
				tb.tabThrough(path)
			}
		})
	})
}

func (tb *tab) wayByKeys() {
	tb.visit("/system")
	tb.follow(func() { tb.press("g", "o") })
	tb.isTrue("g o leads to the overview", "location.pathname === '/'")
	tb.press("j", "j", "k", "j")
	tb.isTrue("j and k mark the second row, whose link has the focus",
		"document.querySelectorAll('[data-row]')[1].classList.contains('current') && document.querySelectorAll('.current').length === 1 && document.activeElement.closest('.current') !== null")
	seller := tb.focus()
	tb.follow(func() { tb.press(kb.Enter) })
	tb.wants("h1", seller)
	tb.press("j")
	tb.isTrue("j is at the first order", "document.activeElement.closest('#orders') !== null")
	order := tb.focus()
	tb.follow(func() { tb.press(kb.Enter) })
	tb.wants("h1", order)
	for key, path := range map[string]string{"s": "/sellers", "a": "/alerts", "y": "/system"} {
		tb.follow(func() { tb.press("g", key) })
		tb.isTrue("g "+key+" leads to "+path, "location.pathname === '"+path+"'")
	}
}

func (tb *tab) fieldsByKeys() {
	tb.visit("/")
	tb.press("/", "j", "g", "?", "/")
	tb.isTrue("/ searches, and letters are only typed there", "document.activeElement.id === 'search' && document.activeElement.value === 'jg?/' && !document.querySelector('dialog').open")
	tb.press(kb.Escape)
	tb.isTrue("Escape leaves the field", "document.activeElement.id !== 'search'")
	tb.press("?")
	tb.isTrue("? tells the keys, and its button has the focus", "document.querySelector('dialog').open && document.activeElement.textContent === 'Close'")
	tb.checkAccess()
	tb.press("j")
	tb.isTrue("no key does anything behind the list", "document.querySelector('.current') === null")
	tb.press(kb.Escape)
	tb.isTrue("Escape closes it", "!document.querySelector('dialog').open")
	tb.press("g", "x")
	tb.press("o")
	tb.isTrue("a letter long after g, or after another, does nothing", "location.pathname === '/' && document.readyState === 'complete'")
}

// tabThrough presses Tab until the focus is back at the start: it goes through all that can be used, in the order of the page, and is always seen.
func (tb *tab) tabThrough(path string) {
	tb.Helper()
	want := is[[]string](tb, `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
		.filter((e) => e.checkVisibility() && !e.closest("dialog")).map((e, i) => { e.dataset.at = i; return e.outerHTML.slice(0, 80); })`)
	for at := range want {
		tb.press(kb.Tab)
		for is[bool](tb, "document.activeElement.type === 'date' && document.activeElement.dataset.at == "+inScript(at-1)) {
			tb.press(kb.Tab) // A date has fields of its own.
		}
		if got := is[string](tb, "document.activeElement.dataset.at ?? document.activeElement.outerHTML.slice(0, 80)"); got != inScript(at) {
			tb.Fatalf("%s: %d. the focus is on %s, want it on %s", path, at, got, want[at])
		}
		if !is[bool](tb, `(() => {
			const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
			return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && box.bottom > 0 && box.top < innerHeight && box.width > 0;
		})()`) {
			tb.Errorf("%s: the focus is not seen on %s", path, want[at])
		}
		if at == 0 {
			tb.isTrue("the first is the link to the content, which is seen then", "document.activeElement.classList.contains('skip') && document.activeElement.getBoundingClientRect().left >= 0")
		}
	}
	tb.do(chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()"))
}
