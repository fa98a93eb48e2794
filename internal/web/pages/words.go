package pages

import (
	_ "embed"
	"html/template"
	"strconv"
	"time"
	"unicode"

	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"sellerpulse/internal/web/reader"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

//go:embed swedish.json
var swedishFile []byte

// swedish is the Swedish of each English text of the pages.
var swedish = reader.ParseTexts(swedishFile)

// dash stands where there is nothing.
const dash = "–"

// words writes texts, numbers and times for a reader.
type words struct {
	lang    string // as html has it
	zone    *time.Location
	printer *message.Printer
	rules   *rules.Set // whose metrics have names and units; nil where they are not known
}

// wordsFor are the words for what a browser accepts, or for the language that its reader chose.
func wordsFor(chosen, accepted string, zone *time.Location) *words {
	tag := reader.Match(chosen, accepted)
	return &words{lang: reader.Name(tag), zone: zone, printer: message.NewPrinter(tag)}
}

// t is an English text in the reader's language, with values put in as fmt does.
func (w *words) t(text string, values ...any) string { return swedish.In(w.lang, text, values...) }

// count is a number with its digits grouped.
func (w *words) count(n int64) string { return w.printer.Sprint(number.Decimal(n)) }

// decimal is a number with one decimal, if that is not 0.
func (w *words) decimal(x float64) string {
	return w.printer.Sprint(number.Decimal(x, number.MaxFractionDigits(1)))
}

// signed is a difference; 0 has no sign.
func (w *words) signed(n int64) string {
	switch {
	case n > 0:
		return "+" + w.count(n)
	case n < 0:
		return "−" + w.count(-n)
	}
	return "0"
}

// rate is a rate as a percentage; a dash without a denominator.
func (w *words) rate(numerator, denominator int64) string {
	if denominator == 0 {
		return dash
	}
	return w.printer.Sprint(number.Percent(float64(numerator)/float64(denominator), number.MinFractionDigits(2), number.MaxFractionDigits(2)))
}

// percent is a limit as a percentage, with as many digits as it has.
func (w *words) percent(n, scale int64) string {
	return w.printer.Sprint(number.Percent(float64(n)/float64(scale), number.MaxFractionDigits(6)))
}

// counts are a numerator and a denominator.
func (w *words) counts(numerator, denominator int64) string {
	return w.count(numerator) + " / " + w.count(denominator)
}

// at is an instant in the marketplace's zone; a dash for none.
func (w *words) at(instant events.Millis) string {
	if instant == events.None || instant == 0 {
		return dash
	}
	return time.UnixMilli(instant).In(w.zone).Format("2006-01-02 15:04:05")
}

// minute is an instant to the minute, for lists.
func (w *words) minute(instant events.Millis) string {
	if instant == events.None || instant == 0 {
		return dash
	}
	return time.UnixMilli(instant).In(w.zone).Format("2006-01-02 15:04")
}

// day is the day of an instant, for lists.
func (w *words) day(instant events.Millis) string {
	if instant == events.None || instant == 0 {
		return dash
	}
	return time.UnixMilli(instant).In(w.zone).Format(time.DateOnly)
}

// dayOf is the day of an instant in the marketplace's zone.
func (w *words) dayOf(instant events.Millis) windows.Date {
	day, err := windows.ParseDate(time.UnixMilli(instant).In(w.zone).Format(time.DateOnly))
	if err != nil {
		return 0 // It is beyond the dates that there are.
	}
	return day
}

// window are the order dates of a window.
func (w *words) window(from, to windows.Date) string { return from.String() + " – " + to.String() }

// isolated keeps the direction of a text of others, and what in it turns directions, from the words around it.
func isolated(text string) string { return "\u2068" + text + "\u2069" }

// shown is a text of others as it is, or, where nothing of it would be seen, quoted and escaped.
func shown(text string) string {
	for _, r := range text {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return text
		}
	}
	return strconv.QuoteToASCII(text)
}

// functions are those of the templates.
func (w *words) functions() template.FuncMap {
	return template.FuncMap{"t": w.t, "shown": shown, "anchor": anchor}
}
