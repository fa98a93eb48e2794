package pipeline

import "time"

// reportQueue says whose report is to be published when: at once for a seller that had none lately, else an interval after the last.
type reportQueue struct {
	interval time.Duration
	waiting  []string             // due at once, in the order in which they came
	queued   map[string]bool      // in waiting
	last     map[string]time.Time // of reports less than an interval ago
	cooling  []cooling            // those of last, the oldest first
}

type cooling struct {
	seller string
	until  time.Time
}

func newReportQueue(interval time.Duration) *reportQueue {
	return &reportQueue{interval: interval, queued: map[string]bool{}, last: map[string]time.Time{}}
}

// add notes that a seller's report is due.
func (q *reportQueue) add(seller string) {
	if !q.queued[seller] {
		q.queued[seller] = true
		if _, cooling := q.last[seller]; !cooling {
			q.waiting = append(q.waiting, seller)
		}
	}
}

// cool makes those wait no longer whose last report was an interval ago.
func (q *reportQueue) cool(now time.Time) {
	n := 0
	for n < len(q.cooling) && !q.cooling[n].until.After(now) {
		seller := q.cooling[n].seller
		delete(q.last, seller)
		if q.queued[seller] {
			q.waiting = append(q.waiting, seller)
		}
		n++
	}
	q.cooling = q.cooling[n:]
}

// due is whether any report is to be published now.
func (q *reportQueue) due(now time.Time) bool {
	q.cool(now)
	return len(q.waiting) > 0
}

// take hands out sellers whose reports are to be published now.
func (q *reportQueue) take(now time.Time, most int) []string {
	q.cool(now)
	n := min(most, len(q.waiting))
	taken := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	for _, seller := range taken {
		delete(q.queued, seller)
		q.last[seller] = now
		q.cooling = append(q.cooling, cooling{seller: seller, until: now.Add(q.interval)})
	}
	return taken
}

// takeAll hands out sellers whose reports are due, however long ago their last one was.
func (q *reportQueue) takeAll(most int) (taken []string) {
	for seller := range q.queued {
		if len(taken) == most {
			break
		}
		taken = append(taken, seller)
		delete(q.queued, seller)
	}
	if len(q.queued) == 0 {
		q.waiting = nil
	}
	return taken
}
