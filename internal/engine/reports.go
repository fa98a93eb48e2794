package engine

import (
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
)

// reportQueue is the sellers whose reports are due, in the order in which they became so: each is due at once for a seller that had none lately,
// else an interval after the last. It holds so many at most; that others are due their marks tell, and missed that there may be any.
type reportQueue struct {
	room     int
	interval time.Duration
	waiting  []string                 // due at once
	queued   map[string]bool          // whether it waits, not for the end of an interval
	last     map[string]events.Millis // of reports less than an interval ago
	cooling  []string                 // those of last, the oldest first

	missed bool   // since the marks were begun to be read, one did not find room
	read   []byte // how far the marks are read; nil where they are not being read
}

func newReportQueue(room int, interval time.Duration) reportQueue {
	return reportQueue{room: room, interval: interval, queued: map[string]bool{}, last: map[string]events.Millis{}}
}

// add puts a seller in, whose report has become due.
func (q *reportQueue) add(seller string) {
	if _, has := q.queued[seller]; has {
		return
	}
	if len(q.queued) >= q.room {
		q.missed = true
		return
	}
	_, cooling := q.last[seller]
	q.queued[seller] = !cooling
	if !cooling {
		q.waiting = append(q.waiting, seller)
	}
}

// cool makes those wait no longer whose last report was an interval ago, or the oldest where there are too many.
func (q *reportQueue) cool(now events.Millis) {
	n := 0
	for n < len(q.cooling) && (len(q.cooling)-n > q.room || q.last[q.cooling[n]]+q.interval.Milliseconds() <= now) {
		seller := q.cooling[n]
		delete(q.last, seller)
		if waits, has := q.queued[seller]; has && !waits {
			q.queued[seller] = true
			q.waiting = append(q.waiting, seller)
		}
		n++
	}
	q.cooling = q.cooling[n:]
}

// next takes a seller out whose report is due now.
func (q *reportQueue) next(now events.Millis) (seller string, ok bool) {
	q.cool(now)
	if len(q.waiting) == 0 {
		return "", false
	}
	seller = q.waiting[0]
	q.waiting = q.waiting[1:]
	delete(q.queued, seller)
	if now != Whenever {
		q.last[seller] = now
		q.cooling = append(q.cooling, seller)
	}
	return seller, true
}

// Whenever is a time at which every report is due that will be: none is put off because of the one before.
const Whenever = events.Millis(1<<63 - 1)

// ReportsDue is whether there is a report to be published at a time.
func (e *Engine) ReportsDue(now events.Millis) bool {
	e.reports.cool(now)
	return len(e.reports.waiting) > 0 && e.clock.Instant == nil
}

// ReportsMissed is whether reports may be due beside those that ReportsDue knows of. The next checkpoints find them.
func (e *Engine) ReportsMissed() bool { return e.reports.missed || e.reports.read != nil }

// PublishReports publishes at most so many of the reports that are due at a time, and no more than one commit is to carry. In the middle of an
// instant it publishes none, since not all sellers are as of the same time.
func (e *Engine) PublishReports(now events.Millis, most int) error {
	for range most {
		if e.clock.Instant != nil || e.full() {
			return nil
		}
		id, ok := e.reports.next(now)
		if !ok {
			return nil
		}
		if err := e.publishReport(id); err != nil {
			return err
		}
	}
	return nil
}

// reportDue notes that a seller's numbers may have changed since its last report.
func (e *Engine) reportDue(seller *state.Seller) {
	if !seller.ReportDue {
		seller.ReportDue = true
		e.store.Changed(seller)
		e.reports.add(seller.ID)
	}
}

// publishReport puts a seller's report into the output, unless its numbers and states are those of the last one.
func (e *Engine) publishReport(id string) error {
	seller, err := e.store.Seller(id, e.today)
	if err != nil || !seller.ReportDue {
		return err
	}
	r := e.Report(seller)
	seller.ReportDue = false
	if f := r.Fingerprint(); f != seller.Reported {
		seller.Reported = f
		e.pending.Reports = append(e.pending.Reports, r)
		e.pending.bytes += sizeOfReport(&r)
	}
	e.store.Changed(seller)
	return nil
}

// findReports looks for marked sellers who did not find room, if there is room now. It must follow a checkpoint: marks are read from the
// database.
func (e *Engine) findReports() error {
	q := &e.reports
	if len(q.queued) > q.room/2 || !e.ReportsMissed() {
		return nil
	}
	if q.read == nil {
		q.missed, q.read = false, []byte{}
	}
	next, err := e.store.SellersDue(q.read, q.room-len(q.queued), q.add)
	q.read = next
	return err
}
