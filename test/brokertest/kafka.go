package brokertest

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"sellerpulse/test/brokertest/apachekafka"
)

// AddressesVariable names the environment variable that holds the addresses of a running Apache Kafka, separated by
// commas, for tests to use instead of starting one.
const AddressesVariable = "SELLERPULSE_KAFKA_BROKERS"

// shared is the one Apache Kafka of all tests of this binary. The first that asks starts it; it ends with the binary.
type shared struct {
	addresses []string
	// cluster is kept, as long as the binary runs, from the garbage collector, which would close its ports and pipes.
	cluster *apachekafka.Cluster
}

var startShared = sync.OnceValues(func() (shared, error) {
	if addresses := os.Getenv(AddressesVariable); addresses != "" {
		return shared{addresses: strings.Split(addresses, ",")}, nil
	}
	cluster, err := apachekafka.Start(context.Background(), apachekafka.Options{})
	if err != nil {
		return shared{}, err
	}
	return shared{addresses: cluster.Addresses(), cluster: cluster}, nil
})

// Kafka is the Apache Kafka that all tests share. The test must neither stop it nor change its settings. Without the jars
// the test is skipped, or fails with CI=true.
func Kafka(t testing.TB) *Broker {
	t.Helper()
	running, err := startShared()
	if err != nil {
		missing(t, err)
	}
	broker := &Broker{Kind: KafkaKind, Addresses: running.addresses, Prefix: newPrefix(t)}
	t.Cleanup(func() { deleteTopics(t, broker) })
	return broker
}

// Nodes are the processes of a test's own Apache Kafka: see apachekafka.Cluster for Kill, Stop and Restart.
type Nodes = apachekafka.Cluster

// Cluster starts an Apache Kafka of the test's own, which ends with it: one whose nodes it may kill and restart, or whose
// settings (of server.properties) are others. With three nodes topics are replicated thrice, two in sync being enough.
// Without the jars the test is skipped, or fails with CI=true.
func Cluster(t testing.TB, nodes int, settings map[string]string) (*Broker, *Nodes) {
	t.Helper()
	cluster, err := apachekafka.Start(t.Context(), apachekafka.Options{Nodes: nodes, Settings: settings})
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Errorf("close Apache Kafka: %v", err)
		}
	})
	return &Broker{Kind: KafkaKind, Addresses: cluster.Addresses(), Prefix: newPrefix(t)}, cluster
}

// NeedKafka is for a test that starts Apache Kafka by other means: without the jars it is skipped, or fails with CI=true.
func NeedKafka(t testing.TB) {
	t.Helper()
	if _, err := apachekafka.Find(); err != nil {
		missing(t, err)
	}
}

// missing ends a test for want of Apache Kafka: only jars that are not there are a reason to skip it, and not with CI=true.
func missing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, apachekafka.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	t.Fatal(err)
}
