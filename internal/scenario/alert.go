package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
)

// alertIs expects an alert. Details that it does not name may be anything.
type alertIs struct {
	id, kind, from, to string
	ratio              ratio
	details            []alertDetail
}

// alertDetail is the text of a detail of an alert, and how to find the alert's own.
type alertDetail struct {
	name, want string
	of         func(fields) string
}

// alert reads SELLER/RULE/N KIND from STATE [to STATE] N/D, then details.
func (p *parser) alert(w *words) (expectation, error) {
	var e alertIs
	var err error
	if e.id, err = w.next("the alert's id"); err != nil {
		return nil, err
	}
	if n := strings.Count(e.id, "/"); n < 2 || n > 3 { // The name of a pack's rule has one.
		return nil, fmt.Errorf("%q is no id of an alert: write SELLER/RULE/NUMBER", e.id)
	}
	if e.kind, err = readState(w, kinds); err != nil {
		return nil, err
	}
	if err := w.need("from"); err != nil {
		return nil, err
	}
	if e.from, err = readState(w, states); err != nil {
		return nil, err
	}
	if e.to = e.kind; e.kind == "RESOLVED" {
		if err := w.need("to"); err != nil {
			return nil, err
		}
		if e.to, err = readState(w, []string{"OK", "NO_DATA"}); err != nil {
			return nil, err
		}
	}
	if e.ratio, err = readRatio(w); err != nil {
		return nil, err
	}
	for {
		more, err := w.detail()
		if err != nil || !more {
			return e, err
		}
		d, err := p.alertDetail(w)
		if err != nil {
			return nil, err
		}
		e.details = append(e.details, d)
	}
}

// alertDetail reads a detail: its name, which may be of several words, and what it is to be.
func (p *parser) alertDetail(w *words) (alertDetail, error) {
	for i := range alertDetails {
		d := &alertDetails[i]
		if !w.take(strings.Fields(d.name)...) {
			continue
		}
		want, err := d.read(p, w)
		return alertDetail{d.name, want, d.of}, err
	}
	var names []string
	for i := range alertDetails {
		names = append(names, alertDetails[i].name)
	}
	return alertDetail{}, unknown("the detail of an alert,", w.peek(), names...)
}

// alertDetails are the details that a line may name: how what is wanted is read, and how an alert's own is shown in the same words. One that
// begins like another comes before it.
var alertDetails = []struct {
	name string
	read func(p *parser, w *words) (string, error)
	of   func(fields) string
}{
	{"as of", readInstant, textOf("as_of")},
	{"window", func(_ *parser, w *words) (string, error) { return readWindow(w) }, fields.window},
	{"cause", readCause, func(a fields) string { return showCause(a.in("cause")) }},
	{"event", readWord, func(a fields) string { return a.in("cause").text("event_id") }},
	{"no orders", readNothing, func(a fields) string { return a.texts("order_ids") }},
	{"feedback", readCount, func(a fields) string { return a.in("components").optional("negative_feedback") }},
	{"claims", readCount, func(a fields) string { return a.in("components").optional("claims") }},
	{"chargebacks", readCount, func(a fields) string { return a.in("components").optional("chargebacks") }},
	{"defects to breach", readCount, func(a fields) string { return a.optional("defects_to_breach") }},
	{"orders to recover", readCount, func(a fields) string { return a.optional("orders_to_recover") }},
	{"orders", readOrders, func(a fields) string { return a.texts("order_ids") }},
	{"recovers on", readDateOrNone, func(a fields) string { return a.optional("recovers_on") }},
	{"metric", readWord, textOf("metric")},
	{"class", readWord, textOf("class")},
	{"channel", readWord, textOf("channel")},
	{"target", readWord, textOf("target")},
	{"level", readWord, textOf("level")},
	{"no level", readNothing, textOf("level")},
	{"previous level", readWord, textOf("previous_level")},
	{"no previous level", readNothing, textOf("previous_level")},
	{"part", readPart, fields.part},
	{"provisional", readNothing, func(a fields) string { return showProvisional(a, "") }},
	{"not provisional", readNothing, func(a fields) string { return showProvisional(a, "provisional") }},
}

func textOf(name string) func(fields) string {
	return func(f fields) string { return f.text(name) }
}

func readInstant(p *parser, w *words) (string, error) {
	m, err := p.moment(w)
	if err != nil {
		return "", err
	}
	if m.after && p.now == events.None {
		return "", fmt.Errorf("a length of time with nothing before it")
	}
	return showInstant(m.from(p.now)), nil
}

