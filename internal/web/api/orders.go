package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/rules"
)

type ordersInput struct {
	SellerPath
	Rule        string      `query:"rule" example:"ebay-us/transaction-defects" doc:"The orders behind the numbers of this rule in force: its full name, of a rule of a pack with that of the pack."`
	Part        string      `query:"part" example:"DE" doc:"Of a rule that has parts the one: the value of the field by which it has them, which may be empty."`
	Metric      string      `query:"metric" example:"late_shipment_rate" doc:"The orders behind the numbers of this metric, by its full name; not together with a rule."`
	Which       whichName   `query:"which" doc:"Which of them; miss, the default with a rule or a metric: what the target does not want; all, the default without: counted or not."`
	From        string      `query:"from" format:"date" doc:"The first order date. Without from and to those of the window that the rule has today, or else of the metric's first window in a report."`
	To          string      `query:"to" format:"date" doc:"The last order date."`
	Channel     channelName `query:"channel" doc:"Whose orders; the default is the metric's."`
	ProductLine string      `query:"product_line" doc:"Orders of this line; an empty one is a line too. Without it all."`
	Cursor      string      `query:"cursor" doc:"next_cursor of the page before, of the same question."`
	Limit       int         `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Orders of a page."`
}

func (a *api) orders(r *http.Request, in *ordersInput) (*inspect.Orders, error) {
	q := inspect.OrdersQuery{
		Rule: in.Rule, Part: givenOf(r, "part", in.Part), Metric: in.Metric, Which: inspect.Which(in.Which), Channel: valueOf(in.Channel, rules.NumChannels),
		ProductLine: givenOf(r, "product_line", in.ProductLine), Limit: in.Limit, Cursor: in.Cursor,
	}
	var err error
	if q.From, q.To, err = datesOf(in.From, in.To); err != nil {
		return nil, err
	}
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Orders, error) { return p.Orders(in.Seller, q) })
}

func (a *api) order(r *http.Request, in *OrderPath) (*inspect.Order, error) {
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Order, error) { return p.Order(in.Seller, in.Order) })
}

// eventsTimeout is how long reading the events of an order from Kafka may take.
const eventsTimeout = 3 * time.Second

// errUnread is that events are in Kafka, which does not answer.
var errUnread = errors.New("the events behind an order are in Kafka, which does not answer: ask again in a while")

// orderEvents reads the events once the state has been asked where they are, so that Kafka keeps no snapshot waiting.
func (a *api) orderEvents(r *http.Request, in *OrderPath) (*ask.OrderEvents, error) {
	order, err := a.order(r, in)
	if err != nil {
		return nil, err
	}
	if a.o.Events == nil {
		return nil, errNoState
	}
	ctx, cancel := context.WithTimeout(r.Context(), eventsTimeout)
	defer cancel()
	events, err := a.o.Events(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", errUnread, err) //nolint:errorlint // What Kafka says matters to eyes alone.
	}
	return events, nil
}
