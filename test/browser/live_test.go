package browser

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
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

// Lists renew themselves, and only when there is something new: new alerts appear by themselves, and nobody loses the focus, the place or what they typed.
func TestListsRenewThemselves(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s, now := newSite(t, broker, 2), moment(time.Now().UnixMilli())
		s.serve(t, nil)
		s.produce(t, append(now.orders("steady", 0, 20, 1), now.orders("other", 0, 20, 2)...))
		overview, alerts := open(t, s.url, look{width: 768, language: "en"}), open(t, s.url, look{language: "en"})
		overview.visit("/")
		alerts.visit("/alerts?class=CONTRACTUAL")
		overview.awaitSeller("#overview", "steady")
		overview.awaitSeller("#overview", "other")
		overview.staysAsItIs()
		overview.keepsThePlace(func(seller string) { s.produce(t, now.orders(seller, 0, 20, 3)) })
		alerts.awaitSeller("#list", "newcomer")
		alerts.isTrue("the page was never left", "performance.getEntriesByType('navigation').length === 1 && location.search === '?class=CONTRACTUAL'")
	})
}

func (tb *tab) awaitSeller(within, seller string) {
	tb.Helper()
	tb.await(fmt.Sprintf("[...document.querySelectorAll('%s a.id')].some((a) => a.textContent === '%s')", within, seller))
}

// staysAsItIs fails the test if a list that has nothing new is changed. It waits until the list was asked for twice without a change of what was published.
func (tb *tab) staysAsItIs() {
	tb.Helper()
	for changed := true; changed; {
		is[any](tb, "(() => { window.have = document.querySelector('#overview').getAttribute('hx-get'); window.kept = document.querySelector('#overview'); window.changes = 0; "+
			"new MutationObserver((all) => { window.changes += all.filter((m) => m.addedNodes.length + m.removedNodes.length > 0).length; }).observe(document.querySelector('main'), {subtree: true, childList: true}); })()")
		asked := tb.asked("/?have=")
		tb.awaitAsked("/?have=", asked+2)
		changed = is[bool](tb, "document.querySelector('#overview').getAttribute('hx-get') !== window.have") // Something new came: again.
	}
	tb.isTrue("nothing is changed without anything new", "window.changes === 0 && document.querySelector('#overview') === window.kept")
}

// keepsThePlace fails the test if a list that is renewed, for there is a seller more, moves who reads or types.
func (tb *tab) keepsThePlace(renew func(seller string)) {
	tb.Helper()
	tb.press("/", "half a na")
	is[any](tb, "(() => { document.querySelector('#search').setSelectionRange(2, 5); window.stays = true; })()")
	renew("newcomer")
	tb.awaitSeller("#overview", "newcomer")
	tb.isTrue("what was typed stays, and what of it is selected", "window.stays && document.activeElement.id === 'search' && document.activeElement.value === 'half a na' && "+
		"document.activeElement.selectionStart === 2 && document.activeElement.selectionEnd === 5")
	is[any](tb, `(() => {
		const link = [...document.querySelectorAll("#overview a.id")].find((a) => a.textContent === "steady");
		link.focus(); link.closest("[data-row]").classList.add("current"); scrollTo(0, 120);
	})()`)
	renew("latecomer")
	tb.awaitSeller("#overview", "latecomer")
	tb.isTrue("the focus, the row and the place stay where the list is another", `document.activeElement.textContent === "steady" && document.activeElement.closest(".current") !== null && scrollY === 120`)
}
