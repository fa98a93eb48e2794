package view

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/tidwall/btree"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// place is where an alert was published. Places are in the order of time, and those of a partition in the order of their offsets: published is the greatest
// time that the partition had up to there.
type place struct {
	published events.Millis
	offset    int64
	partition int32
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.published, q.published), cmp.Compare(p.partition, q.partition), cmp.Compare(p.offset, q.offset))
}

// alert is an alert as it was published, and what it is found by. It does not change.
type alert struct {
	place
	seller, rule    string
	part            *string // nil of a rule without parts
	number          int64
	asOf            events.Millis
	value           []byte // encoded, as most are never asked for
	state, previous rules.State
	kind            outputs.AlertKind
	class           rules.Class
}

func (a *alert) bytes() int {
	const pointers = 4 * 8 // in the orders below
	n := int(unsafe.Sizeof(*a)) + len(a.seller) + len(a.rule) + len(a.value) + pointers
	if a.part != nil {
		n += int(unsafe.Sizeof(*a.part)) + len(*a.part)
	}
	return n
}

// samePart is whether two parts are the same, or none is one.
func samePart(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// decode is the alert in full, which is the caller's.
func (a *alert) decode() (outputs.Alert, error) { return outputs.DecodeAlert(a.value) }

// recent is the alerts that were published last, bounded in number and bytes.
//
// While the topic is read for the first time partitions come as they come, and those that were published last are kept. From then on alerts are kept in the
// order in which they come, too, which is nearly that of their publication: by that subscribers go on, and the oldest leaves.
type recent struct {
	most, mostBytes int
	bytes           int
	byPlace         *btree.BTreeG[*alert]
	floors          []int64 // by partition: alerts before this offset are not all here
	settled         bool
	arrived         []*alert // once settled
	first           int64    // number of the first that arrived, which goes on when it leaves
	asOf            events.Millis
	minutes         minutes
}

// newRecent makes room for alerts of partitions, which begin with their number.
func newRecent(most, mostBytes int, logs []*log) *recent {
	r := &recent{
		most: most, mostBytes: mostBytes, asOf: events.None, floors: make([]int64, len(logs)),
		byPlace: btree.NewBTreeGOptions(func(a, b *alert) bool { return a.compare(b.place) < 0 }, btree.Options{NoLocks: true}),
	}
	for p, l := range logs {
		r.floors[p] = l.start
	}
	return r
}

// alertLogs are the partitions of alerts.
func alertLogs(logs []*log) []*log {
	for i, l := range logs {
		if !l.alerts {
			return logs[:i]
		}
	}
	return logs
}

// add takes the next alert of a partition.
func (r *recent) add(a *alert) {
	r.asOf = max(r.asOf, a.asOf)
	r.minutes.add(a.asOf, a.kind)
	r.byPlace.Set(a)
	r.bytes += a.bytes()
	if r.settled {
		r.arrived = append(r.arrived, a)
	}
	for r.byPlace.Len() > r.most || r.bytes > r.mostBytes {
		r.drop()
	}
}

// drop lets the oldest go.
func (r *recent) drop() {
	var oldest *alert
	if r.settled {
		oldest = r.arrived[0]
		r.arrived[0] = nil
		r.arrived = r.arrived[1:]
		r.first++
		r.byPlace.Delete(oldest)
	} else {
		oldest, _ = r.byPlace.PopMin()
	}
	r.bytes -= oldest.bytes()
	r.floors[oldest.partition] = max(r.floors[oldest.partition], oldest.offset+1)
}

// settle ends the first reading of the topic.
func (r *recent) settle() {
	r.settled = true
	r.arrived = r.byPlace.Items()
}

// end is the number of the next alert that will arrive.
func (r *recent) end() int64 { return r.first + int64(len(r.arrived)) }

// kept is the recent alert of an id; nil where it is not among them.
func (r *recent) kept(id outputs.AlertID) *alert {
	i := slices.IndexFunc(r.arrived, func(a *alert) bool {
		return a.number == id.Transition && a.rule == id.Rule && a.seller == id.SellerID && samePart(a.part, id.Part)
	})
	if i < 0 {
		return nil
	}
	return r.arrived[i]
}
