package scenario

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
)

// deadLetterIs expects a dead letter. Details that are empty may be anything.
type deadLetterIs struct {
	reason, topic, kind, order, says string
}

// reasons are those of dead letters.
var reasons = []string{
	string(events.Undecodable), string(events.Invalid), string(events.Misrouted), string(events.Future), string(events.Expired), string(events.Orphan),
}

// deadLetter reads REASON, then details: TOPIC KIND, order ORDER, says TEXT.
func (p *parser) deadLetter(w *words) (expectation, error) {
	reason, err := w.next("the reason")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(reasons, reason) {
		return nil, unknown("reason", reason, reasons...)
	}
	e := deadLetterIs{reason: reason}
	for {
		more, err := w.detail()
		if err != nil || !more {
			return e, err
		}
		name, err := w.next("a detail after the comma")
		if err != nil {
			return nil, err
		}
		switch {
		case name == "order":
			e.order, err = w.next("the order")
		case name == "says":
			e.says, err = w.next("a part of the error's text")
		case slices.Contains(topicNames(), name):
			if e.topic = name; w.more() {
				e.kind, err = w.next("the kind")
			}
		default:
			err = unknown("the detail of a dead letter,", name, append(topicNames(), "order", "says")...)
		}
		if err != nil {
			return nil, err
		}
	}
}

// dead is a dead letter and the message that it was.
type dead struct {
	reason  string
	text    string // of the error
	message message
}

// show is a dead letter as a line that expects all of it.
func (d *dead) show() string {
	text := fmt.Sprintf("dead letter %s, %v %s", d.reason, d.message.topic, d.message.kind)
	if d.message.order != "" {
		text += ", order " + d.message.order
	}
	return strings.TrimSpace(text) + fmt.Sprintf(", says %q", d.text)
}

func (e deadLetterIs) is(d *dead) bool {
	same := func(want, is string) bool { return want == "" || want == is }
	return same(e.reason, d.reason) && same(e.topic, d.message.topic.String()) && same(e.kind, d.message.kind) &&
		same(e.order, d.message.order) && strings.Contains(d.text, e.says)
}

// check finds the dead letter among those that no line has named yet.
func (e deadLetterIs) check(r *run) (fault, error) {
	i := slices.IndexFunc(r.dead, func(d dead) bool { return e.is(&d) })
	if i < 0 {
		problem := "there is no such dead letter"
		for j := range r.dead {
			problem += "; there is " + r.dead[j].show()
		}
		return fault{problem: problem}, nil
	}
	r.dead = slices.Delete(r.dead, i, i+1)
	return fault{}, nil
}
