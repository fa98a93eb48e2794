package pages

import (
	"cmp"
	"net/http"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

// change is a number before and after an alert.
type change struct{ Name, Before, Then, Change string }

// named is a line of a table.
type named struct{ Name, Value, Link string }

// alertPage is one alert, and why.
type alertPage struct {
	Kind, Class, At, Says, OrdersSay           string
	Seller, SellerLink, Rule, RuleLink, Number string
	Changes                                    []change
	Cause                                      []named
	Orders                                     []orderRow
	Behind                                     bool   // what makes the orders count now is told
	Notice                                     string // why it is not
}

// alert shows why there was an alert.
func (p *Pages) alert(q *request) error {
	ctx, cancel := p.reading(q, searchTimeout)
	defer cancel()
	a, before, err := p.View.Alert(ctx, q.PathValue("id"))
	if a == nil {
		return q.notFound(err, q.t("There is no such alert, or it is not kept any more."))
	}
	kind := a.Kind()
	page := alertPage{
		Kind: q.t(kindNames[kind]), Class: kindClasses[kind], At: q.at(a.AsOf), Says: q.says(a), Changes: q.changes(a, before),
		Seller: a.SellerID, SellerLink: sellerLink(a.SellerID), Rule: q.ruleName(a.Rule, a.Part), RuleLink: ruleLink(a.SellerID, a.Rule, a.Part), Number: q.count(a.Transition),
	}
	if a.Cause.Topic == "" {
		page.Cause = append(page.Cause, named{Name: q.t("Cause"), Value: q.cause(&a.Cause)})
	} else {
		page.Cause = append(page.Cause, named{Name: q.t("Event"), Value: a.Cause.Topic + " " + a.Cause.Kind}, named{Name: q.t("The order"), Value: a.Cause.OrderID, Link: orderLink(a.SellerID, a.Cause.OrderID)},
			named{Name: q.t("Event id"), Value: a.Cause.EventID}, named{Name: q.t("Record"), Value: place(a.Cause.Topic, a.Cause.Partition, a.Cause.Offset)})
	}
	if a.Level != a.PreviousLevel {
		page.Cause = append(page.Cause, named{Name: q.t("Level"), Value: cmp.Or(a.PreviousLevel, dash) + " → " + cmp.Or(a.Level, dash)})
	}
	page.Cause = append(page.Cause, named{Name: q.t("Window"), Value: q.window(a.From, a.To)}, named{Name: q.t("Target"), Value: q.target(a.Target)})
	for _, id := range a.OrderIDs {
		page.Orders = append(page.Orders, orderRow{Order: id, Link: orderLink(a.SellerID, id)})
	}
	if len(a.OrderIDs) == outputs.MaxOrderIDs {
		page.OrdersSay = q.t("the newest %s", q.count(int64(len(a.OrderIDs))))
	}
	p.behind(q, a, &page)
	return p.show(q, http.StatusOK, "alert", q.t("Alert")+" "+isolated(a.ID()), &page)
}

// behind says of each order what makes it count now, where the state is here.
func (p *Pages) behind(q *request, a *outputs.Alert, page *alertPage) {
	if len(a.OrderIDs) == 0 {
		return
	}
	err := p.States.Of(q.Context(), a.SellerID, func(s *inspect.Partition) error {
		behind, err := s.Behind(a.SellerID, inspect.BehindQuery{Rule: a.Rule, Part: a.Part, Metric: a.Metric, Orders: a.OrderIDs})
		if err == nil {
			page.fill(q, behind)
		}
		return err
	})
	if err == nil {
		return
	}
	if page.Notice = q.away(err); page.Notice == "" {
		page.Notice = q.t("What makes these orders count now cannot be read.")
		p.Logger.Warn("an alert is shown without what is behind it", "error", err)
	}
}

// fill notes what makes each order count now. What is not behind the alert any more says so.
func (page *alertPage) fill(q *request, behind *inspect.Behind) {
	lines := map[string]*inspect.OrderLine{}
	for i := range behind.Orders {
		lines[behind.Orders[i].OrderID] = &behind.Orders[i]
	}
	for i := range page.Orders {
		row := &page.Orders[i]
		line := lines[row.Order]
		switch {
		case line == nil:
			row.Date, row.Facts = dash, []fact{{q.t("not kept any more"), "none"}}
			continue
		case len(line.MadeBy) == 0:
			row.Facts = []fact{{q.t("counts no more"), "none"}}
		}
		row.Date, row.Channel = line.OrderDate.String(), line.Channel
		for j := range line.MadeBy {
			row.Facts = append(row.Facts, q.fact(&line.MadeBy[j]))
		}
	}
	now := q.t("what makes them count as of %s", q.at(events.Millis(behind.AsOf)))
	if page.Behind = true; page.OrdersSay != "" {
		now = page.OrdersSay + "; " + now
	}
	page.OrdersSay = now
}

// says tells an alert in a sentence.
func (w *words) says(a *outputs.Alert) string {
	rate := w.t("%s of %s %s, %s", w.count(a.Numerator), w.count(a.Denominator), w.unit(a.Metric), w.rate(a.Numerator, a.Denominator))
	switch kind := a.Kind(); {
	case a.Level != "":
		return w.t("%s: level %s.", rate, a.Level)
	case kind == outputs.KindBreached:
		return w.t("%s: the target %s is missed.", rate, w.target(a.Target))
	case kind == outputs.KindAtRisk:
		return w.t("%s: near the limit of the target %s.", rate, w.target(a.Target))
	}
	return w.t("%s: the target %s is met again.", rate, w.target(a.Target))
}

// changes are the numbers of an alert, and of the one before it.
func (w *words) changes(a, before *outputs.Alert) []change {
	changes := []change{}
	add := func(name string, of func(*outputs.Alert) int64) {
		c := change{w.t(name), dash, w.count(of(a)), dash}
		if before != nil {
			c.Before = w.count(of(before))
			c.Change = w.signed(of(a) - of(before))
		}
		changes = append(changes, c)
	}
	rate := change{w.t("Rate"), dash, w.rate(a.Numerator, a.Denominator), ""}
	if before != nil {
		rate.Before = w.rate(before.Numerator, before.Denominator)
	}
	changes = append(changes, rate)
	add("Numerator", func(a *outputs.Alert) int64 { return a.Numerator })
	add("Denominator", func(a *outputs.Alert) int64 { return a.Denominator })
	if a.Components != nil {
		add("Negative feedback", func(a *outputs.Alert) int64 { return a.Components.NegativeFeedback })
		add("Claims", func(a *outputs.Alert) int64 { return a.Components.Claims })
		add("Chargebacks", func(a *outputs.Alert) int64 { return a.Components.Chargebacks })
	}
	return changes
}
