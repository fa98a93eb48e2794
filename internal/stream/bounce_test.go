package stream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/test/brokertest"
)

func TestABrokerThatIsKilledAndRestarted(t *testing.T) {
	broker, nodes := brokertest.Cluster(t, 1, nil)
	client := dial(t, broker)
	tp := TopicPartition{broker.Prefix + "t", 0}
	createTopic(t, client, tp.Topic, 1)
	producer := openIdempotent(t, client)
	produce := func(ctx context.Context, value string) error {
		_, err := producer.Produce(ctx, []Output{output(tp, value)})
		return err
	}
	if err := produce(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	id := broker.Prefix + "0"
	transactional := open(t, client, id)
	if _, err := transactional.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "committed")}}); err != nil {
		t.Fatal(err)
	}
	abandon(t, transactional, Commit{Outputs: []Output{output(tp, "lost")}})

	nodes.Kill(0)
	group, ctx := errgroup.WithContext(t.Context())
	group.Go(func() error { return produce(ctx, "while it is down") })
	if err := nodes.Restart(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, client, id).Commit(t.Context(), Commit{Outputs: []Output{output(tp, "after")}}); err != nil {
		t.Fatal(err)
	}
	if got, want := readAll(t, client, tp), []string{"before", "committed", "while it is down", "after"}; !slices.Equal(got, want) {
		t.Fatalf("read %q, want %q", got, want)
	}
}

func mustBeUnreachable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrUnreachable) {
		t.Errorf("error %v, want ErrUnreachable", err)
	}
}

func TestAnOutageThatLastsIsToldAsOne(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	client, err := Dial(t.Context(), Options{Brokers: broker.Addresses, RetryTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tp := TopicPartition{"t", 0}
	createTopic(t, client, tp.Topic, 1)
	producer := openIdempotent(t, client)
	cluster.Close()
	fetcher := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: tp}}})
	_, fetching := fetcher.Fetch(t.Context(), nil)
	_, producing := producer.Produce(t.Context(), []Output{output(tp, "v")})
	_, describing := client.Topics(t.Context(), []string{"t"})
	for _, err := range []error{fetching, producing, describing} {
		mustBeUnreachable(t, err)
	}
	mustBeUnreachable(t, client.RunGroup(t.Context(), groupOptions("g", "only", "t"), nothing))
}