// readCause reads TIME, RULES, or an event: TOPIC KIND ORDER.
func readCause(_ *parser, w *words) (string, error) {
	first, err := w.next("the cause")
	if err != nil || first == "TIME" || first == "RULES" {
		return first, err
	}
	if !slices.Contains(topicNames(), first) {
		return "", unknown("the cause", first, append(topicNames(), "TIME", "RULES")...)
	}
	kind, err := w.next("the event's kind")
	if err != nil {
		return "", err
	}
	topic, _ := events.ParseTopic(first)
	if _, ok := events.ParseKind(topic, kind); !ok {
		return "", unknown("the kind of "+first, kind, kindNames(topic)...)
	}
	order, err := w.next("the event's order")
	return first + " " + kind + " " + order, err
}

func showCause(c fields) string {
	if c.text("topic") == "" {
		return c.text("kind")
	}
	return c.text("topic") + " " + c.text("kind") + " " + c.text("order_id")
}

func readOrders(_ *parser, w *words) (string, error) {
	var list []string
	for {
		names, err := w.names("an order's name")
		if err != nil {
			return "", err
		}
		if list = append(list, names...); !w.more() {
			return strings.Join(list, " "), nil
		}
	}
}

func readWord(_ *parser, w *words) (string, error) { return w.next("a word") }

// readPart reads a part of a seller; an empty one stays in its quotes.
func readPart(_ *parser, w *words) (string, error) {
	part, err := w.next("the part")
	if err == nil && part == "" {
		part = `""`
	}
	return part, err
}

func readNothing(*parser, *words) (string, error) { return "", nil }

func readCount(_ *parser, w *words) (string, error) {
	text, err := w.next("a number")
	if err == nil && text != "none" {
		if _, err = strconv.ParseUint(text, 10, 63); err != nil {
			err = fmt.Errorf("%q is no number: write 0, 1, 2, … or none", text)
		}
	}
	return text, err
}

func readDateOrNone(_ *parser, w *words) (string, error) {
	if w.take("none") {
		return "none", nil
	}
	return readDate(w)
}

// showProvisional is nothing where an alert is as the detail says, as what is wanted is nothing then.
func showProvisional(a fields, unless string) string {
	is := ""
	if a["provisional"] == true {
		is = "provisional"
	}
	if is == unless {
		return "it is not so"
	}
	return ""
}

// head is an alert as the first words of a line say it.
func head(a fields) string {
	text := a.text("alert_id") + " " + a.text("kind") + " from " + a.text("previous_state")
	if a.text("kind") == "RESOLVED" {
		text += " to " + a.text("state")
	}
	return text + " " + a.ratio().String()
}

// show is an alert as a line that expects all of it.
func show(a fields) string {
	text := "alert " + head(a)
	for i := range alertDetails {
		if is := alertDetails[i].of(a); is != "" && is != "none" && !strings.HasSuffix(alertDetails[i].name, "provisional") && !strings.HasPrefix(alertDetails[i].name, "no ") {
			text += ", " + alertDetails[i].name + " " + is
		}
	}
	return text
}

// String is the alert as the first words of a line say it.
func (e alertIs) String() string {
	text := e.id + " " + e.kind + " from " + e.from
	if e.kind == "RESOLVED" {
		text += " to " + e.to
	}
	return text + " " + e.ratio.String()
}

// check finds the alert among those that no line has named yet, and compares it.
func (e alertIs) check(r *run) (fault, error) {
	i := slices.IndexFunc(r.alerts, func(a fields) bool { return a.text("alert_id") == e.id })
	if i < 0 {
		problem := "there is no alert " + e.id
		for j := range r.alerts {
			problem += "; there is " + show(r.alerts[j])
		}
		return fault{problem: problem}, nil
	}
	a := r.alerts[i]
	r.alerts = slices.Delete(r.alerts, i, i+1)
	return e.compare(a), nil
}

func (e alertIs) compare(a fields) fault {
	f := fault{expected: "alert " + e.String(), found: "alert " + head(a)}
	var wrong []string
	if head(a) != e.String() {
		wrong = append(wrong, "it is "+head(a))
	}
	for _, d := range e.details {
		is := d.of(a)
		f.expected += ", " + strings.TrimSpace(d.name+" "+d.want)
		f.found += ", " + strings.TrimSpace(d.name+" "+is)
		if is != d.want {
			wrong = append(wrong, fmt.Sprintf("%s: %s, not %s", d.name, orNothing(is), orNothing(d.want)))
		}
	}
	if len(wrong) == 0 {
		return fault{}
	}
	f.problem = fmt.Sprintf("alert %s: %s", e.id, strings.Join(wrong, "; "))
	return f
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
