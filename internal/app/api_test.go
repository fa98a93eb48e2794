package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/forward"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// Either of two processes answers about the state of any seller, by asking the other where that has it; and each lists all.
func TestAnyProcessAnswersAboutAnySeller(t *testing.T) {
	o := optionsOf(t)
	services := []*App{running(t, o), running(t, o)}
	awaitDivision(t, services...)
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sellers := []string{"S1", "S2", "..", "/", "a/b", "%2F"}
	if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, placed(sellers)); err != nil {
		t.Fatal(err)
	}
	by := map[string]bool{}
	for _, seller := range sellers {
		path := "/api/v1/sellers/" + url.PathEscape(seller)
		awaitBody(t, services[0], path+"/orders/O", `"order_id":"O"`)
		awaitBody(t, services[1], path, `"status":"ACTIVE"`)
		for _, below := range []string{"/rules", "/orders", "/orders/O", "/orders/O/events", "/orders/~?order=O", "/forecast", "/history?metric=claim_rate", fmt.Sprintf("?from=%s", time.Now().UTC().Format(time.DateOnly))} {
			for _, a := range services {
				if status, body := get(t, a, path+below); status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"seller_id":%q`, seller)) {
					t.Errorf("%s is %d %s", path+below, status, body)
				}
			}
			name := header(t, services[0], path+below, forward.AnsweredByHeader)
			if other := header(t, services[1], path+below, forward.AnsweredByHeader); name != other || name == "" {
				t.Errorf("%s is answered by %q and %q", path+below, name, other)
			}
			by[name] = true
		}
	}
	if len(by) != 2 {
		t.Errorf("all was answered by %v", by)
	}
	for _, a := range services {
		awaitBody(t, a, "/api/v1/sellers", fmt.Sprintf(`"total":%d,`, len(sellers)))
	}
}

// placed are orders that were placed two days ago, one of each seller.
func placed(sellers []string) (all []events.Event) {
	for i, id := range sellers {
		at := time.Now().AddDate(0, 0, -2).UnixMilli() + int64(i)
		all = append(all, events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", OccurredAt: at, SellerID: id, OrderID: "O", OrderDate: at, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None,
		})
	}
	return all
}

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
	if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, placed([]string{"S1", "..", "/", "a/b"})); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/sellers/S1", "/sellers/..", "/sellers/%2F", "/sellers/a%2Fb"} {
		awaitBody(t, a, "/api/v1"+path, `"status":"ACTIVE"`)
	}
	awaitBody(t, a, "/api/v1/sellers/../orders/O", `"seller_id":".."`) // The state is there from the first checkpoint on.
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
