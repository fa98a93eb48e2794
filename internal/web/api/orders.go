package api

import (
	"net/http"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
)

type ordersInput struct {
	SellerPath
	Rule        string      `query:"rule" doc:"The orders behind the numbers of this rule."`
	Metric      metricName  `query:"metric" doc:"The orders behind the numbers of this metric; not together with a rule."`
	Part        partName    `query:"part" doc:"Which of them; miss, the default with a rule or a metric: what the target does not want; all, the default without: counted or not."`
	From        string      `query:"from" format:"date" doc:"The first order date. Without from and to those of the rule's window today, or else of the metric's first window in a report."`
	To          string      `query:"to" format:"date" doc:"The last order date."`
	Channel     channelName `query:"channel" doc:"Whose orders; the default is the metric's."`
	ProductLine string      `query:"product_line" doc:"Orders of this line; an empty one is a line too. Without it all."`
	Cursor      string      `query:"cursor" doc:"next_cursor of the page before, of the same question."`
	Limit       int         `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Orders of a page."`
}

func (a *api) orders(r *http.Request, in *ordersInput) (*inspect.Orders, error) {
	q := inspect.OrdersQuery{
		Rule: in.Rule, Metric: rules.FindMetric(string(in.Metric)), Part: inspect.Part(in.Part), Channel: valueOf(in.Channel, rules.NumChannels),
		ProductLine: lineOf(r, in.ProductLine), Limit: in.Limit, Cursor: in.Cursor,
	}
	var err error
	if q.From, q.To, err = datesOf(in.From, in.To); err != nil {
		return nil, err
	}
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Orders, error) { return p.Orders(in.Seller, q) })
}

type orderInput struct {
	SellerPath
	Order string `path:"order" doc:"Its id."`
}

func (a *api) order(r *http.Request, in *orderInput) (*inspect.Order, error) {
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Order, error) { return p.Order(in.Seller, in.Order) })
}
