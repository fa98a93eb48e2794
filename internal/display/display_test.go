package display

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"
)

// TestMain has characters of ambiguous width, as the ellipsis is, take one cell, whatever the locale.
func TestMain(m *testing.M) {
	text.OverrideRuneWidthEastAsianWidth(false)
	os.Exit(m.Run())
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"S1":                            "S1",
		`quotes " and \ backslashes \n`: `quotes " and \ backslashes \n`,
		"grün, 紫色, שלום, क्षि, 🎈":                   "grün, 紫色, שלום, क्षि, 🎈",
		"a\x1b[31mred\x1b[0m\nnext":                 `a\x1b[31mred\x1b[0m\nnext`,
		"tab\tcr\rnul\x00bel\adel\x7f":              `tab\tcr\rnul\x00bel\adel\x7f`,
		"C1 \u009b31m":                              `C1 \u009b31m`,
		"override \u202eabc\u202c":                  `override \u202eabc\u202c`,
		"isolate \u2066abc\u2069":                   `isolate \u2066abc\u2069`,
		"marks \u200e\u200f\u061c":                  `marks \u200e\u200f\u061c`,
		"zero width \u200b\u200c\u200d\u2060\ufeff": `zero width \u200b\u200c\u200d\u2060\ufeff`,
		"soft\u00adhyphen":                          `soft\u00adhyphen`,
		"spaces \u00a0\u2003\u3000":                 `spaces \u00a0\u2003\u3000`,
		"lines \u2028\u2029\u0085":                  `lines \u2028\u2029\u0085`,
		"fillers \u3164\u115f\uffa0":                `fillers \u3164\u115f\uffa0`,
		"selectors \ufe0f\U000e0100":                `selectors \ufe0f\U000e0100`,
		"tags \U000e0041":                           `tags \U000e0041`,
		"not UTF-8 \xff\xc3, and �":                 `not UTF-8 \xff\xc3, and �`,
		"surrogate \xed\xa0\x80":                    `surrogate \xed\xa0\x80`,
		"private \ue000":                            `private \ue000`,
	} {
		if got := Escape(text); got != want {
			t.Errorf("%+q is %+q, want %+q", text, got, want)
		}
	}
}

// Whatever a text holds, what is shown of it is visible and takes the cells that it is given at most; what is visible stays as it is.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "valid") {
			text = rapid.String().Draw(t, "text")
		}
		escaped := Escape(text)
		if !utf8.ValidString(escaped) {
			t.Fatalf("%+q is not UTF-8", escaped)
		}
		for _, r := range escaped {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%+q has %U", escaped, r)
			}
		}
		if again := Escape(escaped); again != escaped {
			t.Fatalf("%+q escaped again is %+q", escaped, again)
		}
		width := rapid.IntRange(1, 30).Draw(t, "width")
		cell := Cell(text, width)
		if Width(cell) > width || Width(escaped) <= width && cell != escaped {
			t.Fatalf("%+q in %d cells is %+q", text, width, cell)
		}
	})
}

func TestCell(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"S1", 4, "S1"},
		{"four", 4, "four"},
		{"fiver", 4, "fiv…"},
		{"紫色", 4, "紫色"},
		{"紫色x", 4, "紫…"},
		{"ab\n", 4, `ab\n`},
		{"abc\n", 4, `abc…`},
		{strings.Repeat("x", 1024), 8, "xxxxxxx…"},
	} {
		if got := Cell(c.text, c.width); got != c.want {
			t.Errorf("%q in %d cells is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// The text form of log/slog leaves some of it: Lines does not.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(Lines(&out), nil))
	for _, text := range []string{"a\x7fb", "a\u3164b", "a\u202eb", "a\nb", "a\x1b[2Jb", "a\xffb"} {
		out.Reset()
		log.Info(text, "seller", text, text, 1, "error", fmt.Errorf("refuse %s", text))
		got, _ := strings.CutSuffix(out.String(), "\n")
		if Escape(got) != got || strings.Count(got, "a\\") != 4 {
			t.Errorf("%+q is logged as %+q", text, got)
		}
	}
}
