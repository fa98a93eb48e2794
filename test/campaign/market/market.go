package market

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/events"
	"sellerpulse/test/oracle"
)

// Record is a record of an input topic: what it is to the oracle, and its bytes. The offset is for the sender to fill in.
type Record struct {
	oracle.Record
	Value   []byte   // nil: null
	Strange *Strange // how it arrives in a stranger's topic; nil: it arrives as it is
	astray  bool     // it is in another partition than its seller
	arrived int64    // how many there were by then
}

// Options say which market. All must be given but what is of strangers.
type Options struct {
	Seed       uint64
	Sellers    int
	Partitions int

	Strangers         int // sellers in a hundred whose events arrive in a stranger's topic
	StrangePartitions int // that this has
}

const (
	ordersPerSeller = 12 // in an epoch
	epochDays       = 60
	eventsPerOrder  = 5
)

// start is where the market begins: later than any clock that a campaign is run by.
var start = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// Market hands out records. It is for one goroutine at a time.
//
// Time goes on by epochs, each a random marketplace with orders of its own; some of its events are about orders of earlier epochs.
type Market struct {
	options     Options
	random      *rand.Rand
	partitioner kgo.TopicPartitioner
	epoch       int
	arrived     int64          // records, ever
	arriving    []events.Event // what the epoch has yet to bring
	waiting     []queues       // by partition
}

// queues are records by topic that nobody has taken yet.
type queues [events.NumTopics][]Record

// New makes a market in which nothing has happened.
func New(o Options) *Market {
	return &Market{
		options: o, random: rand.New(rand.NewPCG(o.Seed, 1)), waiting: make([]queues, o.Partitions),
		partitioner: kgo.StickyKeyPartitioner(nil).ForTopic("any"), // by murmur2, as Java's producer does it
	}
}

// Arrive lets so many events happen.
func (m *Market) Arrive(n int) {
	for range n {
		if len(m.arriving) == 0 {
			m.nextEpoch()
		}
		m.arrived++
		record := m.arrive(m.arriving[0])
		record.arrived = m.arrived
		m.arriving = m.arriving[1:]
		q := &m.waiting[record.Partition]
		q[record.Topic] = append(q[record.Topic], record)
	}
}

func (m *Market) arrive(e events.Event) Record {
	if m.isStranger(e.SellerID) {
		return m.strange(e)
	}
	return m.spoil(e)
}

func (m *Market) nextEpoch() {
	m.arriving = simulate.RandomMarketplace(simulate.RandomOptions{
		Seed: m.options.Seed<<16 + uint64(m.epoch), Sellers: m.options.Sellers, Orders: ordersPerSeller,
		Events: m.options.Sellers * ordersPerSeller * eventsPerOrder,
		Start:  start + int64(m.epoch)*epochDays*day, Days: epochDays,
	})
	for i := range m.arriving {
		e := &m.arriving[i]
		e.OrderID = fmt.Sprintf("%d-%s", max(0, m.epoch-m.earlier()), e.OrderID)
	}
	m.epoch++
}

// earlier is how many epochs ago an event's order was placed. Orders of three epochs ago have expired.
func (m *Market) earlier() int {
	switch n := m.random.IntN(100); {
	case n < 4:
		return 1
	case n < 5:
		return 2 + m.random.IntN(4)
	}
	return 0
}

// One takes all that waits of one topic of each partition, chosen at random among those that have something.
func (m *Market) One() []Record {
	var taken []Record
	for p := range m.waiting {
		var some []events.Topic
		for topic := range events.NumTopics {
			if len(m.waiting[p][topic]) > 0 {
				some = append(some, topic)
			}
		}
		if len(some) > 0 {
			taken = append(taken, m.take(p, some[m.random.IntN(len(some))])...)
		}
	}
	return taken
}

// Oldest takes all that waits of one topic of each partition, that of which a record has waited longest: no topic is left far behind the others.
func (m *Market) Oldest() []Record {
	var taken []Record
	for p := range m.waiting {
		oldest, at := events.NumTopics, int64(0)
		for topic := range events.NumTopics {
			if q := m.waiting[p][topic]; len(q) > 0 && (oldest == events.NumTopics || q[0].arrived < at) {
				oldest, at = topic, q[0].arrived
			}
		}
		if oldest < events.NumTopics {
			taken = append(taken, m.take(p, oldest)...)
		}
	}
	return taken
}

// All takes all that waits.
func (m *Market) All() []Record {
	var taken []Record
	for p := range m.waiting {
		for topic := range events.NumTopics {
			taken = append(taken, m.take(p, topic)...)
		}
	}
	return taken
}

func (m *Market) take(partition int, topic events.Topic) []Record {
	taken := m.waiting[partition][topic]
	m.waiting[partition][topic] = nil
	return taken
}

// Deal deals what waits, and all that comes, over another number of partitions; and records that were handed out, of whatever number, in a copy. What was in a
// wrong partition is so again.
func (m *Market) Deal(partitions int, out []Record) []Record {
	waiting := m.waiting
	m.waiting, m.options.Partitions = make([]queues, partitions), partitions
	deal := func(r *Record) {
		if r.Partition = m.partitionOf([]byte(r.Event.SellerID)); r.astray {
			r.Partition = (r.Partition + 1) % partitions
		}
	}
	out = slices.Clone(out)
	for i := range out {
		deal(&out[i])
	}
	for p := range waiting {
		for topic := range events.NumTopics {
			for _, r := range waiting[p][topic] {
				deal(&r)
				q := &m.waiting[r.Partition]
				q[topic] = append(q[topic], r)
			}
		}
	}
	return out
}

func (m *Market) partitionOf(key []byte) int {
	return m.partitioner.Partition(&kgo.Record{Key: key}, m.options.Partitions)
}
