package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/api"
	states "sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/pages"
	"sellerpulse/internal/web/survey"
	"sellerpulse/internal/worker"
)

// ServePublished serves the pages and the API without a state, from the output topics, until ctx ends: for those who keep people away from the processors. What
// only a state tells it asks of the processes of the group, which it finds by the group's description. Of the options it takes those of Kafka and of HTTP,
// and of the worker the application's id, the topics, the zone and the memory. listening is told where.
func ServePublished(ctx context.Context, o Options, listening func(address string)) (err error) {
	if o.Worker.Memory == nil {
		o.Worker.Memory = memory.NewMeter(memory.Default)
	}
	a := &App{options: o, log: o.Logger, cleanups: cleanups{log: o.Logger}, registry: newRegistry(o.Version), failed: make(chan error, 1), onlooks: true}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.listen(ctx); err != nil {
		return err
	}
	client, err := stream.Dial(ctx, o.Kafka)
	if err != nil {
		return err
	}
	a.cleanups.add("close connections", func() error { client.Close(); return nil })
	if err := a.checkOutputs(ctx, client); err != nil {
		return err
	}
	a.servePublished(client)
	listening(a.server.address())
	<-ctx.Done()
	return nil
}

// servePublished answers with the pages and the API from then on.
func (a *App) servePublished(client *stream.Client) {
	o, mux := &a.options, http.NewServeMux()
	group := worker.NewOnlooker(worker.OnlookerOptions{Client: client, Group: o.Worker.AppID, Hosts: ownHosts(), Logger: a.log})
	a.follow("stop looking at the group", func(ctx context.Context) error {
		group.Run(ctx)
		return nil
	})
	a.server.onlooker.Store(group)
	published, letters := a.followPublished(client)
	forward := forwarding{a.server.forward, group.Partitions, group.PartitionOf}
	nowhere := states.Without(func() error {
		if group.Partitions() == 0 {
			return fmt.Errorf("%w: %w", states.ErrNobody, group.Why())
		}
		return states.ErrElsewhere
	})
	all := survey.New(survey.Options{Count: group.Partitions, Peers: group.AllPeers, Why: group.Why, Ask: a.server.forward.Ask})
	api.Register(mux, api.Options{View: published, Of: nowhere.Of, Elsewhere: forward.elsewhere, Survey: all, Zone: o.Worker.Zone, Version: o.Version})
	pages.New(pages.Options{
		View: published, Letters: letters, States: nowhere, Forward: forward.page, Survey: all, Zone: o.Worker.Zone, Login: a.loginPath(), Version: o.Version, Logger: a.log, Clock: time.Now,
	}).Register(mux)
	a.server.published.Store(published)
	a.server.dashboard.Store(mux)
}

// ownHosts are the addresses of this machine.
func ownHosts() (hosts []string) {
	addresses, _ := net.InterfaceAddrs() // Without them no process is reached on loopback.
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok {
			hosts = append(hosts, network.IP.String())
		}
	}
	return hosts
}

// checkOutputs refuses outputs that are not there.
func (a *App) checkOutputs(ctx context.Context, client *stream.Client) error {
	topics := &a.options.Worker.Topics
	outputs := []string{topics.SellerHealth, topics.Alerts}
	found, err := client.Identify(ctx, outputs)
	if err != nil {
		return fmt.Errorf("look up topics: %w", err)
	}
	for _, topic := range outputs {
		if _, exists := found[topic]; !exists {
			return fmt.Errorf("topic %q does not exist: create all topics with `processor topics`, or name those of the processors with --topic-prefix", topic)
		}
	}
	return nil
}
