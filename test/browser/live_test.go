package browser

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// orders are so many orders of a seller that are just shipped, of which some are late.
func (m moment) orders(seller string, from, to, late int) (all []events.Event) {
	for i := from; i < to; i++ {
		order := fmt.Sprintf("%s-%d", seller, i)
		shipped := 5.0
		if i < late {
			shipped = 1
		}
		all = append(all, m.happened(events.OrderPlaced, seller, order, 6, nil), m.happened(events.ShipmentConfirmed, seller, order, shipped, nil))
	}
	return all
}

// Pages renew themselves, and only when there is something new: what is new appears by itself, and nobody loses the focus, the place or what they typed, opened,
// or dragged.
func TestPagesRenewThemselves(t *testing.T) {
	parallel(t)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s, now := newSite(t, broker, 2), moment(time.Now().UnixMilli())
		s.serve(t, nil)
		s.produce(t, append(now.orders("steady", 0, 20, 1), now.orders("other", 0, 20, 2)...))
		t.Run("lists", func(t *testing.T) { renewedLists(t, s, now) })
		t.Run("seller", func(t *testing.T) { renewedSeller(t, s, now) })
		t.Run("order", func(t *testing.T) { renewedOrder(t, s, now) })
	})
}

func renewedLists(t *testing.T, s *site, now moment) {
	overview, alerts := open(t, s.url, look{width: 768, language: "en"}), open(t, s.url, look{language: "en"})
	overview.visit("/")
	alerts.visit("/alerts?class=CONTRACTUAL")
	overview.awaitSeller("steady")
	overview.awaitSeller("other")
	overview.keepsThePlace(func(seller string) { s.produce(t, now.orders(seller, 0, 20, 3)) })
	alerts.awaitSeller("newcomer")
	overview.staysAsItIs()
	for _, tb := range []*tab{overview, alerts} {
		tb.isTrue("the page was never left", "performance.getEntriesByType('navigation').length === 1")
	}
	alerts.isTrue("the filter stays", "location.search === '?class=CONTRACTUAL'")
}

func (tb *tab) awaitSeller(seller string) {
	tb.Helper()
	tb.await(fmt.Sprintf("[...document.querySelectorAll('main a.id')].some((a) => a.textContent === %q)", seller))
}

// staysAsItIs fails the test if a page is changed that has nothing new. It has the page look, as it does when it is told to, and waits for the answers.
func (tb *tab) staysAsItIs() {
	tb.Helper()
	tb.await(`(async () => {
		const main = document.getElementById("main"), answer = await fetch(location, { headers: { "If-None-Match": main.dataset.tag } });
		return answer.status === 304;
	})()`)
	is[any](tb, `(() => {
		window.changes = 0;
		new MutationObserver((all) => { window.changes += all.length; }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true });
	})()`)
	tb.hide(true)
	asked := tb.asked("/live")
	tb.hide(false)
	tb.awaitAsked("/live", asked+1)
	tb.await("document.querySelector('.live.stale') === null")
	tb.isTrue("nothing is changed without anything new", "window.changes === 0")
}

// hide has a tab be in the background, or in front again.
func (tb *tab) hide(hidden bool) {
	tb.Helper()
	is[any](tb, fmt.Sprintf(`(() => {
		Object.defineProperty(document, "hidden", { value: %t, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
	})()`, hidden))
}

// keepsThePlace fails the test if a list that is renewed, for there is a seller more, moves who reads or types.
func (tb *tab) keepsThePlace(renew func(seller string)) {
	tb.Helper()
	tb.press("/", "half a na")
	is[any](tb, "(() => { document.querySelector('#search').setSelectionRange(2, 5); window.stays = true; })()")
	renew("newcomer")
	tb.awaitSeller("newcomer")
	tb.isTrue("what was typed stays, and what of it is selected", "window.stays && document.activeElement.id === 'search' && document.activeElement.value === 'half a na' && "+
		"document.activeElement.selectionStart === 2 && document.activeElement.selectionEnd === 5")
	is[any](tb, `(() => {
		window.link = [...document.querySelectorAll("#overview a.id")].find((a) => a.textContent === "steady");
		link.focus(); link.closest("[data-row]").classList.add("current"); scrollTo(0, 120); window.top0 = link.getBoundingClientRect().top;
	})()`)
	tb.hide(true)
	renew("latecomer")
	tb.hide(false)
	tb.awaitSeller("latecomer")
	tb.isTrue("the focus and the row stay where the list is another", `document.activeElement === link && link.textContent === "steady" && link.closest(".current") !== null &&
		document.querySelectorAll(".current").length === 1`)
	tb.isTrue("so does the place", "scrollY > 0 && Math.abs(link.getBoundingClientRect().top - window.top0) < 3")
}

