package producers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/market"
)

// Tables are a shop's tables of orders and shipments in Postgres and all that happened to their rows: each change as our event and, by [Tables.Debezium], as
// a record of Debezium.
type Tables struct {
	random  *rand.Rand
	changes []change
}

// row is a row of a table, by the names of its columns.
type row map[string]any

// change is one of a row. Before is nil where it is inserted.
type change struct {
	table         *table
	event         events.Event
	before, after row
}

const hour = 3_600_000

// NewTables makes the tables up: orders of a few sellers over forty days, from an instant on.
func NewTables(orders int, start events.Millis) *Tables {
	t := &Tables{random: rand.New(rand.NewPCG(6, 6))}
	for n := range orders {
		t.order(n, start+t.hours(0, 24*40))
	}
	slices.SortStableFunc(t.changes, func(a, b change) int { return cmp.Compare(a.event.OccurredAt, b.event.OccurredAt) })
	return t
}

// Events are all changes as our events, in the order of their time.
func (t *Tables) Events() (all []events.Event) {
	for i := range t.changes {
		all = append(all, t.changes[i].event)
	}
	return all
}

func (t *Tables) hours(low, high int) int64 {
	return int64(low)*hour + t.random.Int64N(int64(high-low)*hour)
}
func (t *Tables) chance(p float64) bool { return t.random.Float64() < p }

// order makes up what happens to an order: a time zone's text, microseconds and milliseconds are all forms in which Debezium has instants.
func (t *Tables) order(n int, placed events.Millis) {
	e := events.Event{OccurredAt: placed, SellerID: fmt.Sprintf("T%d", n%5), OrderID: fmt.Sprint(1000 + n), OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None}
	first := e
	first.OrderDate, first.Channel, first.Pending, first.Marketplace, first.ShipCountry = placed, events.MFN, t.chance(0.2), "SE", "NO"
	first.ShipBy, first.DeliverBy = placed+48*hour, placed+t.hours(96, 200)
	first.Items = []events.Item{{ItemID: "1", ProductLine: []string{"toys", "books"}[t.random.IntN(2)], Quantity: 2}}
	r := row{
		"id": 1000 + n, "seller_id": e.SellerID, "status": map[bool]string{true: "pending", false: "paid"}[first.Pending], "placed_at": placed * 1000,
		"ship_by": zoned(first.ShipBy), "deliver_by": first.DeliverBy, "marketplace": "SE", "ship_country": "NO", "cancelled_by": nil,
		"items": fmt.Sprintf(`[{"id":1,"product_line":%q,"quantity":2}]`, first.Items[0].ProductLine),
	}
	t.insert(ordersTable, events.OrderPlaced, first, r)
	at := placed
	later := func(low, high int) events.Event {
		at += t.hours(low, high)
		e.OccurredAt = at
		return e
	}
	if first.Pending {
		if t.chance(0.3) {
			return // It is never paid.
		}
		t.update(ordersTable, events.OrderConfirmed, later(1, 9), r, row{"status": "paid"})
	}
	if t.chance(0.2) {
		amended := later(1, 9)
		amended.ShipBy, amended.DeliverBy = first.ShipBy+24*hour, first.DeliverBy
		t.update(ordersTable, events.OrderAmended, amended, r, row{"ship_by": zoned(amended.ShipBy)})
	}
	if t.chance(0.1) {
		cancelled := later(1, 30)
		cancelled.CancelledBy, cancelled.Reason = []events.Party{events.Seller, events.Buyer}[t.random.IntN(2)], events.OtherReason
		t.update(ordersTable, events.OrderCancelled, cancelled, r, row{"status": "cancelled", "cancelled_by": cancelled.CancelledBy.String()})
		return
	}
	t.shipment(n, later, r)
}

