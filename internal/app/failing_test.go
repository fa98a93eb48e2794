package app

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A partition that has failed is said by readiness, by the tasks and by a metric, while the others run and the process lives; it stops in order.
func TestAFailedPartitionIsSaid(t *testing.T) {
	o := optionsOf(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(o.Kafka.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	moved := kadm.Offsets{}
	moved.AddOffset(o.Worker.Topics.Inputs[0], 1, 5, -1) // As if somebody had read without a state.
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), o.Worker.AppID, moved); err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	awaitBody(t, a, "/api/v1/tasks", `"partition":0,"phase":"running"`)
	awaitBody(t, a, "/api/v1/tasks", `"partition":1,"phase":"failed"`)
	status, body := get(t, a, "/readyz")
	if status != http.StatusServiceUnavailable || !strings.HasPrefix(body, "partition 1: failed: ") || !strings.Contains(body, "use another --app-id") || strings.Count(body, "\n") != 1 {
		t.Errorf("/readyz is %d %q", status, body)
	}
	for path, want := range map[string]string{
		"/livez": "alive", "/metrics": `sellerpulse_failed_partitions{role="owner"} 1`,
		"/api/v1/tasks": `"failure":{"role":"owner","at":null,"error":"group `,
	} {
		if status, body := get(t, a, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is %d %q, want %q in it", path, status, body, want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// awaitBody asks until the answer holds a text.
func awaitBody(t *testing.T, a *App, path, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for {
		_, body := get(t, a, path)
		if strings.Contains(body, want) {
			return
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			t.Fatalf("%s is %q, want %q in it", path, body, want)
		}
	}
}
