package brokertest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Embedded starts an embedded broker for one test, which is closed when it ends. It is one node unless an option says
// otherwise; topics are not created by being used.
func Embedded(t testing.TB, options ...kfake.Opt) *Broker {
	t.Helper()
	broker, _ := EmbeddedCluster(t, options...)
	return broker
}

// EmbeddedCluster is Embedded, and the means to inject faults and to look inside.
func EmbeddedCluster(t testing.TB, options ...kfake.Opt) (*Broker, *kfake.Cluster) {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatalf("start embedded broker: %v", err)
	}
	t.Cleanup(cluster.Close)
	return &Broker{Kind: EmbeddedKind, Addresses: cluster.ListenAddrs(), Prefix: newPrefix(t)}, cluster
}
