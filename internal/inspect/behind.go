package inspect

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Behind are orders that an alert names, as they are now.
type Behind struct {
	Head
	Orders []OrderLine `json:"orders"` // as a page of the misses has them, in the order in which they were asked for; without those that are not live any more
}

// Behind tells of each of some orders what makes it a miss of a metric now; of none, where nothing does any more. good says that the metric's target is one
// that a rate is to be above. How many orders there may be is the caller's to bound.
func (p *Partition) Behind(seller string, metric *rules.Metric, good bool, orders []string) (*Behind, error) {
	if metric == nil {
		return nil, &QueryError{"metric", "there is no such metric among those of the rules in force"}
	}
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	s := selection{metric: metric, part: Miss, good: good, span: head.everything()}
	if err := p.resolveCounter(&s, nil); err != nil {
		return nil, err
	}
	answer := &Behind{Head: head, Orders: []OrderLine{}}
	for _, id := range orders {
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
