package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// words are what is left of a line: words, texts in quotes without them, and commas.
type words struct {
	list []word
}

type word struct {
	text   string
	quoted bool
}

// split splits a line into words.
func split(text string) (*words, error) {
	w := &words{}
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		switch {
		case text[0] == ',':
			w.list, text = append(w.list, word{text: ","}), text[1:]
		case text[0] == '"':
			source, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, fmt.Errorf("a quote is not closed: %s", text)
			}
			unquoted, err := strconv.Unquote(source)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", source, err)
			}
			w.list, text = append(w.list, word{unquoted, true}), text[len(source):]
		default:
			end := strings.IndexAny(text, " \t,")
			if end < 0 {
				end = len(text)
			}
			w.list, text = append(w.list, word{text: text[:end]}), text[end:]
		}
	}
	return w, nil
}

// peek is the next word, empty at the end or before a comma.
func (w *words) peek() string {
	if len(w.list) == 0 || w.comma() {
		return ""
	}
	return w.list[0].text
}

func (w *words) comma() bool {
	return len(w.list) > 0 && w.list[0].text == "," && !w.list[0].quoted
}

// more is whether a word comes before the next comma.
func (w *words) more() bool { return len(w.list) > 0 && !w.comma() }

// next takes the next word, which what describes.
func (w *words) next(what string) (string, error) {
	if !w.more() {
		return "", fmt.Errorf("%s is missing", what)
	}
	text := w.list[0].text
	w.list = w.list[1:]
	return text, nil
}

// take takes the next words if they are the ones given.
func (w *words) take(phrase ...string) bool {
	for i, text := range phrase {
		if i >= len(w.list) || w.list[i].quoted || w.list[i].text != text {
			return false
		}
	}
	w.list = w.list[len(phrase):]
	return true
}

// need takes the next words, which must be the ones given.
func (w *words) need(phrase ...string) error {
	if !w.take(phrase...) {
		return fmt.Errorf("%q found, not %q", w.peek(), strings.Join(phrase, " "))
	}
	return nil
}

// detail takes the comma before a detail; false at the end of the line.
func (w *words) detail() (bool, error) {
	if len(w.list) == 0 {
		return false, nil
	}
	if !w.take(",") {
		return false, fmt.Errorf("%q is too much: put a comma before a detail", w.peek())
	}
	return true, nil
}

// end makes sure that nothing is left.
func (w *words) end() error {
	if len(w.list) > 0 {
		return fmt.Errorf("%q is too much", w.list[0].text)
	}
	return nil
}

// code is a word as the contract has it: "out-of-stock" is OUT_OF_STOCK.
func code(text string) string { return strings.ToUpper(strings.ReplaceAll(text, "-", "_")) }

// names reads a name, or a range of names such as O1..O40 or O01..O40.
func (w *words) names(what string) ([]string, error) {
	if !w.more() {
		return nil, fmt.Errorf("%s is missing", what)
	}
	quoted := w.list[0].quoted
	text, _ := w.next(what)
	from, to, ranged := strings.Cut(text, "..")
	if quoted || !ranged {
		return []string{text}, nil
	}
	prefix, first, ok1 := numbered(from)
	other, last, ok2 := numbered(to)
	low, _ := strconv.Atoi(first)
	high, _ := strconv.Atoi(last)
	if !ok1 || !ok2 || prefix != other || low > high || high-low >= maxNames {
		return nil, fmt.Errorf("%s %q is no range of up to %d names: write it like O1..O40", what, text, maxNames)
	}
	var list []string
	for n := low; n <= high; n++ {
		list = append(list, fmt.Sprintf("%s%0*d", prefix, len(first), n))
	}
	return list, nil
}

// maxNames bounds a range of names.
const maxNames = 10_000

// numbered splits a name into what comes before its last digits, and those.
func numbered(name string) (prefix, digits string, ok bool) {
	prefix = strings.TrimRight(name, "0123456789")
	digits = name[len(prefix):]
	return prefix, digits, digits != "" && len(digits) < 10
}
