package rules

import (
	"slices"

	"sellerpulse/internal/meant"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// MaxPlaceBytes bounds the text of a marketplace and of a country.
const MaxPlaceBytes = 64

var whereKeys = []key[*Where]{
	{"channel", false, "By whom the order is fulfilled.", oneOrMore(schema{"enum": []string{"AFN", "MFN"}}), func(w *Where, v value) error {
		return readListed(&w.Channels, v, func(text string) string {
			if text == events.AFN.String() || text == events.MFN.String() {
				return ""
			}
			return "is no channel of an order: use AFN or MFN"
		})
	}},
	{"product_line", false, "Lines of which an order has one; an empty text stands for none.", oneOrMore(schema{"type": "string", "maxLength": events.MaxTextBytes}), func(w *Where, v value) error {
		return readListed(&w.Lines, v, atMost(events.MaxTextBytes))
	}},
	{"marketplace", false, "The order's marketplace; an empty text stands for none.", oneOrMore(schema{"type": "string", "maxLength": MaxPlaceBytes}), func(w *Where, v value) error {
		return readListed(&w.Marketplaces, v, atMost(MaxPlaceBytes))
	}},
	{"ship_country", false, "Where the order goes to; an empty text stands for nowhere known.", oneOrMore(schema{"type": "string", "maxLength": MaxPlaceBytes}), func(w *Where, v value) error {
		return readListed(&w.Countries, v, atMost(MaxPlaceBytes))
	}},
	{"reason", false, "Claims and returns of these reasons alone make facts true.", oneOrMore(schema{"enum": reasonNames()}), readReasons},
}

func readWhere(v value) (w Where, err error) {
	if _, err = read(&w, v, v.field+".", "where", whereKeys); err != nil {
		return Where{}, err
	}
	if len(v.Map) == 0 {
		return Where{}, v.wrong("nothing is said: write one of channel, product_line, marketplace, ship_country or reason, or remove it")
	}
	return w, nil
}

// atMost says what is wrong with a text that has more bytes.
func atMost(bytes int) func(string) string {
	return func(text string) string {
		if len(text) > bytes {
			return "is too long: no order has it"
		}
		return ""
	}
}

// readListed reads texts of which nothing is wrong, sorted.
func readListed(to *[]string, v value, wrong func(string) string) error {
	texts, at, err := v.texts(MaxListed)
	if err != nil {
		return err
	}
	for i, text := range texts {
		if what := wrong(text); what != "" {
			return at[i].wrong("%q %s", text, what)
		}
	}
	slices.Sort(texts)
	*to = texts
	return nil
}

func reasonNames() (names []string) {
	for r := events.ChangedMind; r <= events.WrongItem; r++ {
		names = append(names, r.String())
	}
	return names
}

func readReasons(w *Where, v value) error {
	texts, at, err := v.texts(MaxListed)
	if err != nil {
		return err
	}
	for i, text := range texts {
		reason, ok := events.ParseBuyerReason(text)
		if !ok || reason == 0 {
			return at[i].wrong("%q is no reason: use one of %s%s", text, oneOf(reasonNames()), meant.Hint(text, reasonNames()))
		}
		w.Reasons |= windows.ReasonsOf(reason)
	}
	return nil
}

// ofReasons are the facts of an order that claims and returns make true.
var ofReasons = windows.FactsOf(windows.OrderClaim, windows.OrderClaimCounts, windows.OrderClaimLost, windows.OrderDefective, windows.OrderHasReturn)

// narrow has what the pack says hold beside what the rule says, and checks that something can hold.
func (r *ruleReader) narrow() error {
	at := r.fields["where"]
	if at.Node == nil {
		at = r.file.where
	}
	both, nothing := r.file.pack.Where.and(&r.Where)
	if nothing != "" {
		return at.wrong("%s has no value in common with that of the pack's where: nothing counts; change one of them", nothing)
	}
	r.Where = both
	m := r.Metric
	if both.Reasons != 0 && m.Unit != windows.ReturnUnit && !(m.Facts | m.Unless | m.Total).HasAny(ofReasons) {
		return at.wrong("metric %s has nothing to do with reasons of claims and returns: leave reason out, or use a metric of returns or of %v", m.Name, ofReasons)
	}
	return nil
}

// reasonNamed is the reason of a name that is known.
func reasonNamed(name string) events.BuyerReason {
	r, _ := events.ParseBuyerReason(name)
	return r
}
