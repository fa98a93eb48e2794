package app

import (
	"context"
	"time"

	"sellerpulse/pkg/outputs"
	"sellerpulse/schemas"
)

// RegistryWithin is how long a start waits for a schema registry that does not answer.
const RegistryWithin = 30 * time.Second

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
	a.registry.MustRegister(client)
	if a.server != nil {
		a.server.schemas.Store(client)
	}
	return nil
}
