package oracle

import "sellerpulse/pkg/events"

// reasons is a set of buyers' reasons, a bit each; the zero value is no restriction.
type reasons uint16

const someReasons reasons = 1 << 15 // tells a set with nothing in it from no restriction

var reasonsByName = map[Text]events.BuyerReason{
	"NOT_RECEIVED": events.NotReceived, "NOT_AS_DESCRIBED": events.NotAsDescribed, "DAMAGED": events.Damaged, "WRONG_ITEM": events.WrongItem,
	"CHANGED_MIND": events.ChangedMind, "OTHER": events.OtherBuyerReason,
}

func reasonsNamed(names Texts) reasons {
	if names == nil {
		return 0
	}
	s := someReasons
	for _, name := range names {
		if reasonsByName[name] == 0 {
			panic("oracle: no such reason: " + string(name))
		}
		s |= 1 << reasonsByName[name]
	}
	return s
}

// and is the reasons that are in both.
func (s reasons) and(o reasons) reasons {
	switch {
	case s == 0:
		return o
	case o == 0:
		return s
	}
	return s & o
}

// withReasons is the history as if claims and returns with other reasons than these, or without one, had not been.
func (h history) withReasons(of reasons) history {
	if of == 0 {
		return h
	}
	kept := h
	for _, topic := range []events.Topic{events.Claims, events.Returns} {
		for id, p := range h.parts(topic) {
			if reason := p.reason(); reason == 0 || of&(1<<reason) == 0 {
				kept = kept.where(func(e *events.Event) bool { return e.PartID != id || !isOneOf(e.Kind, kindsOf[topic]) })
			}
		}
	}
	return kept
}

// reason is that of a claim or a return: the one given last.
func (h history) reason() events.BuyerReason {
	e := h.of(events.ClaimOpened, events.ReturnRequested).
		where(func(e *events.Event) bool { return e.BuyerReason != 0 }).
		register(by(func(e *events.Event) events.BuyerReason { return e.BuyerReason }))
	if e == nil {
		return 0
	}
	return e.BuyerReason
}
