package oracle

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

const olist = "../../../shared/data/olist"

// olistEvent is a line of the real orders' events, with the fields that they use.
type olistEvent struct {
	Topic      string    `json:"topic"`
	Kind       string    `json:"kind"`
	EventID    string    `json:"event_id"`
	OccurredAt time.Time `json:"occurred_at"`
	SellerID   string    `json:"seller_id"`
	OrderID    string    `json:"order_id"`
	OrderDate  time.Time `json:"order_date"`
	Channel    string    `json:"channel"`
	Pending    bool      `json:"pending"`
	Items      []struct {
		ItemID      string `json:"item_id"`
		ProductLine string `json:"product_line"`
		Quantity    int32  `json:"quantity"`
	} `json:"items"`
	ShipBy           *time.Time `json:"ship_by"`
	DeliverBy        *time.Time `json:"deliver_by"`
	CancelledBy      string     `json:"cancelled_by"`
	RequestedByBuyer bool       `json:"requested_by_buyer"`
	Reason           string     `json:"reason"`
	ShipmentID       string     `json:"shipment_id"`
	Carrier          *string    `json:"carrier"`
	TrackingID       *string    `json:"tracking_id"`
	FeedbackID       string     `json:"feedback_id"`
	Rating           int32      `json:"rating"`
}

var (
	olistTopics = map[string]events.Topic{"orders": events.Orders, "shipments": events.Shipments, "feedback": events.Feedback}
	olistKinds  = map[string]events.Kind{
		"orders PLACED": events.OrderPlaced, "orders CANCELLED": events.OrderCancelled,
		"shipments CONFIRMED": events.ShipmentConfirmed, "shipments SCANNED": events.ShipmentScanned,
		"shipments DELIVERED": events.ShipmentDelivered, "feedback LEFT": events.FeedbackLeft,
	}
	olistParties = map[string]events.Party{"SELLER": events.Seller, "BUYER": events.Buyer, "MARKETPLACE": events.Marketplace}
	olistReasons = map[string]events.Reason{
		"OUT_OF_STOCK": events.OutOfStock, "BUYER_REQUEST": events.BuyerRequest,
		"SHIP_CONFIRMATION_MISSING": events.ShipConfirmationMissing, "OTHER": events.OtherReason,
	}
	olistChannels = map[string]events.Channel{"MFN": events.MFN, "AFN": events.AFN}
)

func (e *olistEvent) event() events.Event {
	event := events.Event{
		Topic: olistTopics[e.Topic], Kind: olistKinds[e.Topic+" "+e.Kind], EventID: e.EventID, OccurredAt: e.OccurredAt.UnixMilli(),
		SellerID: e.SellerID, OrderID: e.OrderID, PartID: e.ShipmentID + e.FeedbackID, OrderDate: e.OrderDate.UnixMilli(),
		Channel: olistChannels[e.Channel], Pending: e.Pending, ShipBy: olistInstant(e.ShipBy), DeliverBy: olistInstant(e.DeliverBy),
		CancelledBy: olistParties[e.CancelledBy], RequestedByBuyer: e.RequestedByBuyer, Reason: olistReasons[e.Reason],
		Carrier: olistText(e.Carrier), TrackingID: olistText(e.TrackingID), Rating: e.Rating,
	}
	for _, line := range e.Items {
		event.Items = append(event.Items, events.Item{ItemID: line.ItemID, ProductLine: line.ProductLine, Quantity: line.Quantity})
	}
	return event
}

func olistInstant(at *time.Time) events.Millis {
	if at == nil {
		return events.None
	}
	return at.UnixMilli()
}

func olistText(s *string) events.Text {
	if s == nil {
		return events.Text{}
	}
	return events.Text{Value: *s, Given: true}
}

// s10Valid is enough of the rules of postal ids for these orders, whose ids are all of one country.
func s10Valid(carrier, id string) bool {
	if carrier != "s10" || !regexp.MustCompile(`^[A-Z]{2}[0-9]{9}BR$`).MatchString(id) {
		return false
	}
	sum := 0
	for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += weight * int(id[2+i]-'0')
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return int(id[10]-'0') == check
}

