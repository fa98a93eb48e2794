package display

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Escape shows each character that cannot be seen, or that does something to those around it, as Go writes it in a string: \n, \x1b, \u202e,
// and \xff for a byte that is not UTF-8. Those are control and format characters, line and paragraph separators, spaces but for the ordinary
// one, what Unicode has not assigned, and what it has displays ignore. Quotes and backslashes stay, so that what is quoted already stays too.
func Escape(s string) string {
	end := visiblePrefix(s)
	if end == len(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		b.WriteString(s[:end])
		if s = s[end:]; s != "" {
			_, size := utf8.DecodeRuneInString(s)
			quoted := strconv.QuoteToASCII(s[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
			s = s[size:]
		}
		end = visiblePrefix(s)
	}
	return b.String()
}

// visiblePrefix is how many bytes come before the first character that is not shown as it is.
func visiblePrefix(s string) int {
	for i, r := range s {
		if !strconv.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return i
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 { // A byte that is not UTF-8; the character itself can be seen.
				return i
			}
		}
	}
	return len(s)
}

// Cell is a text escaped and, if it is wider than a number of a terminal's cells, cut to that width with an ellipsis at its end.
func Cell(s string, width int) string { return text.Snip(Escape(s), width, "…") }

// Width is how many of a terminal's cells a text takes that is escaped.
func Width(s string) int { return text.StringWidthWithoutEscSequences(s) }

// Lines escapes lines on their way to a writer. Each Write is of one whole line.
func Lines(to io.Writer) io.Writer { return lines{to} }

type lines struct{ to io.Writer }

func (l lines) Write(line []byte) (int, error) {
	content, ended := bytes.CutSuffix(line, []byte("\n"))
	escaped := Escape(string(content))
	if ended {
		escaped += "\n"
	}
	if _, err := io.WriteString(l.to, escaped); err != nil {
		return 0, err
	}
	return len(line), nil
}
