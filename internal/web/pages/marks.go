package pages

import (
	"fmt"
	"html/template"
	"strings"
)

// Marks are drawn by attributes alone: the policy of the pages allows no style in them.

// scaleWidth is how wide a scale is drawn, in its own units; its limit is at two thirds.
const (
	scaleWidth = 300
	scaleLimit = 200
)

// scale draws how much of a limit is used: a bar, and a line where the limit is. Used is 1 at the limit.
func scale(used float64, class, says string) template.HTML {
	width := min(max(used, 0)*scaleLimit, scaleWidth)
	return template.HTML(fmt.Sprintf(`<svg class="scale %s" viewBox="0 0 %d 14" preserveAspectRatio="none" role="img" aria-label="%s">`+
		`<rect class="track" y="4" width="%d" height="6" rx="3"/><rect class="used" y="4" width="%.1f" height="6" rx="3"/>`+
		`<line class="limit" x1="%d" x2="%d" y1="0" y2="14"/></svg>`,
		class, scaleWidth, template.HTMLEscapeString(says), scaleWidth, width, scaleLimit, scaleLimit))
}

// part is a part of a stack.
type part struct {
	class string
	count int64
}

// merged are parts without those of nothing, and as one where neighbours are of one class, so that no seam is seen between them.
func merged(parts []part) (all []part) {
	for _, p := range parts {
		switch last := len(all) - 1; {
		case p.count == 0:
		case last >= 0 && all[last].class == p.class:
			all[last].count += p.count
		default:
			all = append(all, p)
		}
	}
	return all
}

// stack draws parts of a whole beside one another.
func stack(says string, parts ...part) template.HTML {
	total := int64(0)
	for _, p := range parts {
		total += p.count
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="%s">`, template.HTMLEscapeString(says))
	x := 0.0
	for _, p := range merged(parts) {
		width := 100 * float64(p.count) / float64(total)
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f" width="%.2f" height="10"/>`, p.class, x, width)
		x += width
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}
