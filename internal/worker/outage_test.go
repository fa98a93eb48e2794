package worker

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// The broker is away for longer than any call waits: the service goes on trying, says so once a task, and goes on from where it was.
func TestAnOutageOfTheBrokerEndsNothing(t *testing.T) {
	broker, nodes := brokertest.Cluster(t, 1, nil)
	all := sortedMarket(8, 30)
	s := newFixture(t, broker, 2)
	s.produce(all[:len(all)/2])
	client, err := stream.Dial(t.Context(), stream.Options{
		Brokers: broker.Addresses, ClientID: "service", RetryTimeout: 3 * time.Second, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	log := enginetest.NewLines()
	w := s.workWith(broker, func(o *Options) { o.Client, o.Clock, o.Logger = client, longAgo, slog.New(log) })
	s.awaitRead()
	nodes.Kill(0)
	failed := func() int { return int(testutil.ToFloat64(w.worker.metrics.reacquired)) }
	enginetest.Eventually(t, "tasks failed more than once", func() bool { return failed() >= 4 })
	if err := nodes.Restart(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s.produce(all[len(all)/2:])
	s.awaitRead()
	w.stop()
	// The broker may be there and away again while it starts; each such change is told, no try is.
	interrupted, goesOn := log.Of("task is interrupted: trying again until it can go on"), log.Of("task goes on")
	if interrupted < 2 || interrupted >= failed() || goesOn != interrupted {
		t.Errorf("two tasks said %d times that they were interrupted and %d times that they go on, after %d failures", interrupted, goesOn, failed())
	}
	checkNumbers(t, s.alerts())
	one := market(t, broker, "one", 2, all)
	if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
}