// readOlist gives each line of a file of real orders to a function.
func readOlist[T any](t *testing.T, name string, each func(*T)) {
	t.Helper()
	file, err := os.Open(filepath.Join(olist, name))
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("the real orders are not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var value T
		if err := json.Unmarshal(lines.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
		each(&value)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// olistRecords are the real events before March 2018, as they lie in topics of one partition.
func olistRecords(t *testing.T) (logs [6][]Record) {
	t.Helper()
	before := time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC)
	readOlist(t, "events.jsonl.gz", func(e *olistEvent) {
		if !e.OccurredAt.Before(before) {
			return
		}
		event := e.event()
		log := &logs[event.Topic]
		*log = append(*log, Record{
			Topic: event.Topic, Offset: int64(len(*log)), Timestamp: event.OccurredAt, Key: []byte(event.SellerID), Event: event,
		})
	})
	return logs
}

type olistReport struct {
	SellerID string    `json:"seller_id"`
	AsOf     time.Time `json:"as_of"`
	Rules    map[string]struct {
		Numerator   int    `json:"numerator"`
		Denominator int    `json:"denominator"`
		State       string `json:"state"`
	} `json:"rules"`
	Metrics map[string][2]int `json:"metrics"`
}

type olistAlert struct {
	AlertID       string    `json:"alert_id"`
	Kind          string    `json:"kind"`
	SellerID      string    `json:"seller_id"`
	Rule          string    `json:"rule"`
	State         string    `json:"state"`
	PreviousState string    `json:"previous_state"`
	AsOf          time.Time `json:"as_of"`
	Numerator     int       `json:"numerator"`
	Denominator   int       `json:"denominator"`
	Cause         string    `json:"cause"`
}

func TestRealOrders(t *testing.T) {
	r := Run(Merge(olistRecords(t), 0), Options{ValidTracking: s10Valid})
	late := []DeadLetter{ // Ratings left over 120 days after the order.
		{Topic: events.Feedback, Offset: 1532, Reason: Expired}, {Topic: events.Feedback, Offset: 1664, Reason: Expired},
	}
	if !slices.Equal(r.DeadLetters, late) {
		t.Errorf("dead letters %+v, want %+v", r.DeadLetters, late)
	}
	t.Run("reports", func(t *testing.T) { checkOlistReports(t, r) })
	t.Run("alerts", func(t *testing.T) { checkOlistAlerts(t, r) })
}

func checkOlistReports(t *testing.T, r *Result) {
	var sellers []string
	readOlist(t, "report-2018-03-01.jsonl.gz", func(want *olistReport) {
		sellers = append(sellers, want.SellerID)
		got := r.Report(want.SellerID)
		if got.AsOf != want.AsOf.UnixMilli() {
			t.Errorf("%s: as of %d, want %d", want.SellerID, got.AsOf, want.AsOf.UnixMilli())
		}
		if len(got.Rules) != len(want.Rules) {
			t.Errorf("%s: %d rules, want %d", want.SellerID, len(got.Rules), len(want.Rules))
		}
		for _, rule := range got.Rules {
			w := want.Rules[rule.Rule]
			if rule.Numerator != w.Numerator || rule.Denominator != w.Denominator || string(rule.State) != w.State {
				t.Errorf("%s %s: %d of %d %s, want %+v", want.SellerID, rule.Rule, rule.Numerator, rule.Denominator, rule.State, w)
			}
		}
		checkOlistMetrics(t, &got, want)
	})
	if !slices.Equal(sellers, r.Sellers()) {
		t.Errorf("%d sellers, want %d, or others", len(r.Sellers()), len(sellers))
	}
}

func checkOlistMetrics(t *testing.T, got *Report, want *olistReport) {
	totals := 0
	for _, m := range got.Metrics {
		if m.ProductLine != nil {
			continue
		}
		totals++
		name := fmt.Sprintf("%s/%dd/%s", m.Metric, m.Window.Days, m.Channel)
		if counts, ok := want.Metrics[name]; !ok || counts != [2]int{m.Numerator, m.Denominator} {
			t.Errorf("%s %s: %d of %d, want %v", want.SellerID, name, m.Numerator, m.Denominator, counts)
		}
	}
	if totals != len(want.Metrics) {
		t.Errorf("%s: %d metrics, want %d", want.SellerID, totals, len(want.Metrics))
	}
}

func checkOlistAlerts(t *testing.T, r *Result) {
	want, busiest := map[string][]olistAlert{}, map[string]bool{}
	readOlist(t, "alerts-2018-03-01.jsonl.gz", func(a *olistAlert) {
		a.AsOf = a.AsOf.UTC()
		want[a.SellerID+"/"+a.Rule] = append(want[a.SellerID+"/"+a.Rule], *a)
		busiest[a.SellerID] = true
	})
	got := map[string][]olistAlert{}
	for _, a := range r.Alerts {
		if !busiest[a.SellerID] {
			continue
		}
		cause := a.Cause.EventID
		if a.Cause.Kind != CauseEvent {
			cause = a.Cause.Kind
		}
		got[a.SellerID+"/"+a.Rule] = append(got[a.SellerID+"/"+a.Rule], olistAlert{
			a.AlertID, a.Kind, a.SellerID, a.Rule, string(a.State), string(a.PreviousState), time.UnixMilli(a.AsOf).UTC(), a.Numerator, a.Denominator, cause,
		})
	}
	for key := range got {
		if want[key] == nil {
			t.Errorf("%s: %d alerts, want none", key, len(got[key]))
		}
	}
	for key := range want {
		if !slices.Equal(got[key], want[key]) {
			t.Errorf("%s:\n got %+v\nwant %+v", key, got[key], want[key])
		}
	}
}
