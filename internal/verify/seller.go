package verify

import (
	"errors"
	"fmt"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// seller is what was read and added up of one seller.
type seller struct {
	id    string
	index map[string]*indexed              // by order
	sums  map[windows.Date]map[cell]*count // of facts
	live  bool                             // it has a row, so it was once placed an order

	frozen map[windows.Date]bool // whose rows count nothing

	swept, sweeping windows.Date // the last day on which everything of it was swept, and on which anything may have been
}

// indexed is an index entry, and whether what it leads to was found.
type indexed struct {
	state.Index
	found  bool
	parked int64 // events
	bytes  int64 // of those

	arrivals map[events.Millis]bool // when parked events fall due
}

// cell is what a bucket counts by.
type cell struct {
	channel events.Channel
	total   bool
	noItems bool
	field   windows.Field
	value   string
}

type count struct {
	windows.Sums
	stored bool // a bucket has the cell
}

// seller checks all keys of a seller.
func (c *check) seller(id string) error {
	c.result.Sellers++
	c.checkPlace(id)
	s := &seller{id: id, index: map[string]*indexed{}, sums: map[windows.Date]map[cell]*count{}, frozen: map[windows.Date]bool{}}
	s.swept, s.sweeping = c.sweptOf(id)
	for _, step := range []func(*seller) error{c.readIndex, c.readFrozen, c.readOrders, c.readParked} {
		if err := step(s); err != nil {
			return err
		}
	}
	c.checkIndex(s)
	if err := c.readBuckets(s); err != nil {
		return err
	}
	c.checkMissing(s)
	return errors.Join(c.readRecord(s), c.readParts(s))
}

// checkPlace checks that a seller is in the partition of its key.
func (c *check) checkPlace(id string) {
	partitions := c.settings.Topics[events.Orders.String()].Partitions
	if c.options.PartitionOf == nil || c.settings.Partitioner != state.Murmur2 || partitions == 0 {
		return
	}
	if of := c.options.PartitionOf([]byte(id), partitions); of != c.result.Partition {
		c.result.add(Difference{
			Kind: KindSeller, Seller: id, Stored: fmt.Sprintf("in partition %d", c.result.Partition), Computed: fmt.Sprintf("in partition %d of %d, by murmur2", of, partitions),
		})
	}
}

func (c *check) readIndex(s *seller) error {
	return c.each(byIndex, s.id, func(e *state.Entry) error {
		index, err := state.DecodeIndex(e.Value)
		if err != nil || index.Status != state.Live && index.Status != state.Parked {
			c.result.add(Difference{Kind: KindIndex, Seller: s.id, Order: e.Order, Stored: fmt.Sprintf("value %x", e.Value), Computed: "an entry that can be read"})
			return nil
		}
		s.index[e.Order] = &indexed{Index: index}
		return nil
	})
}

// checkIndex finds entries that lead nowhere.
func (c *check) checkIndex(s *seller) {
	for _, order := range sorted(s.index) {
		i := s.index[order]
		switch {
		case i.Status == state.Parked && (i.parked != i.Number || i.Number == 0):
			c.result.add(Difference{Kind: KindParked, Seller: s.id, Order: order, Stored: plural(i.Number), Computed: plural(i.parked)})
		case i.Status == state.Parked && i.Counted() && i.bytes != i.Bytes:
			c.result.add(Difference{
				Kind: KindParked, Seller: s.id, Order: order, Stored: fmt.Sprintf("parked events of %d bytes", i.Bytes), Computed: fmt.Sprintf("of %d bytes", i.bytes),
			})
		case i.Status == state.Live && !i.found:
			c.result.add(Difference{
				Kind: KindIndex, Seller: s.id, Order: order, Date: windows.Date(i.Number).String(), Stored: "an entry", Computed: "no entry: there is no row",
			})
		}
	}
}

func plural(parked int64) string { return fmt.Sprintf("%d parked", parked) }

// readOrders checks each row's index entry and date entry, and adds up its facts.
func (c *check) readOrders(s *seller) error {
	noted := windows.Date(-1 << 31)
	return c.each(byOrder, s.id, func(e *state.Entry) error {
		c.result.Orders++
		s.live = true
		c.checkLedTo(s, e)
		if e.Date != noted {
			noted = e.Date
			has, err := c.reader.HasDate(e.Date, s.id)
			if err != nil {
				return err
			}
			if !has {
				c.result.add(Difference{Kind: KindDate, Seller: s.id, Date: e.Date.String(), Stored: "none", Computed: "an entry: there are orders"})
			}
		}
		if len(e.Value) == 0 {
			c.checkExpired(s, e)
			return nil
		}
		return c.addOrder(s, e)
	})
}

// checkLedTo checks that the index leads to a row.
func (c *check) checkLedTo(s *seller, e *state.Entry) {
	d := Difference{Kind: KindIndex, Seller: s.id, Order: e.Order, Date: e.Date.String(), Computed: "a row of " + e.Date.String()}
	switch i := s.index[e.Order]; {
	case i == nil:
		d.Stored = "none"
	case i.Status != state.Live:
		d.Stored = plural(i.Number)
	case windows.Date(i.Number) != e.Date:
		d.Stored = "a row of " + windows.Date(i.Number).String()
	default:
		i.found = true
		return
	}
	c.result.add(d)
}

// checkExpired checks that an order without a row was to expire and is not to be forgotten.
func (c *check) checkExpired(s *seller, e *state.Entry) {
	d := Difference{Kind: KindOrder, Seller: s.id, Order: e.Order, Date: e.Date.String(), Stored: "expired"}
	switch {
	case e.Date+c.expires > s.sweeping && !(c.settings.Redated && e.Date+c.expires <= s.sweeping+sweepDays): // The zone may have set the day back.
		d.Computed = "a row until it is swept"
	case e.Date+c.forgotten <= s.swept:
		d.Computed = "forgotten"
	default:
		return
	}
	c.result.add(d)
}

// addOrder adds the facts of a row to what its bucket must be, and checks its timers.
func (c *check) addOrder(s *seller, e *state.Entry) error {
	o := &c.order
	d := Difference{Kind: KindOrder, Seller: s.id, Order: e.Order, Date: e.Date.String()}
	o.Reset()
	if err := o.Decode(e.Value); err != nil {
		d.Stored, d.Computed = fmt.Sprintf("a row of %d bytes: %v", len(e.Value), err), "a row that can be read"
		c.result.add(d)
		return nil
	}
	if date := c.calendar.Date(o.OrderDate); date != e.Date && !c.redated(o, e.Date) {
		d.Stored, d.Computed = "under "+e.Date.String(), "under "+date.String()
		c.result.add(d)
	}
	if o.Judge() {
		d.Stored, d.Computed = "a tracking number judged otherwise", "as its format has it"
		c.result.add(d)
	}
	if e.Date+c.expires <= s.swept {
		d.Stored, d.Computed = "a row", "expired"
		c.result.add(d)
	}
	at := c.clock.TimeOf(s.id, e.Order)
	if !s.frozen[e.Date] {
		c.addCounts(s, e.Date, c.countedAt(e.Date, at))
	}
	c.due = c.plan.Program.Due(c.due[:0], o)
	for _, due := range c.due {
		if due > at {
			if err := c.wantTimer(due, state.Timer{Kind: state.FactsDue, Seller: s.id, Order: e.Order}); err != nil {
				return err
			}
		}
	}
	return nil
}

// addCounts adds what the order at hand counts at an instant to each cell of its date that has any of it.
func (c *check) addCounts(s *seller, date windows.Date, at events.Millis) {
	o, program := &c.order, c.plan.Program
	c.attributes.Of(o)
	c.counts = c.tally.Count(c.counts, o, &c.attributes, at)
	add := func(in windows.Cells, to cell) {
		kept := program.Kept(in, c.counts)
		if kept.Zero() {
			return
		}
		to.channel, to.value = o.Channel, strings.Clone(to.value)
		s.count(date, to, program).Add(kept)
	}
	add(windows.TotalCells, cell{total: true})
	for _, line := range c.attributes.Lines {
		add(windows.LineCells, cell{field: windows.LineField, value: line})
	}
	if len(c.attributes.Lines) == 0 {
		add(windows.LinelessCells, cell{field: windows.LineField, noItems: true})
	}
	add(windows.MarketplaceCells, cell{field: windows.MarketplaceField, value: o.Marketplace})
	add(windows.CountryCells, cell{field: windows.CountryField, value: o.ShipCountry})
}

// redated is whether an order may be kept under a date by data that the zone had before.
func (c *check) redated(o *windows.Order, date windows.Date) bool {
	const dayMillis, widest = 24 * 60 * 60 * 1000, 26 * 60 * 60 * 1000 // No zone is further from UTC.
	begin := events.Millis(date) * dayMillis
	return c.settings.Redated && o.OrderDate >= begin-widest && o.OrderDate < begin+dayMillis+widest
}

// countedAt is the instant as of which orders of a date count. Time changes nothing of an order any more once it has expired.
func (c *check) countedAt(date windows.Date, at events.Millis) events.Millis {
	if date+c.expires > c.calendar.Today(at) {
		return at
	}
	return min(at, c.calendar.Start(date+c.expires)-1)
}

func (s *seller) count(date windows.Date, at cell, p *windows.Program) *count {
	cells := s.sums[date]
	if cells == nil {
		cells = map[cell]*count{}
		s.sums[date] = cells
	}
	if cells[at] == nil {
		cells[at] = &count{Sums: p.Sums()}
	}
	return cells[at]
}

// readParked counts the parked events of each order, each of which has a timer.
func (c *check) readParked(s *seller) error {
	return c.each(byParked, s.id, func(e *state.Entry) error {
		c.result.Parked++
		i := s.index[e.Order]
		if i == nil || i.Status != state.Parked {
			c.result.add(Difference{Kind: KindParked, Seller: s.id, Order: e.Order, Stored: "no entry of parked events", Computed: "an entry: an event waits"})
		} else {
			i.parked++
		}
		p, err := state.DecodeParked(e.Value)
		if err != nil {
			c.result.add(Difference{Kind: KindParked, Seller: s.id, Order: e.Order, Stored: fmt.Sprintf("an event of %d bytes: %v", len(e.Value), err), Computed: "an event that can be read"})
			return nil
		}
		if i != nil {
			i.bytes += int64(p.Size())
		}
		due, timer := p.Arrived+orphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: s.id, Order: e.Order}
		if c.clock.Fired(due, timer) {
			c.result.add(Difference{Kind: KindParked, Seller: s.id, Order: e.Order, Stored: "an event parked at " + events.FormatInstant(p.Arrived), Computed: "none: it has waited too long"})
			return nil
		}
		if i != nil && i.arrivals == nil {
			i.arrivals = map[events.Millis]bool{}
		}
		if i != nil && i.arrivals[due] {
			return nil // Events that came at one instant share a timer.
		}
		if i != nil {
			i.arrivals[due] = true
		}
		return c.wantTimer(due, timer)
	})
}
