package browser

import (
	"os"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// picture writes what is seen of the page to a file, or all of it.
func (tb *tab) picture(file string, whole bool) {
	tb.Helper()
	taken, err := chromedp.Call(tb.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &whole, Clip: tb.clip(whole)})
	if err != nil {
		tb.Fatalf("take a picture: %v", err)
	}
	if err := os.WriteFile(file, taken.Data, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// clip is all of the page, or nil for what is seen.
func (tb *tab) clip(whole bool) *page.Viewport {
	tb.Helper()
	if !whole {
		return nil
	}
	size := is[[2]float64](tb, "[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
	return &page.Viewport{Width: size[0], Height: size[1], Scale: 1}
}