// renewedSeller looks at a seller while it gets into a breach.
func renewedSeller(t *testing.T, s *site, now moment) {
	s.produce(t, now.orders("calm", 0, 20, 0))
	tb := open(t, s.url, look{language: "en"})
	enginetest.Eventually(t, "the seller is known", func() bool {
		status, page := get(t, s.url+"/sellers/calm")
		return status == http.StatusOK && page.has("#orders")
	})
	tb.visit("/sellers/calm?metric=late_shipment_rate&which=all")
	tb.await("document.querySelector('.number .quiet').textContent.startsWith('0 / 20')")
	tb.wants("h1 + .pill", "Active")
	is[any](tb, `(() => {
		window.stays = true; window.canvas = document.querySelector("#detail canvas");
		document.querySelector("details.days").open = true;
		document.querySelector("[name=channel]").value = "AFN";
		document.querySelector(".chart").scrollIntoView({ block: "center" });
		window.top0 = document.querySelector(".chart").getBoundingClientRect().top;
	})()`)
	over := is[[4]float64](tb, "(() => { const b = document.querySelector('.u-over').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()")
	x, y := over[0]+over[2]/4, over[1]+over[3]/2
	tb.mouse(input.DispatchMouseEventTypeMouseMoved, x, y)
	tb.await("/^\\d{4}-\\d\\d-\\d\\d$/.test(document.querySelector('.u-legend .u-value').textContent)")
	from := tb.text(".u-legend .u-value")
	tb.mouse(input.DispatchMouseEventTypeMousePressed, x, y)
	tb.mouse(input.DispatchMouseEventTypeMouseMoved, x+over[2]/4, y)

	s.produce(t, now.orders("calm", 20, 40, 40))
	tb.await("document.querySelector('h1 + .pill').textContent === 'Under review' && document.querySelectorAll('.line li').length > 0")
	tb.await("document.querySelector('.number .quiet').textContent.startsWith('20 / 40') && document.querySelector('#s-orders + .quiet').textContent === '40 orders'")
	tb.isTrue("it was not left, and the chart is the same", "window.stays && window.canvas === document.querySelector('#detail canvas')")
	tb.isTrue("what was opened and chosen stays", "document.querySelector('details.days').open && document.querySelector('[name=channel]').value === 'AFN'")
	tb.isTrue("the table has the new numbers", "[...document.querySelectorAll('.days td')].some((td) => td.textContent === '20')")
	tb.isTrue("the chart is where it was", "Math.abs(document.querySelector('.chart').getBoundingClientRect().top - window.top0) < 3")
	tb.mouse(input.DispatchMouseEventTypeMouseMoved, x+over[2]/2, y)
	tb.follow(func() { tb.mouse(input.DispatchMouseEventTypeMouseReleased, x+over[2]/2, y) })
	tb.isTrue("what was begun to be dragged is asked for", "new URLSearchParams(location.search).get('from') === "+inScript(from))

	tb.visit("/sellers/calm?rule=late-shipment-10d")
	is[any](tb, "(() => { window.stays = true; const s = document.querySelector('[name=clean]'); s.value = 7; s.dispatchEvent(new Event('input', { bubbles: true })); })()")
	s.produce(t, now.orders("calm", 40, 50, 50))
	tb.await("document.querySelector('.number .quiet').textContent.startsWith('30 / 50')")
	tb.isTrue("a slider stays where it is, and counts from the new number", "window.stays && document.querySelector('[name=clean]').value === '7' && document.querySelector('[data-clean]').textContent === '7' && "+
		"document.querySelector('[data-result]').textContent.startsWith('30 / 57')")
}

// renewedOrder looks at an order to which something happens.
func renewedOrder(t *testing.T, s *site, now moment) {
	tb := open(t, s.url, look{language: "en"})
	tb.visit("/sellers/other/orders/other-19")
	tb.isTrue("there is no newer one", "document.querySelector('.newer').hidden && !document.body.textContent.includes('negative feedback')")
	is[any](tb, "(() => { window.stays = true; document.querySelector('#events details').open = true; })()")
	s.produce(t, []events.Event{now.happened(events.FeedbackLeft, "other", "other-19", 0.1, func(e *events.Event) { e.Rating = 1 })})
	tb.await("!document.querySelector('.newer').hidden")
	tb.isTrue("the page is as it was", "!document.body.textContent.includes('negative feedback')")
	tb.checkAccess()
	is[any](tb, "document.querySelector('[data-take]').click()")
	tb.await("document.querySelector('.newer').hidden && document.body.textContent.includes('negative feedback')")
	tb.isTrue("it was not left, and what was opened is", "window.stays && document.querySelector('#events details').open")
}
