package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
)

// outcomes tells what becomes of dead letters.
type outcomes struct {
	s       *session
	json    bool
	counts  map[outcomeKind]int64
	refused refusals
	seen    map[stream.Position]bool // places of those that were told, and of their sources; of a few
}

type outcomeKind struct {
	fate          letters.Fate
	reason, topic string
}

// outcomeLine is one as JSON.
type outcomeLine struct {
	Outcome  letters.Fate     `json:"outcome"`
	Source   deadletter.Place `json:"source"`
	Place    deadletter.Place `json:"place"`
	Reason   string           `json:"reason"`
	SellerID string           `json:"seller_id"`
	To       string           `json:"to,omitempty"` // of several records the first
	Records  int              `json:"records"`      // that are sent
	Why      string           `json:"why,omitempty"`
}

// maxSeen bounds how many are remembered by their places: there are not more arguments than that.
const maxSeen = 100_000

func (o *outcomes) tell(out *letters.Outcome) error {
	if o.counts == nil {
		o.counts, o.seen = map[outcomeKind]int64{}, map[stream.Position]bool{}
	}
	o.note(out)
	if out.Why != nil {
		if o.refused.count++; o.refused.count <= refusalsTold {
			o.s.log.Warn("not sent", "record", deadletter.Place(out.Source), "reason", out.Reason, "error", out.Why)
		}
	}
	if !o.json {
		return nil
	}
	line := outcomeLine{Outcome: out.Fate, Source: deadletter.Place(out.Source), Place: deadletter.Place(out.Place), Reason: string(out.Reason), SellerID: out.Seller, Records: out.Records}
	if out.To.Topic != "" {
		line.To = out.To.String()
	}
	if out.Why != nil {
		line.Why = out.Why.Error()
	}
	return o.s.writeJSON(&line)
}

// note counts an outcome, and remembers its places.
func (o *outcomes) note(out *letters.Outcome) {
	kind := outcomeKind{out.Fate, string(out.Reason), out.Source.Topic}
	if _, known := o.counts[kind]; !known && len(o.counts) >= maxLetterKinds {
		kind = outcomeKind{fate: out.Fate}
	}
	o.counts[kind]++
	if len(o.seen) < 2*maxSeen {
		o.seen[out.Place], o.seen[out.Source] = true, true
	}
}

// end writes how many there were of each kind.
func (o *outcomes) end() error {
	if o.refused.count > refusalsTold {
		o.s.log.Warn("records were not sent", "records", o.refused.count)
	}
	if o.json {
		return nil
	}
	if len(o.counts) == 0 {
		_, err := fmt.Fprintln(o.s.stdout, "no dead letters")
		return err
	}
	var kinds []outcomeKind
	for kind := range o.counts {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b outcomeKind) int {
		return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.topic, b.topic), cmp.Compare(a.fate, b.fate))
	})
	t := newTable(o.s.stdout, "REASON", "TOPIC", "COUNT", "OUTCOME")
	t.right(3)
	for _, kind := range kinds {
		t.row(kind.reason, kind.topic, grouped(o.counts[kind]), fateTexts[kind.fate])
	}
	return t.write()
}

var fateTexts = map[letters.Fate]string{
	letters.FateSent: "sent again", letters.FateWould: "would be sent again", letters.FateSentBefore: "was sent again before", letters.FateRefused: "not sent",
}

// missing is an error if anything that was named was not found, or not sent.
func (o *outcomes) missing(places []stream.Position) error {
	for _, at := range places {
		if !o.seen[at] && len(o.seen) < 2*maxSeen {
			return noLetter(at)
		}
	}
	if len(places) > 0 && o.refused.count > 0 {
		return errors.New(plural(o.refused.count, "record") + " of those that were named could not be sent: the log says why")
	}
	return nil
}
