package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// errNotWhole is that something was not found before everything had been read.
var errNotWhole = errors.New("not all that is published has been read since the start: ask again in a while")

// from answers from the state of a seller.
func from[T any](a *api, r *http.Request, seller string, ask func(*inspect.Partition) (*T, error)) (answer *T, err error) {
	if a.o.Of == nil {
		return nil, errNoState
	}
	err = a.o.Of(r.Context(), seller, func(p *inspect.Partition) (err error) {
		answer, err = ask(p)
		return err
	})
	return answer, err
}

// reportOrPeriod is a report as package outputs writes it, or else numbers of a period.
type reportOrPeriod struct {
	report *outputs.Report
	period *inspect.Period
}

// send implements sender: the report is as the report command prints it, byte by byte.
func (o reportOrPeriod) send(w http.ResponseWriter, r *http.Request) {
	if o.report != nil {
		sendText(w, r, jsonType, append(o.report.AppendJSON(nil), '\n'))
		return
	}
	sendJSON(w, r, o.period)
}

// Schema implements huma.SchemaProvider.
func (reportOrPeriod) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[Report](), true, ""), r.Schema(reflect.TypeFor[inspect.Period](), true, "")}}
}

type periodInput struct {
	SellerPath
	From string `query:"from" format:"date" doc:"The first order date of a period; with one of them given the other is as far as orders are kept."`
	To   string `query:"to" format:"date" doc:"The last order date of a period."`
}

// about implements aboutState: a report is not from the state.
func (in *periodInput) about() (about About, ok bool) {
	return About{Seller: in.Seller}, in.From != "" || in.To != ""
}

type forecastInput struct {
	SellerPath
	Days int `query:"days" minimum:"1" maximum:"180" default:"30" doc:"How many days from today on."`
}

type historyInput struct {
	SellerPath
	Rule        string      `query:"rule" doc:"The numbers of this rule in force, by its full name; this or a metric."`
	Part        string      `query:"part" doc:"Of a rule that has parts the one: the value of the field by which it has them, which may be empty."`
	Metric      string      `query:"metric" doc:"The numbers of this metric, by its full name."`
	Channel     channelName `query:"channel" doc:"Whose orders; the default is the metric's."`
	ProductLine string      `query:"product_line" doc:"Orders of this line; an empty one is a line too. Without it all."`
	From        string      `query:"from" format:"date" doc:"The first order date; the default is the first that is kept."`
	To          string      `query:"to" format:"date" doc:"The last order date; the default is today."`
}

// registerSeller registers what is asked of one seller. All but the report is from the state.
func (a *api) registerSeller() {
	const tag, path = "One seller", "/sellers/{seller}"
	get(a, operation{
		id: "get-seller", path: path, tag: tag, summary: "A seller's report, or its numbers of a period",
		says: "The latest report, as `processor report --output json` prints it. With from or to the numbers of any order dates that are kept.",
	}, a.seller)
	get(a, operation{
		id: "get-seller-rules", path: path + "/rules", tag: tag, summary: "Where a seller stands with each rule",
		says: "And what would change that: how many more misses make a breach, how many clean orders end one, on which day it ends by itself.",
	}, a.sellerRules)
	get(a, operation{
		id: "list-orders", path: path + "/orders", tag: tag, summary: "The orders behind a number",
		says: "By order date, the newest first, then by id; with what makes each count. Without a rule and a metric all orders.",
	}, a.orders)
	get(a, operation{
		id: "get-order", path: path + "/orders/{order}", tag: tag, summary: "What is known of an order",
		says: "Its row, since when each fact of it is true, and which rules count it until when.",
	}, a.order)
	get(a, operation{
		id: "list-order-events", path: path + "/orders/{order}/events", tag: tag, summary: "The events behind an order",
		says: "Read back from their topics, in the order in which they occurred, each as it came. Of an event that the topic does not have any more it is said that it is missing. " +
			"An event of which nothing is left in the order, as a tracking number that many others superseded, is not behind it any more.",
	}, a.orderEvents)
	get(a, operation{
		id: "get-history", path: path + "/history", tag: tag, summary: "A metric by order date",
		says: "All of it by what is known now: a defect that came late is on the date of its order. Each rule of the metric has the numbers of its window that ends on each date.",
	}, a.history)
	get(a, operation{
		id: "get-forecast", path: path + "/forecast", tag: tag, summary: "What days to come bring",
		says: "If nothing else happens: windows slide over the orders that there are.",
	}, a.forecast)
}

func (a *api) seller(r *http.Request, in *periodInput) (reportOrPeriod, error) {
	first, last, err := datesOf(in.From, in.To)
	if err != nil {
		return reportOrPeriod{}, err
	}
	if first == nil && last == nil {
		report, err := a.report(r.Context(), in.Seller)
		return reportOrPeriod{report: report}, err
	}
	period, err := from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Period, error) {
		if first == nil || last == nil {
			// A seller's rules tell of which dates its orders are kept.
			standings, err := p.Rules(in.Seller)
			if err != nil {
				return nil, err
			}
			if first == nil {
				first = &standings.KeptFrom
			}
			if last == nil {
				last = &standings.Today
			}
		}
		return p.Period(in.Seller, *first, *last)
	})
	return reportOrPeriod{period: period}, err
}

// report is the latest report of a seller.
func (a *api) report(ctx context.Context, seller string) (*outputs.Report, error) {
	report, err := a.o.View.Report(ctx, seller)
	return report, a.found(err)
}

// found is an error of what was looked for among what is published: what is not there may be read later.
func (a *api) found(err error) error {
	if errors.Is(err, view.ErrNotFound) && !a.o.View.Whole() {
		return fmt.Errorf("%w: %v", errNotWhole, err) //nolint:errorlint // It is not known yet whether it is missing.
	}
	return err
}

func (a *api) sellerRules(r *http.Request, in *SellerPath) (*inspect.Standings, error) {
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Standings, error) { return p.Rules(in.Seller) })
}

func (a *api) history(r *http.Request, in *historyInput) (*inspect.History, error) {
	q := inspect.HistoryQuery{
		Rule: in.Rule, Part: givenOf(r, "part", in.Part), Metric: in.Metric, Channel: valueOf(in.Channel, rules.NumChannels),
		ProductLine: givenOf(r, "product_line", in.ProductLine),
	}
	var err error
	if q.From, q.To, err = datesOf(in.From, in.To); err != nil {
		return nil, err
	}
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.History, error) { return p.History(in.Seller, q) })
}

func (a *api) forecast(r *http.Request, in *forecastInput) (*inspect.Forecast, error) {
	return from(a, r, in.Seller, func(p *inspect.Partition) (*inspect.Forecast, error) { return p.Forecast(in.Seller, in.Days) })
}
