package browser

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sellerpulse/test/brokertest"
)

// images is a folder for the pictures of the documentation; none are taken without one.
var images = flag.String("images", "", "folder for the pictures of the documentation, which are taken anew")

// tipped is a seller in trouble, and what tipped it.
type tipped struct{ seller, order, event string }

// aTipped is the first of the overview's sellers in trouble which an event tipped.
func (s *site) aTipped(t testing.TB) tipped {
	t.Helper()
	_, overview := get(t, s.url+"/")
	for _, seller := range overview.texts("[aria-labelledby=o-troubled] a.id") {
		_, page := get(t, s.url+"/sellers/"+seller)
		var known struct {
			Alerts []struct {
				Rule  string
				Cause struct {
					EventID string `json:"event_id"`
					OrderID string `json:"order_id"`
				}
			}
		}
		getJSON(t, s.url+"/api/v1/alerts?seller="+seller, &known)
		for _, rule := range page.texts(".reason:has(a.tip) > a:first-child") {
			for _, a := range known.Alerts {
				if a.Rule == rule {
					return tipped{seller, a.Cause.OrderID, a.Cause.EventID}
				}
			}
		}
	}
	t.Fatal("no event tipped any seller in trouble")
	return tipped{}
}

// From the overview it is three clicks to the event that tipped a seller: the seller, the order in which it was tipped, and the event as it came. That is so with
// a mouse, by keys alone, and without JavaScript; on the marketplace of the demo.
func TestThreeClicks(t *testing.T) {
	t.Parallel()
	broker := brokertest.Embedded(t)
	broker.Prefix = "" // Its topics have their names, as those of a marketplace do.
	s := settled(t, broker, market(40), present)
	way := s.aTipped(t)
	for _, c := range []struct {
		name string
		look look
		walk func(*tab, tipped)
	}{
		{"mouse", look{width: 1200, language: "en"}, (*tab).clickThrough},
		{"mouse, dark", look{width: 1200, language: "en", dark: true}, (*tab).clickThrough},
		{"telephone, without JavaScript", look{width: 360, language: "sv", noScript: true}, (*tab).clickThrough},
		{"keys", look{language: "en"}, (*tab).typeThrough},
		{"keys, without JavaScript", look{language: "en", noScript: true}, (*tab).tabTo},
	} {
		t.Run(c.name, func(t *testing.T) {
			parallel(t)
			c.walk(open(t, s.url, c.look), way)
		})
	}
}

// arrives fails the test unless the page shows, as it came, the event that tipped the seller.
func (tb *tab) arrives(way tipped) {
	tb.Helper()
	tb.isTrue("the event that tipped it is opened, and seen", "(() => { const e = document.querySelector('#events li:target details[open] pre'), b = e?.getBoundingClientRect(); return b && b.top < innerHeight && b.bottom > 0 && "+
		"JSON.parse(e.textContent).event_id === "+inScript(way.event)+"; })()")
}

// point clicks with the mouse in the middle of the first element of a selector that has a text.
func (tb *tab) point(selector, text string) {
	tb.Helper()
	element := fmt.Sprintf("[...document.querySelectorAll(%q)].find((e) => e.textContent.includes(%s))", selector, inScript(text))
	at := is[[]float64](tb, "(() => { const e = "+element+"; e?.scrollIntoView({ block: 'nearest' }); const b = e?.getClientRects()[0]; return b ? [b.left + b.width / 2, b.top + b.height / 2] : []; })()")
	if len(at) == 0 {
		tb.Fatalf("nothing of %s says %q", selector, text)
	}
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		tb.mouse(kind, at[0], at[1])
	}
}

func (tb *tab) clickThrough(way tipped) {
	tb.visit("/")
	tb.follow(func() { tb.point("[aria-labelledby=o-troubled] a.id", way.seller) })
	tb.wants("h1", way.seller)
	tb.follow(func() { tb.point(".reason a.tip", way.order) })
	tb.wants("h1", way.order)
	tb.point("#events li:target summary", "")
	tb.await("document.querySelector('#events li:target details').open")
	tb.arrives(way)
	if *images != "" && !tb.look.noScript {
		tb.imagesOf("strike")
	}
}

// imagesOf takes pictures of the first seller in trouble whose name begins so, of a rule that it misses, and of an order behind that.
func (tb *tab) imagesOf(seller string) {
	tb.Helper()
	tb.visit("/")
	tb.image("overview")
	tb.click("[aria-labelledby=o-troubled] a.id[title^=" + seller + "]")
	tb.image("seller")
	tb.click(".rule.bad a")
	tb.isTrue("the rule's chart is there", "document.querySelector('#detail canvas') !== null")
	tb.image("rule")
	tb.click("#orders a.id")
	tb.wants("[aria-labelledby=r-rules]", "a miss")
	tb.image("order")
}

// typeThrough goes from row to row, and by Tab where there are none.
func (tb *tab) typeThrough(way tipped) {
	tb.visit("/")
	for tb.press("j"); tb.focus() != way.seller; tb.press("j") {
		tb.isTrue("it is not the last row", "document.querySelector('[data-row].current') !== [...document.querySelectorAll('[data-row]')].at(-1)")
	}
	tb.follow(func() { tb.press(kb.Enter) })
	tb.wants("h1", way.seller)
	tb.tabOn(way)
}

// tabTo goes by Tab alone.
func (tb *tab) tabTo(way tipped) {
	tb.visit("/")
	tb.tabUntil("document.activeElement.matches('[aria-labelledby=o-troubled] a.id') && document.activeElement.textContent === " + inScript(way.seller))
	tb.follow(func() { tb.press(kb.Enter) })
	tb.tabOn(way)
}

func (tb *tab) tabOn(way tipped) {
	tb.tabUntil("document.activeElement.matches('.reason a.tip') && document.activeElement.textContent.includes(" + inScript(way.order) + ")")
	tb.follow(func() { tb.press(kb.Enter) })
	tb.wants("h1", way.order)
	tb.tabUntil("document.activeElement.matches('#events li:target summary')")
	tb.press(kb.Enter)
	tb.await("document.querySelector('#events li:target details').open")
	tb.arrives(way)
}

// tabUntil presses Tab until something is so, but no more often than a person would.
func (tb *tab) tabUntil(expression string) {
	tb.Helper()
	const most = 60
	for range most {
		if tb.press(kb.Tab); is[bool](tb, expression) {
			return
		}
	}
	tb.Fatalf("after %d Tabs it is not so: %s", most, expression)
}

// image takes a picture of what is seen, in a theme.
func (tb *tab) image(name string) {
	tb.Helper()
	if tb.look.dark {
		name += "-dark"
	}
	tb.do(chromedp.EmulateViewport(tb.look.width, 820))
	tb.smallPicture(filepath.Join(*images, name+".png"))
}
