package pages

import (
	"encoding/json"
	"errors"
	"net/http"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
)

// factRow is something that counts of an order, since when, and where.
type factRow struct{ Name, Class, Since, Part, ID string }

// orderPage is an order.
type orderPage struct {
	Order, Seller, SellerLink, AsOf, Notice string
	Facts                                   []factRow
	Row                                     []named
	Parts                                   []orderPart
	Omitted                                 string
	Rules                                   []orderRule
	Events                                  []eventRow
	EventsSay                               string // why they are not there
}

// orderRule is a rule that counts the order.
type orderRule struct{ Rule, From, Until, Class, Says string }

// order shows an order: what counts of it, and what it is.
func (p *Pages) order(q *request) error {
	seller, id := sellerOf(q.Request), orderOf(q.Request)
	q.watch(p.View.MarkOf(seller), &seller)
	page := orderPage{Order: id, Seller: seller, SellerLink: sellerLink(seller)}
	var behind []inspect.WrittenBy
	err := p.States.Of(q.Context(), seller, func(s *inspect.Partition) error {
		o, err := s.Order(seller, id)
		if err != nil {
			return err
		}
		page.fill(q, o)
		if o.Row != nil {
			behind = o.Row.Events
		}
		return q.tagOrder(o)
	})
	if q.unchanged() {
		return q.keep()
	}
	if err == nil {
		err = p.events(q, &page, behind)
	}
	if page.Notice == "" {
		page.Notice = q.away(err)
		q.settle(page.Notice != "" && p.States != nil)
	}
	if err != nil && page.Notice == "" {
		return q.notFound(err, q.t("There is no such order, or it is not kept any more."))
	}
	return p.show(q, http.StatusOK, "order", q.t("Order")+" "+isolated(id), &page)
}

// tagOrder tags an order by what is known of it, so that the events behind it need not be read to tell that it is the same.
func (q *request) tagOrder(o *inspect.Order) error {
	same := *o
	same.AsOf = 0
	content, err := json.Marshal(&same)
	q.Tag = tagOf(q.lang, string(content))
	return err
}

func (page *orderPage) fill(q *request, o *inspect.Order) {
	page.AsOf = q.at(events.Millis(o.AsOf))
	if o.OrderDate != nil {
		page.Row = append(page.Row, named{Name: q.t("Order date"), Value: o.OrderDate.String()}, named{Name: q.t("Counts until"), Value: (*o.ExpiresOn - 1).String()})
	}
	switch o.Status {
	case inspect.Parked:
		page.Notice = q.t("The order was never placed: %s events wait for that.", q.count(o.Parked.Waiting))
		page.Parts = q.parked(o.Parked)
		return
	case inspect.Expired:
		page.Notice = q.t("The order has expired: it counts nowhere any more.")
		return
	}
	page.facts(q, o.Row)
	page.Row = append(page.Row, q.terms(o.Row)...)
	page.Parts = q.parts(o.Row)
	if o.Row.PartsOmitted > 0 {
		page.Omitted = q.t("and %s more", q.count(int64(o.Row.PartsOmitted)))
	}
}

// facts lists what counts, with the rules that count it today.
func (page *orderPage) facts(q *request, r *inspect.Row) {
	for i := range r.Facts {
		f := &r.Facts[i]
		named := q.fact(f)
		row := factRow{Name: named.Name, Class: named.Class, Since: dash}
		if f.Since.Since != nil {
			row.Since = q.minute(events.Millis(*f.Since.Since))
		} else if f.NotAfter != nil {
			row.Since = q.t("before %s", q.minute(events.Millis(*f.NotAfter)))
		}
		if f.ID != nil {
			row.Part, row.ID = q.t(ofNames[f.Of]), *f.ID
		}
		page.Facts = append(page.Facts, row)
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		counted := orderRule{Rule: q.ruleName(rule.Rule, rule.Part), From: rule.CountsFrom.String(), Until: rule.CountsUntil.String(), Class: "none"}
		switch {
		case rule.NotCounted != nil:
			counted.Says = q.t(notCountedNames[*rule.NotCounted])
		case rule.Miss:
			counted.Class, counted.Says = "bad", q.t("a miss")
		case rule.Excused:
			counted.Says = q.t("no miss: excused")
		default:
			counted.Class, counted.Says = "good", q.t("no miss")
		}
		page.Rules = append(page.Rules, counted)
	}
}

// isNotFound is whether an error says that there is no such thing.
func isNotFound(err error) bool {
	return errors.Is(err, view.ErrNotFound) || errors.As(err, new(*inspect.UnknownOrderError)) || errors.As(err, new(*inspect.UnknownSellerError)) ||
		errors.Is(err, ask.ErrElsewhere)
}
