package browser

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"sellerpulse/test/brokertest"
)

// images is a folder for the pictures of the documentation; none are taken without one.
var images = flag.String("images", "", "folder for the pictures of the documentation, which are taken anew")

// From the overview it is three clicks to what happened: a seller in trouble, the rule, an order behind it.
func TestImagesOfThreeClicks(t *testing.T) {
	broker := brokertest.Embedded(t)
	broker.Prefix = "" // Its topics have their names, as those of a marketplace do.
	s := settled(t, broker, market(40), present)
	for _, l := range []look{{width: 1200, language: "en"}, {width: 1200, language: "en", dark: true}} {
		tb := open(t, s.url, l)
		tb.visit("/")
		tb.image("overview")
		seller := is[string](tb, "[...document.querySelectorAll('[aria-labelledby=o-troubled] a.id')].find((a) => a.textContent.startsWith('strike')).textContent")
		tb.followLink("[aria-labelledby=o-troubled] a.id", seller)
		tb.wants("h1", seller)
		tb.image("seller")
		tb.click(".rule.bad a")
		tb.wants(".rule[aria-current] .pill", "Breached")
		tb.isTrue("the rule's chart is there", "document.querySelector('#detail canvas') !== null")
		tb.image("rule")
		order := tb.text("#orders a.id")
		tb.click("#orders a.id")
		tb.wants("h1", order)
		tb.wants("[aria-labelledby=r-rules]", "a miss")
		tb.wants("[aria-labelledby=r-parts]", "confirmed")
		tb.image("order")
	}
}

// image takes a picture of what is seen, in a theme.
func (tb *tab) image(name string) {
	tb.Helper()
	if *images == "" {
		return
	}
	if tb.look.dark {
		name += "-dark"
	}
	tb.do(chromedp.EmulateViewport(tb.look.width, 820))
	tb.smallPicture(filepath.Join(*images, name+".png"))
}