// shipment makes up what happens to an order's parcel, and whether the order is refunded then.
func (t *Tables) shipment(n int, later func(low, high int) events.Event, order row) {
	shipped := later(5, 60)
	shipped.PartID, shipped.Carrier, shipped.TrackingID = fmt.Sprint(7000+n), given("s10"), given(market.S10(t.random))
	r := row{
		"id": 7000 + n, "order_id": 1000 + n, "seller_id": shipped.SellerID, "carrier": "S10", "tracking_number": shipped.TrackingID.Value,
		"shipped_at": shipped.OccurredAt * 1000, "delivered_at": nil,
	}
	t.insert(shipmentsTable, events.ShipmentConfirmed, shipped, r)
	if t.chance(0.2) {
		mended := later(1, 5)
		mended.PartID, mended.Carrier, mended.TrackingID = shipped.PartID, given("ups"), given("1Z5R89390357567127")
		t.update(shipmentsTable, events.ShipmentTrackingUpdated, mended, r, row{"carrier": "UPS", "tracking_number": mended.TrackingID.Value})
	}
	if t.chance(0.9) {
		delivered := later(20, 150)
		delivered.PartID = shipped.PartID
		t.update(shipmentsTable, events.ShipmentDelivered, delivered, r, row{"delivered_at": delivered.OccurredAt})
	}
	if t.chance(0.1) {
		t.update(ordersTable, events.OrderRefunded, later(1, 200), order, row{"status": "refunded"})
	}
}

func given(text string) events.Text { return events.Text{Value: text, Given: true} }

// zoned is an instant as io.debezium.time.ZonedTimestamp.
func zoned(at events.Millis) string {
	return time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000000Z")
}

func (t *Tables) insert(to *table, kind events.Kind, e events.Event, r row) {
	t.update(to, kind, e, r, nil)
}

// update sets columns of a row; nil inserts it.
func (t *Tables) update(of *table, kind events.Kind, e events.Event, r, columns row) {
	c := change{table: of, event: e}
	c.event.Kind, c.event.Topic = kind, kind.Topic()
	c.event.EventID = fmt.Sprintf("t%d", len(t.changes))
	if columns != nil {
		c.before = maps.Clone(r)
	}
	maps.Copy(r, columns)
	if of == ordersTable {
		r["updated_at"] = zoned(e.OccurredAt)
	}
	c.after = maps.Clone(r)
	t.changes = append(t.changes, c)
}

// Debezium is what its connector writes of the tables' changes: of those up to an instant a snapshot of the rows, then each change; in the end the oldest
// hundred rows of each table are deleted. By table, each record a document of JSON with its schema.
func (t *Tables) Debezium(snapshot events.Millis) map[string][]Record {
	topics, rows := map[string][]Record{}, map[*table][]row{}
	write := func(of *table, op string, at events.Millis, before, after row) {
		topics[of.name] = append(topics[of.name], of.record(op, at, before, after))
	}
	started := false
	begin := func() {
		for of, all := range rows {
			for _, r := range all {
				write(of, "r", snapshot, nil, r)
			}
		}
		started = true
	}
	for _, c := range t.changes {
		if !started && c.event.OccurredAt > snapshot {
			begin()
		}
		i := slices.IndexFunc(rows[c.table], func(r row) bool { return r["id"] == c.after["id"] })
		if i < 0 {
			rows[c.table] = append(rows[c.table], c.after)
		} else {
			rows[c.table][i] = c.after
		}
		switch {
		case started && c.before == nil:
			write(c.table, "c", c.event.OccurredAt, nil, c.after)
		case started:
			write(c.table, "u", c.event.OccurredAt, c.before, c.after)
		}
	}
	end := t.changes[len(t.changes)-1].event.OccurredAt
	for of, all := range rows {
		for _, r := range all[:min(100, len(all))] {
			write(of, "d", end, r, nil)
			topics[of.name] = append(topics[of.name], Record{Key: of.key(r)})
		}
	}
	return topics
}

func document(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // It is made here.
	}
	return b
}
