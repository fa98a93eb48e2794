package app

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// The service answers under /api/v1, whatever an id is, and its streams end with it.
func TestServiceAnswersPrograms(t *testing.T) {
	o := optionsOf(t)
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	awaitReady(t, a)
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var all []events.Event
	for i, id := range []string{"S1", "..", "/", "a/b"} {
		at := enginetest.Noon.UnixMilli() + int64(i)
		all = append(all, events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", OccurredAt: at, SellerID: id, OrderID: id, OrderDate: at, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None,
		})
	}
	if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, all); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/sellers/S1", "/sellers/..", "/sellers/%2F", "/sellers/a%2Fb"} {
		awaitBody(t, a, "/api/v1"+path, `"status":"ACTIVE"`)
	}
	awaitBody(t, a, "/api/v1/sellers/../orders/..", `"order_id":".."`) // The state is there from the first checkpoint on.
	awaitBody(t, a, "/api/v1/sellers", `"total":4,`)
	for path, want := range map[string]string{
		"/api/v1/tasks": `"phase":"running"`, "/api/v1/rules": `"rule":"odr"`, "/api/v1/overview": `"version":"test"`, "/api/v1/openapi.json": `"openapi": "3.1.0"`,
		"/metrics": `sellerpulse_memory_bytes{part="published"}`,
	} {
		if status, body := get(t, a, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is %d %.300q, want %q in it", path, status, body, want)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Address()+"/api/v1/alerts/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	begun := bufio.NewReader(response.Body)
	if line, err := begun.ReadString('\n'); err != nil || !strings.HasPrefix(line, "retry: ") {
		t.Fatalf("the stream begins with %q, error %v", line, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if rest, err := io.ReadAll(begun); err != nil || !strings.Contains(string(rest), "event: end\ndata: {") {
		t.Errorf("the stream ends with %q, error %v", rest, err)
	}
}
