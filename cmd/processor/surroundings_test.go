package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

// Every command names a broker that advertises an address which leads nowhere, and the setting to change.
func TestEveryCommandNamesAnAdvertisedAddressThatLeadsNowhere(t *testing.T) {
	b, cluster := brokertest.EmbeddedCluster(t)
	cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := request.ResponseKind().(*kmsg.MetadataResponse)
		broker := kmsg.NewMetadataResponseBroker()
		broker.NodeID, broker.Host, broker.Port = 3, "kafka..nowhere", 9092
		answer.Brokers = append(answer.Brokers, broker)
		return answer, nil, true
	})
	environment := map[string]string{"SELLERPULSE_BROKERS": b.Addresses[0], "SELLERPULSE_STATE_DIR": t.TempDir()}
	for _, command := range []string{
		"topics", "topics --check", "run", "run --until-end", "produce", "alerts", "report --all",
		"backfill start x", "backfill list", "backfill status x", "backfill discard x --yes",
	} {
		got := callUntil(t.Context(), 200*time.Millisecond, environment, shop, strings.Fields(command)...)
		want := "kafka answers at " + b.Addresses[0] + ", but its broker 3 advertises the address kafka..nowhere:9092, which cannot be resolved from here"
		if got.code != exitFailed || !strings.Contains(got.stderr, want) || !strings.Contains(got.stderr, "set advertised.listeners") || !strings.HasPrefix(lastLine(got.stderr), "processor: ") {
			t.Errorf("%s: %+v, want %q", command, got, want)
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// A broker of several that cannot be reached is found by the check, though nothing else needs it.
func TestTopicsCheckTriesEveryBroker(t *testing.T) {
	var listeners []net.Listener
	b := brokertest.Embedded(t, kfake.NumBrokers(2), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		listeners = append(listeners, listener)
		return listener, err
	}))
	environment := map[string]string{"SELLERPULSE_BROKERS": b.Addresses[0]}
	must(t, environment, "", "topics")
	must(t, environment, "", "topics", "--check")
	_ = listeners[1].Close()
	got := callUntil(t.Context(), 500*time.Millisecond, environment, "", "topics", "--check")
	if want := "its broker 1 advertises the address " + b.Addresses[1] + ", which cannot be reached from here"; got.code != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("%+v, want %q", got, want)
	}
}

// A consumer in the group of a process that is to begin ends it with one line.
func TestAConsumerInTheGroupEndsRunWithOneLine(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	client, err := kgo.NewClient(kgo.SeedBrokers(environment["SELLERPULSE_BROKERS"]), kgo.ConsumerGroup(environment["SELLERPULSE_APP_ID"]),
		kgo.ConsumeTopics(environment["SELLERPULSE_TOPIC_PREFIX"]+"orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseAllowingRebalance()
	must(t, environment, shop, "produce")
	client.PollFetches(t.Context()) // It is a member by then.
	got := call(t, environment, "", "run", "--listen", "", "--log-level", "error")
	if got.code != exitFailed || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "another consumer uses this group id") {
		t.Errorf("%+v, want one line about the other consumer", got)
	}
}
