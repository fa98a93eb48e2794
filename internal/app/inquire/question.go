package inquire

import (
	"context"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/windows"
)

// Source is where states of sellers are. It is for one goroutine.
type Source interface {
	// Close gives back what is open.
	Close() error

	ask(context.Context, *question) error
	events(ctx context.Context, seller, order string) (*ask.OrderEvents, error)
}

// question is something that is asked about a seller, as either kind of source understands it.
type question struct {
	seller string
	order  string // empty for none
	path   string // of the API, below the seller's or the order's; empty for its own
	query  url.Values
	answer any                            // a pointer to what JSON is read into
	from   func(*inspect.Partition) error // sets the answer
}

// about has a question answered.
func about[A any](ctx context.Context, s Source, q question, from func(*inspect.Partition) (*A, error)) (*A, error) {
	answer := new(A)
	q.answer = answer
	q.from = func(p *inspect.Partition) error {
		got, err := from(p)
		if err == nil {
			*answer = *got
		}
		return err
	}
	if err := s.ask(ctx, &q); err != nil {
		return nil, err
	}
	return answer, nil
}

// Orders is a page of the orders behind a number.
func Orders(ctx context.Context, s Source, seller string, o inspect.OrdersQuery) (*inspect.Orders, error) {
	query := url.Values{}
	set(query, "rule", o.Rule)
	set(query, "metric", o.Metric)
	setGiven(query, "part", o.Part)
	set(query, "which", string(o.Which))
	setText(query, "from", o.From)
	setText(query, "to", o.To)
	setText(query, "channel", o.Channel)
	setGiven(query, "product_line", o.ProductLine)
	set(query, "cursor", o.Cursor)
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	return about(ctx, s, question{seller: seller, path: "/orders", query: query}, func(p *inspect.Partition) (*inspect.Orders, error) { return p.Orders(seller, o) })
}

// Order is what is known of one order.
func Order(ctx context.Context, s Source, seller, order string) (*inspect.Order, error) {
	return about(ctx, s, question{seller: seller, order: order}, func(p *inspect.Partition) (*inspect.Order, error) { return p.Order(seller, order) })
}

// Events are the events behind one order, read back from their topics: by the process that is asked, or as [StoppedOptions] say.
func Events(ctx context.Context, s Source, seller, order string) (*ask.OrderEvents, error) {
	return s.events(ctx, seller, order)
}

// History is a number by order date.
func History(ctx context.Context, s Source, seller string, h inspect.HistoryQuery) (*inspect.History, error) {
	query := url.Values{}
	set(query, "rule", h.Rule)
	set(query, "metric", h.Metric)
	setGiven(query, "part", h.Part)
	setText(query, "channel", h.Channel)
	setGiven(query, "product_line", h.ProductLine)
	setText(query, "from", h.From)
	setText(query, "to", h.To)
	return about(ctx, s, question{seller: seller, path: "/history", query: query}, func(p *inspect.Partition) (*inspect.History, error) { return p.History(seller, h) })
}

// Forecast is what so many days from today on bring.
func Forecast(ctx context.Context, s Source, seller string, days int) (*inspect.Forecast, error) {
	query := url.Values{"days": {strconv.Itoa(days)}}
	return about(ctx, s, question{seller: seller, path: "/forecast", query: query}, func(p *inspect.Partition) (*inspect.Forecast, error) { return p.Forecast(seller, days) })
}

// Rules is where a seller stands with each rule.
func Rules(ctx context.Context, s Source, seller string) (*inspect.Standings, error) {
	return about(ctx, s, question{seller: seller, path: "/rules"}, func(p *inspect.Partition) (*inspect.Standings, error) { return p.Rules(seller) })
}

// Period is a seller's numbers over order dates, both inclusive.
func Period(ctx context.Context, s Source, seller string, from, to windows.Date) (*inspect.Period, error) {
	query := url.Values{"from": {from.String()}, "to": {to.String()}}
	return about(ctx, s, question{seller: seller, query: query}, func(p *inspect.Partition) (*inspect.Period, error) { return p.Period(seller, from, to) })
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func setText[T interface{ String() string }](query url.Values, name string, value *T) {
	if value != nil {
		query.Set(name, (*value).String())
	}
}

// setGiven sets a value that may be empty: a product line, or a part, without a name.
func setGiven(query url.Values, name string, value *string) {
	if value != nil {
		query.Set(name, *value)
	}
}

// address is the path and the query of a question. An id that not everybody on the way leaves as it is in a path goes into the query.
func (q *question) address() string {
	query := maps.Clone(q.query)
	if query == nil {
		query = url.Values{}
	}
	segment := func(name, id string) string {
		if id == "." || id == ".." || strings.Contains(id, "/") {
			query.Set(name, id)
			return "~"
		}
		return url.PathEscape(id)
	}
	path := "/api/v1/sellers/" + segment("seller", q.seller)
	if q.order != "" {
		path += "/orders/" + segment("order", q.order)
	}
	path += q.path
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}
