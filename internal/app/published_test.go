package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// servePublished serves what is published until the test ends, and tells where.
func servePublished(t *testing.T, o Options) (address string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	at, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- ServePublished(ctx, o, func(address string) { at <- address }) }()
	select {
	case address = <-at:
	case err := <-done:
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return address
}

// getAt asks for a path at an address.
func getAt(t *testing.T, address, path string) (status int, body string) {
	t.Helper()
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

// Without a state the pages and the API tell where sellers stand, and that no process runs that could tell what is behind that. Once some do they are asked,
// and when they have gone it says so again.
func TestServePublished(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		o := optionsOn(t, broker)
		client, err := stream.Dial(t.Context(), o.Kafka)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		sellers := []string{"S1", "S2", "S3", "a/b"} // in both partitions
		if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, cancelled(sellers)); err != nil {
			t.Fatal(err)
		}
		bounded := o
		bounded.Listen, bounded.Worker.UntilEnd = "", true
		service, err := New(t.Context(), bounded)
		if err == nil {
			err = errors.Join(service.Run(t.Context()), service.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		address := servePublished(t, o)
		await := func(what string, path string, wants int, want string) {
			t.Helper()
			enginetest.Eventually(t, what, func() bool {
				status, body := getAt(t, address, path)
				return status == wants && strings.Contains(body, want)
			})
		}
		await("it has read what was published", "/readyz", http.StatusOK, "")
		await("it has looked at the group", "/api/v1/partitions", http.StatusOK, "no process of the application runs")
		for path, want := range map[string]string{
			"/": "data-row", "/sellers": "S1", "/api/v1/sellers": `"S1"`, "/sellers/S1": "no processor is known to run", "/api/v1/sellers/S1": `"status"`,
			"/alerts/S1%2Fcancellation%2F1": "no processor is known to run", "/api/v1/alerts/S1%2Fcancellation%2F1": `"behind":null`,
			"/system": "no process of the application runs",
		} {
			if status, body := getAt(t, address, path); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s is %d %s, want %q in it", path, status, body, want)
			}
		}
		if status, body := getAt(t, address, "/api/v1/sellers/S1/rules"); status != http.StatusServiceUnavailable || !strings.Contains(body, "start one with `processor run`") {
			t.Errorf("what only a state tells is %d %s", status, body)
		}

		t.Run("processors run", func(t *testing.T) {
			awaitDivision(t, running(t, o), running(t, o))
			for _, seller := range sellers {
				id := url.PathEscape(seller)
				await("it asks who has the state of "+seller, "/api/v1/sellers/"+id+"/rules", http.StatusOK, `"rule":"cancellation"`)
				await("it shows what is behind an alert of "+seller, "/alerts/"+id+"%2Fcancellation%2F1", http.StatusOK, "cancelled by the seller")
				if status, body := getAt(t, address, "/sellers/"+id); status != http.StatusOK || strings.Contains(body, "not at hand") {
					t.Errorf("the page of %s is %d %s", seller, status, body)
				}
			}
			for _, path := range []string{"/api/v1/tasks/0", "/api/v1/tasks/1"} {
				await("it asks for "+path, path, http.StatusOK, `"phase":"running"`)
			}
			await("it tells who works", "/system", http.StatusOK, "<strong>2 / 2</strong>")
		})
		await("it tells that they have gone", "/api/v1/partitions", http.StatusOK, "no process of the application runs")
		await("the pages tell it too", "/sellers/S1", http.StatusOK, "no processor is known to run")
	})
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
