package browser

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
)

// mouse moves, presses or releases the left button.
func (tb *tab) mouse(kind input.DispatchMouseEventType, x, y float64) {
	tb.Helper()
	call(tb, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1})
}

// A chart is drawn in the size of its card, asks for the dates that are dragged over, and where it cannot be drawn its table is opened.
func charts(t *testing.T, s *site) {
	const page = "/sellers/strike-003?rule=late-shipment-10d"
	tb := open(t, s.url, look{width: 768, language: "sv"})
	tb.visit(page)
	tb.isTrue("it is drawn", "document.querySelector('.chart canvas') !== null && !document.querySelector('details.days').open")
	tb.isTrue("it is as wide as its box", "Math.abs(document.querySelector('.chart canvas').getBoundingClientRect().width - document.querySelector('.chart').clientWidth) < 2")
	is[any](tb, "document.querySelector('.chart').scrollIntoView({block: 'center'})")
	over := is[[4]float64](tb, "(() => { const b = document.querySelector('.u-over').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()")
	x, y := over[0]+over[2]/4, over[1]+over[3]/2
	tb.mouse(input.DispatchMouseEventTypeMouseMoved, x, y)
	tb.await("/^\\d{4}-\\d\\d-\\d\\d$/.test(document.querySelector('.u-legend .u-value').textContent)")
	from := tb.text(".u-legend .u-value")
	tb.mouse(input.DispatchMouseEventTypeMousePressed, x, y)
	tb.mouse(input.DispatchMouseEventTypeMouseMoved, x+over[2]/2, y)
	tb.follow(func() { tb.mouse(input.DispatchMouseEventTypeMouseReleased, x+over[2]/2, y) })
	tb.isTrue("it asks for the dates", "new URLSearchParams(location.search).get('from') === "+inScript(from)+" && location.hash === '#detail'")
	tb.isTrue("the form has them", "document.querySelector('[name=from]').value === "+inScript(from)+" && document.querySelector('[name=metric]').value === 'late_shipment_rate'")

	broken := open(t, s.url, look{language: "en"})
	call(broken, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: s.url + "/assets/uPlot.*", Block: true}}})
	broken.visit(page)
	broken.isTrue("there is no box, and the table is open", "document.querySelector('.chart').hidden && document.querySelector('details.days').open")
	broken.wants("details.days", "2026-04-30")
	broken.forget("ERR_BLOCKED_BY_CLIENT")
}

// Sliders do the arithmetic of the policy: as many more misses as the card allows are a breach, as many clean orders as it says end one.
func sliders(t *testing.T, s *site) {
	tb := open(t, s.url, look{language: "en"})
	slide := func(name string, to int) {
		is[any](tb, "(() => { const s = document.querySelector('[name="+name+"]'); s.value = "+inScript(to)+"; s.dispatchEvent(new Event('input', {bubbles: true})); })()")
	}
	tb.visit("/sellers/healthy-001?rule=cancellation")
	tb.wants(".whatif [data-result]", "The target is met.")
	left := is[int](tb, "Number(/^(\\d+) more miss/.exec(document.querySelector('.rule[aria-current] p').textContent)[1])")
	denominator := is[int](tb, "Number(document.querySelector('.rule[aria-current] .counts').textContent.split('/')[1].trim().split(' ')[0])")
	slide("bad", left)
	met := is[bool](tb, "document.querySelector('[data-result]').textContent.includes('is met')")
	slide("bad", left-1)
	tb.wants(".whatif [data-result]", "The target is met.")
	// A miss more is an order more here, while the card counts at today's denominator: the two may differ by what an order more allows.
	if numerator := is[int](tb, "Number(document.querySelector('.rule[aria-current] .counts b').textContent)") + left; met != (numerator*1000 < 25*(denominator+left)) {
		t.Errorf("%d of %d is met: %v", numerator, denominator+left, met)
	}
	tb.visit("/sellers/strike-003?rule=late-shipment-10d")
	clean := is[int](tb, "Number(/after ([\\d,]+) more/.exec(document.querySelector('.rule[aria-current] p').textContent)[1].replace(',', ''))")
	slide("clean", 0)
	tb.wants(".whatif [data-result]", "The target is missed.")
	is[any](tb, "document.querySelector('[name=clean]').max = 5000")
	slide("clean", clean-1)
	tb.wants(".whatif [data-result]", "The target is missed.")
	slide("clean", clean)
	tb.wants(".whatif [data-result]", "The target is met.")
}
