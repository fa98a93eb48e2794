package registry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/registrytest"
)

// Registries that are not ours to make do the same: ours are registered, looked up and read back.
func TestOnRegistries(t *testing.T) {
	registrytest.Each(t, func(t *testing.T, r *registrytest.Registry) {
		ctx, topic := t.Context(), registrytest.Subject(t, "orders")
		c := client(t, Options{URLs: []string{r.URL}, Patience: time.Nanosecond})
		locked := client(t, Options{URLs: []string{r.URL}, Locked: true})
		if _, err := locked.ID(ctx, topic, schemas.Text("orders"), time.Minute); !errors.Is(err, ErrAbsent) {
			t.Errorf("where it is locked: %v", err)
		}
		id, err := c.ID(ctx, topic, schemas.Text("orders"), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := locked.ID(ctx, topic, schemas.Text("orders"), time.Minute); again != id || err != nil {
			t.Errorf("looked up: %d, %v, want %d", again, err, id)
		}
		if text, err := c.Schema(id); err != nil || !sameForm(text, schemas.Text("orders")) {
			t.Errorf("read back: %s, %v", text, err)
		}
		for range 2 { // First it might come.
			if _, err := c.Schema(1 << 30); err == nil {
				t.Error("an id that there is not has a schema")
			}
		}
		if _, err := c.Await(ctx, time.Minute)(1 << 30); !errors.Is(err, events.ErrUnknownSchema) {
			t.Errorf("an id that there is not: %v", err)
		}
	})
}

// What a registry refuses by the compatibility that is set there is an error that says so.
func TestIncompatibleOnApicurio(t *testing.T) {
	r := registrytest.Apicurio(t)
	ctx, topic := t.Context(), registrytest.Subject(t, "feedback")
	c := client(t, Options{URLs: []string{r.URL}})
	if _, err := c.rest.RegisterSchema(ctx, topic+"-value", sr.Schema{Schema: `{"type":"record","name":"sellerpulse.Feedback","fields":[{"name":"stars","type":"int"}]}`}, -1, -1); err != nil {
		t.Fatal(err)
	}
	for _, result := range c.rest.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatFull}, topic+"-value") {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	_, err := c.ID(ctx, topic, schemas.Text("feedback"), time.Minute)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), topic+"-value") {
		t.Errorf("got %v", err)
	}
}
