package simulate

import (
	"cmp"
	"container/heap"

	"sellerpulse/pkg/events"
)

// simulation runs a marketplace: it knows each seller's next order and what is yet to happen to the orders placed, no more.
type simulation struct {
	now     events.Millis // day 0 of the fates
	pending queue
	yielded int
}

// pending is an event to come, or, without one, a seller's next order to be placed.
type pending struct {
	at       events.Millis
	seller   *seller
	sequence int // of the seller's, in the order in which they were thought of
	event    *events.Event
}

// newSimulation starts a simulation with sellers of its own.
func newSimulation(o Options, start events.Millis) *simulation {
	sim := &simulation{now: o.Now}
	for _, s := range newSellers(o) {
		sim.push(pending{at: s.nextOrder(start), seller: s})
	}
	sim.placeOrders()
	return sim
}

// dayOf counts days from Now on; days of the history are negative.
func (sim *simulation) dayOf(at events.Millis) float64 { return float64(at-sim.now) / float64(day) }

// nextAt is when the next event happens.
func (sim *simulation) nextAt() events.Millis { return sim.pending[0].at }

// next takes the next event.
func (sim *simulation) next() *events.Event {
	e := heap.Pop(&sim.pending).(*pending).event
	sim.yielded++
	sim.placeOrders()
	return e
}

// placeOrders has orders placed until an event comes next.
func (sim *simulation) placeOrders() {
	for sim.pending[0].event == nil {
		p := sim.pending[0]
		p.seller.place(p.at, sim.dayOf(p.at), sim.push)
		p.at = p.seller.nextOrder(p.at)
		heap.Fix(&sim.pending, 0)
	}
}

func (sim *simulation) push(p pending) { heap.Push(&sim.pending, &p) }

// queue is a heap of what is to come.
type queue []*pending

func (q queue) Len() int           { return len(q) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool { return q[i].compare(q[j]) < 0 }
func (q *queue) Push(p any)        { *q = append(*q, p.(*pending)) }

// Pop removes the last.
func (q *queue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return p
}

// compare orders by time, then orders to be placed before events, by topic, by seller, and as they were thought of.
func (p *pending) compare(other *pending) int {
	return cmp.Or(
		cmp.Compare(p.at, other.at), cmp.Compare(p.rank(), other.rank()),
		cmp.Compare(p.seller.number, other.seller.number), cmp.Compare(p.sequence, other.sequence),
	)
}

func (p *pending) rank() int {
	if p.event == nil {
		return -1
	}
	return int(p.event.Topic)
}
