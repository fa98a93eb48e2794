package app

import (
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/registry"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/enginetest"
)

// While the schema registry is away events by known schemas count, one by another waits, and the process says so; afterwards it counts too. An id that
// the registry does not know is a dead letter in the end.
func TestSchemaRegistryAway(t *testing.T) {
	fake, away := srfake.New(), new(atomic.Bool)
	t.Cleanup(fake.Close)
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		if away.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return away.Load()
	})
	const known, other, none = 501, 502, 503
	for _, id := range []int{known, other} {
		fake.SeedSchema("orders-value", id, id, sr.Schema{Schema: schemas.Text("orders")})
	}
	lines := enginetest.NewLines()
	o := optionsOf(t)
	client, err := registry.New(registry.Options{URLs: []string{fake.URL()}, Patience: time.Second, Logger: slog.New(lines)})
	if err != nil {
		t.Fatal(err)
	}
	o.SchemaRegistry, o.Worker.HealthInterval = client, 50*time.Millisecond
	a := running(t, o)
	send := sendingTo(t, &o)

	send("first", known)
	awaitBody(t, a, "/api/v1/sellers/first", `"seller_id":"first"`)
	away.Store(true)
	send("second", known)
	awaitBody(t, a, "/api/v1/sellers/second", `"seller_id":"second"`)
	send("third", other)
	awaitBody(t, a, "/readyz", "schema registry: it answers 500")
	if status, _ := get(t, a, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz is %d", status)
	}
	awaitBody(t, a, "/metrics", "sellerpulse_schema_registry_away 1")
	if _, body := get(t, a, "/metrics"); !strings.Contains(body, `sellerpulse_dead_letters_total{reason="undecodable"} 0`) {
		t.Errorf("there are dead letters: %s", body)
	}
	away.Store(false)
	awaitBody(t, a, "/api/v1/sellers/third", `"seller_id":"third"`)
	awaitBody(t, a, "/readyz", "ready")
	for _, line := range []string{"schema registry does not answer: schemas that are known are used, values of others wait", "schema registry answers again"} {
		if n := lines.Of(line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
	send("fourth", none)
	awaitBody(t, a, "/metrics", `sellerpulse_dead_letters_total{reason="undecodable"} 1`)
}

// sendingTo gives what sends an order of a seller with an id of its schema.
func sendingTo(t *testing.T, o *Options) func(seller string, id uint32) {
	t.Helper()
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return func(seller string, id uint32) {
		t.Helper()
		encoder := events.Encoder{SchemaIDs: &[events.NumTopics]uint32{events.Orders: id}}
		sender, err := feed.NewSender(t.Context(), feed.Options{Client: client, Topics: o.Worker.Topics, Partitions: 2, Encoder: encoder})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UnixMilli()
		sender.Add(&events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: seller, OccurredAt: now, SellerID: seller, OrderID: "O", OrderDate: now, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None,
		})
		if err := sender.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
