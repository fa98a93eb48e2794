package browser

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// hostileTexts are ids as nobody would choose them, but for harm.
func hostileTexts() []string {
	texts := []string{
		".", "..", "/", "//", "a/../b", "../..", "%2F", "%2e%2e", "..%2f", "?", "#", "a?id=b#c", "&lt;b&gt;", " ", "s p a c e", "+", "a+b", `\`, `a\..\b`, "orders", "-", "~.",
		`<script>window.ran=1</script>`, `"><img src=/ran onerror=window.ran=1>`, `'"--></style></script><svg onload=window.ran=1>`, "javascript:window.ran=1", "{{.}}", "{{template \"layout\"}}", "${ran}",
		"</script><script>window.ran=1</script>", "<!--", "\u202egnirts\u202d", "\u2066\u2067\u2068", "\u200b", "شركة", "e\u0301", "👩‍👩‍👧‍👦🏴‍☠️", "h\u0336e\u0336l\u0336l\u0336o" + strings.Repeat("\u0336", 40),
		strings.Repeat("x", 300), strings.Repeat("ä", 300), strings.Repeat("w o ", 75), strings.Repeat("🦀", 250),
	}
	planes := "planes"
	for plane := range rune(17) {
		planes += fmt.Sprintf(" %c", plane<<16|0x4242)
	}
	return append(texts, planes)
}

// unseen are those of which nothing would be seen. They are shown quoted.
var unseen = map[string]bool{" ": true, "\u200b": true, "\u2066\u2067\u2068": true}

// hostileMarket has a seller of each text, with an order, a product line, an item, a shipment, a tracking number and so on of that name; two defects of it
// make alerts.
func hostileMarket() (all []events.Event) {
	for _, text := range hostileTexts() {
		all = append(all, present.happened(events.OrderPlaced, text, text, 20, func(e *events.Event) {
			e.EventID, e.Items = text, []events.Item{{ItemID: text, ProductLine: text, Quantity: 1}}
		}),
			present.happened(events.ShipmentConfirmed, text, text, 16, func(e *events.Event) {
				e.EventID, e.PartID = text, text
				e.Carrier, e.TrackingID = events.Text{Value: text, Given: true}, events.Text{Value: text, Given: true}
			}),
			present.happened(events.FeedbackLeft, text, text, 15, func(e *events.Event) { e.EventID, e.PartID, e.Rating = text, text, 1 }),
			present.happened(events.ReturnRequested, text, text, 14, func(e *events.Event) { e.EventID, e.PartID = text, text }))
	}
	return all
}

// Texts of others do nothing but stand where they belong: nothing of them runs, none makes a page wider than the screen, turns the words around it, or leads to
// somebody else.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	s := settled(t, brokertest.Embedded(t), hostileMarket(), present)
	for _, l := range []look{{width: 360, language: "en"}, {width: 1440, language: "en", dark: true}} {
		t.Run("lists/"+l.name(), func(t *testing.T) {
			parallel(t)
			tb := open(t, s.url, l)
			for _, path := range []string{"/", "/sellers", "/sellers?sort=id", "/alerts", "/alerts?class=CONTRACTUAL", "/system"} {
				tb.visit(path)
				tb.checkHarmless(path)
				tb.checkAccess()
			}
		})
	}
	texts := hostileTexts()
	for part := range echoed {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			parallel(t)
			tb := open(t, s.url, look{width: 360, language: "en"})
			for at := part; at < len(texts); at += len(echoed) {
				t.Run(texts[at], func(t *testing.T) { tb.within(t, func() { tb.checkWay(texts[at]) }) })
			}
			tb.checkEchoes(echoed[part])
		})
	}
}

// echoed are texts that would do something anywhere in a page: the end of what they stand in and a script, and words turned, for as long as a line is.
var echoed = [...]string{`'"--></style></script><svg onload=window.ran=1><img src=/ran onerror=window.ran=1>`, strings.Repeat("\u202egnirts\u2066", 30)}

// checkEchoes goes to where a text of the address is said again, and to where there is nothing of that name.
func (tb *tab) checkEchoes(text string) {
	tb.Helper()
	none := text + "none"
	segment := url.PathEscape(none)
	for _, path := range []string{
		"/sellers?" + url.Values{"text": {none}}.Encode(), "/alerts?" + url.Values{"seller": {none}}.Encode(), "/alerts?" + url.Values{"from": {text}}.Encode(),
		"/sellers/edge?" + url.Values{"metric": {text}}.Encode(), "/sellers/" + segment, "/sellers/" + segment + "/orders/" + segment, "/" + segment, "/alerts/" + segment,
	} {
		tb.visit(path)
		tb.forget("responded with a status of")
		tb.checkHarmless(path)
	}
}

// checkWay goes the way from a list to a seller, to its order, and to an alert.
func (tb *tab) checkWay(text string) {
	tb.Helper()
	tb.visit("/sellers?" + url.Values{"text": {text}, "sort": {"id"}}.Encode())
	tb.checkHarmless("sellers")
	seen := text
	if unseen[text] {
		seen = strconv.QuoteToASCII(text)
	}
	tb.followLink("#list a.id", seen)
	if got := is[string](tb, "document.querySelector('h1').textContent"); got != seen {
		tb.Fatalf("the link leads to %q", got)
	}
	tb.checkHarmless("seller")
	tb.follow(func() { is[any](tb, "document.querySelector('#detail form').requestSubmit()") })
	if got := is[string](tb, "document.querySelector('h1').textContent"); got != seen {
		tb.Fatalf("the form leads to %q", got)
	}
	tb.followLink(".rule a", "odr-early")
	tb.followLink("#orders a.id", seen)
	if got := is[[]string](tb, "[...document.querySelectorAll('.title .id')].map((e) => e.textContent)"); len(got) != 2 || got[0] != seen || got[1] != seen {
		tb.Fatalf("the link leads to %q", got)
	}
	if shown := is[string](tb, "document.querySelector('main').textContent"); strings.Count(shown, text) < 5 {
		tb.Errorf("the order does not show all its parts: %s", shown)
	}
	tb.checkHarmless("order")
	tb.visit("/alerts?" + url.Values{"seller": {text}}.Encode())
	tb.checkHarmless("alerts")
	tb.follow(func() { is[any](tb, "document.querySelector('#list a.why').click()") })
	if got := is[string](tb, "document.querySelector('h1 .id').textContent"); got != seen {
		tb.Errorf("the alert is of %q", got)
	}
	tb.checkHarmless("alert")
}

// followLink clicks the link of a selector that has a text, and no other.
func (tb *tab) followLink(selector, text string) {
	tb.Helper()
	link := fmt.Sprintf("[...document.querySelectorAll(%q)].find((a) => a.textContent === %s)", selector, inScript(text))
	if !is[bool](tb, link+" !== undefined") {
		tb.Fatalf("no link says %q", text)
	}
	tb.follow(func() { is[any](tb, link+".click()") })
}

// checkHarmless fails the test if texts did something.
func (tb *tab) checkHarmless(where string) {
	tb.Helper()
	if is[bool](tb, "window.ran !== undefined") || tb.asked("/ran") > 0 {
		tb.Errorf("%s: a text ran", where)
	}
	if turned := is[int](tb, "[...document.querySelectorAll('.id, .value')].filter((e) => getComputedStyle(e).unicodeBidi !== 'isolate').length"); turned > 0 {
		tb.Errorf("%s: %d texts may turn others", where, turned)
	}
	tb.checkLayout()
	tb.check()
}
