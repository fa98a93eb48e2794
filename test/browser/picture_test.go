package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// picture writes what is seen of the page to a file, or all of it.
func (tb *tab) picture(file string, whole bool) {
	tb.Helper()
	if err := os.WriteFile(file, tb.taken(whole), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// smallPicture is picture in 256 colours.
func (tb *tab) smallPicture(file string) {
	tb.Helper()
	full, err := png.Decode(bytes.NewReader(tb.taken(false)))
	if err != nil {
		tb.Fatal(err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, reduced(full)); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// reduced is an image in the 256 colours that it has most of.
func reduced(full image.Image) *image.Paletted {
	count, bounds := map[color.Color]int{}, full.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[full.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) })
	small, index := image.NewPaletted(bounds, most[:min(256, len(most))]), map[color.Color]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := full.At(x, y)
			if _, known := index[c]; !known {
				index[c] = uint8(small.Palette.Index(c))
			}
			small.SetColorIndex(x, y, index[c])
		}
	}
	return small
}

func (tb *tab) taken(whole bool) []byte {
	tb.Helper()
	taken, err := chromedp.Call(tb.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &whole, Clip: tb.clip(whole)})
	if err != nil {
		tb.Fatalf("take a picture: %v", err)
	}
	return taken.Data
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
