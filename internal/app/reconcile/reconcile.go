package reconcile

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/statement"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Line is a figure beside ours.
type Line struct {
	statement.Figure
	Ours  *inspect.Numbers `json:"ours"`  // null where it could not be compared
	Equal *bool            `json:"equal"` // likewise

	Candidates        []Candidate `json:"candidates"` // of a difference
	CandidatesOmitted int         `json:"candidates_omitted"`
}

// Candidate is an order that could explain a difference.
type Candidate struct {
	OrderID   string        `json:"order_id"`
	OrderDate windows.Date  `json:"order_date"`
	Part      inspect.Which `json:"part"` // in which it counts for us, or would
	Why       string        `json:"why"`
}

// Compare puts each figure beside ours. Metrics are those that rules are about, by their full names.
func Compare(ctx context.Context, source inquire.Source, seller string, metrics *rules.Set, figures []statement.Figure) ([]Line, error) {
	standings, err := inquire.Rules(ctx, source, seller)
	if err != nil {
		return nil, err
	}
	c := comparison{source: source, seller: seller, metrics: metrics, head: standings.Head, rules: map[string]bool{}}
	for i := range standings.Rules {
		c.rules[standings.Rules[i].Rule] = true
	}
	lines := make([]Line, len(figures))
	for i := range figures {
		lines[i] = Line{Figure: figures[i], Candidates: []Candidate{}}
		if err := c.compare(ctx, &lines[i]); err != nil {
			return nil, fmt.Errorf("compare %s: %w", figures[i].Name, err)
		}
	}
	return lines, nil
}

// comparison asks about one seller.
type comparison struct {
	source  inquire.Source
	seller  string
	metrics *rules.Set
	head    inspect.Head
	rules   map[string]bool // in force
}

func (c *comparison) compare(ctx context.Context, l *Line) error {
	if l.Why != "" {
		return nil
	}
	question, why := c.question(&l.Figure)
	if why != "" {
		l.Why = why
		return nil
	}
	question.Limit = 1
	answer, err := inquire.Orders(ctx, c.source, c.seller, question)
	if err != nil {
		return err
	}
	equal := same(&l.Figure, answer.Numbers)
	l.Ours, l.Equal, l.Channel = answer.Numbers, &equal, answer.Channel
	if equal || l.Counts == nil {
		return nil
	}
	return c.explain(ctx, l, question, *answer.Metric)
}

// question asks for the number of a figure; why says that there is none.
func (c *comparison) question(f *statement.Figure) (q inspect.OrdersQuery, why string) {
	q = inspect.OrdersQuery{Which: inspect.Denominator, From: &f.From, To: &f.To}
	if f.Channel != "" {
		channel, err := rules.ParseChannel(f.Channel)
		if err != nil {
			return q, err.Error()
		}
		q.Channel = &channel
	}
	switch metric := c.metrics.Metric(f.Rule); {
	case c.rules[f.Rule]:
		q.Rule = f.Rule
	case metric != nil:
		q.Metric = metric.FullName()
	default:
		return q, fmt.Sprintf("there is no rule or metric %q in force: run the processor with rules that have it", f.Rule)
	}
	switch {
	case f.From < c.head.KeptFrom:
		return q, fmt.Sprintf("orders are kept from %v on: run the processor with a longer --retention", c.head.KeptFrom)
	case f.To > c.head.Today:
		return q, fmt.Sprintf("the processor is at %v: ask again when it has come to %v", c.head.Today, f.To)
	}
	return q, ""
}

// same is whether ours is the marketplace's: the counts, or the rate as far as it is told.
func same(f *statement.Figure, ours *inspect.Numbers) bool {
	if f.Counts != nil {
		return *f.Counts == statement.Counts{Numerator: ours.Numerator, Denominator: ours.Denominator}
	}
	if ours.Denominator == 0 {
		return false
	}
	theirs, err := strconv.ParseFloat(f.Rate, 64)
	_, decimals, _ := strings.Cut(f.Rate, ".")
	rate := 100 * float64(ours.Numerator) / float64(ours.Denominator)
	// Whether it was rounded or cut is not told.
	return err == nil && math.Abs(rate-theirs) < math.Pow10(-len(decimals))
}
