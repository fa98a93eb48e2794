package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// Without a state the pages and the API tell where sellers stand, and that what is behind that is elsewhere; no processor need run.
func TestServePublished(t *testing.T) {
	o := optionsOf(t)
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, enginetest.MarketLog(5, 60)); err != nil {
		t.Fatal(err)
	}
	bounded := o
	bounded.Listen, bounded.Worker.UntilEnd = "", true
	service, err := New(t.Context(), bounded)
	if err == nil {
		err = service.Run(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	at, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- ServePublished(ctx, o, func(address string) { at <- address }) }()
	var address string
	select {
	case address = <-at:
	case err := <-done:
		t.Fatal(err)
	}
	ask := func(path string) (int, string) {
		response, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	enginetest.Eventually(t, "it has read what was published", func() bool { status, _ := ask("/readyz"); return status == http.StatusOK })
	seller := ""
	for _, e := range enginetest.MarketLog(5, 60) {
		if e.Topic == events.Orders {
			seller = e.SellerID
		}
	}
	for path, want := range map[string]string{
		"/": "data-row", "/sellers": seller, "/api/v1/sellers": `"` + seller + `"`, "/sellers/" + seller: "another process has them", "/api/v1/sellers/" + seller: `"status"`,
	} {
		if status, body := ask(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is %d %s, want %q in it", path, status, body, want)
		}
	}
	if status, body := ask("/api/v1/sellers/" + seller + "/rules"); status != http.StatusServiceUnavailable {
		t.Errorf("what only a state tells is %d %s", status, body)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Topics that are not there are named.
func TestServePublishedWithoutTopics(t *testing.T) {
	o := optionsOf(t)
	o.Worker.Topics.Alerts = "nowhere"
	err := ServePublished(t.Context(), o, func(string) { t.Error("it serves") })
	if err == nil || !strings.Contains(err.Error(), `"nowhere" does not exist`) {
		t.Errorf("error %v, want that the topic does not exist", err)
	}
}
