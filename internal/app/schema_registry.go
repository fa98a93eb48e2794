package app

import (
	"context"
	"time"

	"sellerpulse/internal/registry"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/schemas"
)

// RegistryWithin is how long a start waits for a schema registry that does not answer.
const RegistryWithin = 30 * time.Second

// InputEncoder writes events of the inputs with the ids that a registry has of our schemas, which is waited for. Without a registry it writes
// single-object encoding.
func InputEncoder(ctx context.Context, client *registry.Client, topics task.Topics) (events.Encoder, error) {
	if client == nil {
		return events.Encoder{}, nil
	}
	var ids [events.NumTopics]uint32
	for topic, name := range topics.Inputs {
		var err error
		if ids[topic], err = client.ID(ctx, name, schemas.Text(events.Topic(topic).String()), RegistryWithin); err != nil {
			return events.Encoder{}, err
		}
	}
	return events.Encoder{SchemaIDs: &ids}, nil
}

// useRegistry has values read by the schema registry, and written with its ids, where there is one.
func (a *App) useRegistry(ctx context.Context) error {
	client, w := a.options.SchemaRegistry, &a.options.Worker
	if client == nil {
		return nil
	}
	var ids outputs.SchemaIDs
	for _, output := range []struct {
		topic, schema string
		id            *uint32
	}{{w.Topics.Alerts, "alerts", &ids.Alert}, {w.Topics.SellerHealth, "seller_report", &ids.Report}} {
		var err error
		if *output.id, err = client.ID(ctx, output.topic, schemas.Text(output.schema), RegistryWithin); err != nil {
			return err
		}
	}
	w.Schema, w.Encoder = client.Schema, outputs.Encoder{SchemaIDs: &ids}
	a.watchSchemas()
	return nil
}

// watchSchemas has the metrics and the readiness tell of the schema registry, where there is one.
func (a *App) watchSchemas() {
	client := a.options.SchemaRegistry
	if client == nil {
		return
	}
	a.registry.MustRegister(client)
	if a.server != nil {
		a.server.schemas.Store(client)
	}
}
