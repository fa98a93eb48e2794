package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// cancelled are the orders of [placed], and that their sellers cancelled them a minute later.
func cancelled(sellers []string) (all []events.Event) {
	all = placed(sellers)
	for i := range sellers {
		e := all[i]
		e.Kind, e.OccurredAt, e.OrderDate = events.OrderCancelled, e.OccurredAt+60_000, events.None
		e.CancelledBy, e.Reason = events.Seller, events.OutOfStock
		all = append(all, e)
	}
	return all
}

// Either of two processes tells what makes the orders of any alert count, by asking the other where that has the state.
func TestAnyProcessTellsWhatIsBehindAnAlert(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		o := optionsOn(t, broker)
		services := []*App{running(t, o), running(t, o)}
		awaitDivision(t, services...)
		client, err := stream.Dial(t.Context(), o.Kafka)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		sellers := []string{"S1", "S2", "S3", "a/b"}
		if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, cancelled(sellers)); err != nil {
			t.Fatal(err)
		}
		partitions := map[int32]bool{}
		for _, seller := range sellers {
			partitions[stream.PartitionFor([]byte(seller), 2)] = true
			id := "/alerts/" + url.PathEscape(seller+"/cancellation/1")
			for _, a := range services {
				awaitBody(t, a, "/api/v1"+id, `"fact":"seller_cancelled"`) // The state is there from the next checkpoint on.
				if status, body := get(t, a, id); status != http.StatusOK || !strings.Contains(body, "cancelled by the seller") {
					t.Errorf("the page of the alert of %s is %d %s", seller, status, body)
				}
			}
		}
		if len(partitions) != 2 {
			t.Errorf("the sellers are in partitions %v", partitions)
		}
	})
}
