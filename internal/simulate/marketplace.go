package simulate

import (
	"iter"
	"slices"

	"sellerpulse/pkg/events"
)

const (
	second events.Millis = 1000
	hour                 = 3600 * second
	day                  = 24 * hour
)

// Options say which marketplace to simulate.
type Options struct {
	Sellers     int           // 10 unless given
	Seed        uint64        // another seed is another marketplace of the same fates
	Now         events.Millis // where the history ends
	HistoryDays int           // how many days of 24 hours the history has: 120 unless given
	Rate        float64       // events per second of all sellers together once live: 20 unless given

	Marketplaces []string // where sellers sell, each on two of them: SE, DE and FR unless given; on those that are one seller in ten is overwhelmed
	Countries    []string // where buyers are: SE, DE and FR unless given
}

// Marketplace is a simulated marketplace. It is for one goroutine at a time.
type Marketplace struct {
	options Options
	sellers []*seller

	// live is the simulation at the end of a history that was yielded to its end; nil before.
	live *simulation
}

// New makes a marketplace; nothing happens in it before its history is asked for.
func New(o Options) *Marketplace {
	if o.Sellers <= 0 {
		o.Sellers = 10
	}
	if o.HistoryDays <= 0 {
		o.HistoryDays = 120
	}
	if o.Rate <= 0 {
		o.Rate = 20
	}
	return &Marketplace{options: o, sellers: newSellers(o)}
}

// Start is the instant at which the history begins.
func (m *Marketplace) Start() events.Millis {
	return m.options.Now - events.Millis(m.options.HistoryDays)*day
}

// Sellers lists the ids of all sellers. Each begins with the name of its fate.
func (m *Marketplace) Sellers() []string {
	ids := make([]string, len(m.sellers))
	for i, s := range m.sellers {
		ids[i] = s.id
	}
	return ids
}

// Fates lists those of the sellers. Among ten sellers or more each that there is is some seller's.
func (m *Marketplace) Fates() (all []Fate) {
	for _, s := range m.sellers {
		if !slices.Contains(all, s.course.Fate) {
			all = append(all, s.course.Fate)
		}
	}
	return all
}

// Fate is what becomes of a seller, or false if there is no such seller.
func (m *Marketplace) Fate(sellerID string) (Fate, bool) {
	for _, s := range m.sellers {
		if s.id == sellerID {
			return s.course.Fate, true
		}
	}
	return Fate{}, false
}

// History yields the events from the start up to, not including, Now, sorted by time; those of equal time in the order of their
// topics. It is the same each time.
func (m *Marketplace) History() iter.Seq[events.Event] {
	return func(yield func(events.Event) bool) {
		sim := newSimulation(m.options, m.Start())
		for sim.nextAt() < m.options.Now {
			if !yield(*sim.next()) {
				return
			}
		}
		m.live = sim
	}
}

// Live yields what happens after the history, without end, beginning at the instant from, which is Now or later. The marketplace's
// own time runs faster from there on, so that Rate events fall into a second: promises and deadlines given from then on come as
// much sooner. The caller is to wait until an event's time has come. Events are sorted by time.
func (m *Marketplace) Live(from events.Millis) iter.Seq[events.Event] {
	return func(yield func(events.Event) bool) {
		if m.live == nil {
			for range m.History() { // Only to get to its end.
			}
		}
		sim := m.live
		m.live = nil
		c := clock{now: m.options.Now, from: max(from, m.options.Now), speed: m.speed(sim.yielded)}
		for {
			e := *sim.next()
			c.stamp(&e)
			if !yield(e) {
				return
			}
		}
	}
}

// speed is how much faster the marketplace is to run, when its history has so many events.
func (m *Marketplace) speed(eventsOfHistory int) float64 {
	seconds := float64(m.options.HistoryDays) * float64(day/second)
	return m.options.Rate * seconds / float64(max(1, eventsOfHistory))
}

// clock tells the instant at which something happens from the marketplace's own time.
type clock struct {
	now, from events.Millis // at the marketplace's now it is from
	speed     float64
}

func (c *clock) instant(at events.Millis) events.Millis {
	if at < c.now || at == events.None {
		return at
	}
	return c.from + events.Millis(float64(at-c.now)/c.speed)
}

// stamp puts an event's times by the clock.
func (c *clock) stamp(e *events.Event) {
	for _, at := range []*events.Millis{&e.OccurredAt, &e.OrderDate, &e.ShipBy, &e.DeliverBy} {
		*at = c.instant(*at)
	}
}
