package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// On a stream that is broken off one gets to every further alert once; from the list of sellers to a seller, to the orders behind its numbers, to one of them, to its
// events, and to the alert of the breach, whatever the broker is.
func TestTheWholePath(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		all := random(1, 900)
		m := newMarketOn(t, broker, all[:450])
		m.resumes(all[450:])
		s, _ := m.open(nil)
		list := get200[struct {
			Sellers []struct {
				SellerID string `json:"seller_id"`
			}
		}](s, "/sellers?state=BREACHED", "Sellers")
		if len(list.Sellers) == 0 {
			t.Fatal("no seller has a breach: the test tests little")
		}
		orders := 0
		for _, seller := range list.Sellers {
			orders += m.follows(s, "/sellers/"+segment(seller.SellerID))
		}
		if orders < 5 {
			t.Errorf("%d orders are too few", orders)
		}
		m.forgets(broker, s, list.Sellers[0].SellerID)
	})
}

// follows goes the path below a seller, and tells how many orders it has come to.
func (m *market) follows(s *site, path string) (orders int) {
	m.t.Helper()
	sent := map[string]bool{}
	for i := range m.events {
		sent[string(events.AppendJSON(nil, &m.events[i], true))] = true
	}
	report := get200[Report](s, path, "Report")
	for _, r := range report.Rules {
		if r.State != "BREACHED" {
			continue
		}
		page := get200[inspect.Orders](s, path+"/orders?limit=500&rule="+escaped(r.Rule), "Orders")
		if page.Numbers.Numerator != r.Numerator || len(page.Orders) == 0 {
			m.t.Errorf("%s: %d orders of %s, %+v; the report has %d", path, len(page.Orders), r.Rule, page.Numbers, r.Numerator)
		}
		for _, line := range page.Orders {
			order := get200[inspect.Order](s, path+"/orders/"+segment(line.OrderID), "Order")
			m.checkEvents(s, path, &order, sent)
			orders++
		}
		m.alerted(s, report.SellerID, r.Rule)
	}
	return orders
}

// checkEvents demands the events behind an order to be some of those that were sent, in the order of time.
func (m *market) checkEvents(s *site, path string, order *inspect.Order, sent map[string]bool) {
	m.t.Helper()
	behind := get200[ask.OrderEvents](s, path+"/orders/"+segment(order.OrderID)+"/events", "OrderEvents")
	if behind.Head != order.Head || behind.OrderID != order.OrderID || len(behind.Events) != len(order.Row.Events) || behind.Omitted != 0 {
		m.t.Errorf("behind %q of %s: %+v, the order has %d", order.OrderID, path, behind, len(order.Row.Events))
	}
	for i, e := range behind.Events {
		if e.Missing != nil || !sent[string(e.Event)] || i > 0 && *e.OccurredAt < *behind.Events[i-1].OccurredAt {
			m.t.Errorf("event %d behind %q of %s: %s %s; want one that was sent, in the order of time", i, order.OrderID, path, textOf(e.Missing), e.Event)
		}
	}
}

// alerted demands the last alert of a breached rule to be that it was breached, with orders that can be asked for.
func (m *market) alerted(s *site, seller, rule string) {
	m.t.Helper()
	page := get200[struct {
		Alerts []struct {
			AlertID string `json:"alert_id"`
		}
	}](s, "/alerts?limit=1&seller="+escaped(seller)+"&rule="+escaped(rule), "Alerts")
	if len(page.Alerts) != 1 {
		m.t.Fatalf("%q has no alert of %s", seller, rule)
	}
	why := get200[struct {
		Alert struct {
			State    string
			OrderIDs []string `json:"order_ids"`
		}
		Behind *inspect.Behind
	}](s, "/alerts/"+segment(page.Alerts[0].AlertID), "Why")
	if why.Alert.State != "BREACHED" || len(why.Alert.OrderIDs) == 0 || why.Behind == nil {
		m.t.Errorf("%s: %+v", page.Alerts[0].AlertID, why)
	}
}

// resumes follows a stream that is broken off again and again while events come in.
func (m *market) resumes(more []events.Event) {
	m.t.Helper()
	v, _ := m.follow(view.Options{})
	s := serve(m.t, Options{View: v})
	m.apply(nil) // A worker that begins waits until what the one before has committed can be read.
	_, before := m.published()
	stream := s.stream("")
	m.apply(more)
	m.events = append(m.events, more...)
	m.apply(nil)
	_, after := m.published()
	left := len(after) - len(before)
	if left < 10 {
		m.t.Fatalf("%d further alerts are too few", left)
	}
	var got []string
	for left > 0 {
		n := min(left, 3)
		got, left = append(got, stream.alerts(n)...), left-n
		stream.close()
		stream = s.stream(stream.last)
	}
	want := textsOf(after)
	for _, text := range textsOf(before) {
		i := slices.Index(want, text)
		want = slices.Delete(want, i, i+1)
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		m.t.Errorf("the streams had %d alerts, want these %d:\n%s", len(got), len(want), strings.Join(want, "\n"))
	}
}

// forgets deletes the events of a seller: then that is what is said of each.
func (m *market) forgets(broker *brokertest.Broker, s *site, seller string) {
	m.t.Helper()
	to := kadm.Offsets{}
	for _, topic := range m.topics.Inputs {
		for p := range int32(partitions) {
			to.AddOffset(topic, p, -1, -1)
		}
	}
	if deleted, err := brokertest.Admin(m.t, broker).DeleteRecords(m.t.Context(), to); err != nil || deleted.Error() != nil {
		m.t.Fatal(err, deleted.Error())
	}
	path := "/sellers/" + segment(seller) + "/orders"
	page := get200[inspect.Orders](s, path+"?limit=1", "Orders")
	for _, line := range page.Orders {
		behind := get200[ask.OrderEvents](s, path+"/"+segment(line.OrderID)+"/events", "OrderEvents")
		for _, e := range behind.Events {
			if e.Missing == nil || *e.Missing != ask.Deleted || e.Offset == nil || e.Event != nil && string(e.Event) != "null" {
				m.t.Errorf("once deleted: %+v", e)
			}
		}
		if len(behind.Events) == 0 {
			m.t.Errorf("%q: nothing is said of its events", line.OrderID)
		}
	}
}

// Where Kafka does not answer that is said, and the order itself is told.
func TestEventsThatCannotBeRead(t *testing.T) {
	m := newMarket(t, random(1, 100))
	states := m.states()
	v, _ := m.follow(view.Options{})
	s := serve(t, Options{View: v, Of: states.Of, Events: func(context.Context, *inspect.Order) (*ask.OrderEvents, error) { return nil, errors.New("no broker") }})
	var list struct {
		Orders []struct {
			OrderID string `json:"order_id"`
		}
	}
	if err := json.Unmarshal(s.ask("/sellers/S1/orders").body, &list); err != nil || len(list.Orders) == 0 {
		t.Fatal(err, list)
	}
	path := "/sellers/S1/orders/" + segment(list.Orders[0].OrderID)
	if a := s.ask(path); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if p := s.problem(path+"/events", http.StatusServiceUnavailable); !strings.Contains(p.Detail, "in Kafka, which does not answer: ask again in a while (no broker)") {
		t.Errorf("%+v", p)
	}
}
