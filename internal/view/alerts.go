package view

import (
	"encoding/binary"
	"fmt"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// AlertQuery says which of the recent alerts are asked for. What is empty asks for nothing.
type AlertQuery struct {
	Seller string
	Rule   string
	Part   *string       // of the rule
	States []rules.State // any of them, to which the alert tells the change
	Kinds  []outputs.AlertKind
	Class  []rules.Class
	From   events.Millis // the least as_of; 0: any
	To     events.Millis // before which as_of is; 0: any
	After  string        // AlertPage.Next of the page before; empty: from the newest on
	Limit  int           // from 1 to MaxLimit; 0: DefaultLimit
}

// AlertPage is a part of the recent alerts, those that were published last first.
type AlertPage struct {
	AsOf
	Alerts []outputs.Alert
	Next   string // AlertQuery.After of the next page; empty: this is the last one
	Older  bool   // there were older alerts, which are not among the recent ones any more
}

// Alerts lists recent alerts, page by page: what is published in between does not move them. It fails with ErrQuery.
func (v *View) Alerts(q AlertQuery) (AlertPage, error) {
	limit, err := limitOf(q.Limit)
	if err != nil {
		return AlertPage{}, err
	}
	before, err := q.before()
	if err != nil {
		return AlertPage{}, err
	}
	v.mutex.Lock()
	page := AlertPage{AsOf: v.asOf(), Older: v.recent.older()}
	all := v.recent.byPlace.Copy()
	v.mutex.Unlock()

	var found []*alert
	take := func(a *alert) bool {
		if (before == nil || a.compare(before.place) < 0) && q.matches(a) {
			found = append(found, a)
		}
		return len(found) <= limit
	}
	if before == nil {
		all.Reverse(take)
	} else {
		all.Descend(before, take)
	}
	if len(found) > limit {
		found = found[:limit]
		page.Next = found[limit-1].cursor()
	}
	page.Alerts, err = decodeAll(found)
	return page, err
}

func decodeAll(alerts []*alert) ([]outputs.Alert, error) {
	all := make([]outputs.Alert, len(alerts))
	for i, a := range alerts {
		var err error
		if all[i], err = a.decode(); err != nil {
			return nil, fmt.Errorf("decode a recent alert: %w", err)
		}
	}
	return all, nil
}

// older is whether alerts were published that are not among these.
func (r *recent) older() bool {
	return slices.ContainsFunc(r.floors, func(floor int64) bool { return floor > 0 })
}

func (q *AlertQuery) matches(a *alert) bool {
	return (q.Seller == "" || a.seller == q.Seller) &&
		(q.Rule == "" || a.rule == q.Rule) &&
		(q.Part == nil || samePart(a.part, q.Part)) &&
		(len(q.States) == 0 || slices.Contains(q.States, a.state)) &&
		(len(q.Kinds) == 0 || slices.Contains(q.Kinds, a.kind)) &&
		(len(q.Class) == 0 || slices.Contains(q.Class, a.class)) &&
		(q.From == 0 || a.asOf >= q.From) && (q.To == 0 || a.asOf < q.To)
}

func (p place) cursor() string {
	b := binary.AppendVarint(nil, p.published)
	b = binary.AppendVarint(b, int64(p.partition))
	return seal(cursorOfAlerts, binary.AppendVarint(b, p.offset))
}

// before is the place at which the page before ended; nil for the first page.
func (q *AlertQuery) before() (*alert, error) {
	if q.After == "" {
		return nil, nil
	}
	r, err := unseal(cursorOfAlerts, q.After)
	if err != nil {
		return nil, err
	}
	at := place{published: r.int()}
	at.partition, at.offset = int32(r.int()), r.int()
	if !r.ended() {
		return nil, unreadable(q.After)
	}
	return &alert{place: at}, nil
}
