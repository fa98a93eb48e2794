package inspect

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// Behind are orders that an alert names, as they are now.
type Behind struct {
	Head
	Orders []OrderLine `json:"orders"` // as a page of the misses has them, in the order in which they were asked for; without those that are not live any more
}

// BehindQuery asks what makes some orders misses now.
type BehindQuery struct {
	Rule   string  // that named them; where it is in force no more, or has no such part, they are asked about by the metric
	Part   *string // of the rule
	Metric string
	Orders []string // as many as the caller allows
}

// Behind tells of each of some orders what makes it a miss now; of none, where nothing does any more.
func (p *Partition) Behind(seller string, q BehindQuery) (*Behind, error) {
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	s := selection{which: Miss, span: head.everything()}
	if s.number, err = p.number(&head, q.Rule, q.Part, ""); err != nil || s.metric == nil || s.metric.FullName() != q.Metric {
		if s.number, err = p.numberOfMetric(q.Metric); err != nil {
			return nil, err
		}
	}
	answer := &Behind{Head: head, Orders: []OrderLine{}}
	for _, id := range q.Orders {
		line, live, err := p.behind(&s, id)
		if err != nil {
			return nil, fmt.Errorf("read order %q of seller %q: %w", id, seller, err)
		}
		if live {
			answer.Orders = append(answer.Orders, line)
		}
	}
	return answer, nil
}

// behind is an order as a page has it; false where it is not live.
func (p *Partition) behind(s *selection, id string) (line OrderLine, live bool, err error) {
	index, err := p.reader.Index(s.span.Seller, id)
	if err != nil || index.Status != state.Live || windows.Date(index.Number) < s.span.From {
		return line, false, err
	}
	row, err := p.reader.Row(s.span.Seller, id)
	if err != nil || len(row) == 0 { // The zone's data may have set today back since it expired.
		return line, false, err
	}
	line, err = s.listed(p, state.DatedOrder{Date: windows.Date(index.Number), ID: id}, row)
	return line, true, err
}
