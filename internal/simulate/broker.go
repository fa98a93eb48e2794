package simulate

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Broker is a Kafka broker of one node inside this process, on a free port of the loopback interface. It keeps everything in
// memory; topics are not created by being used.
type Broker struct {
	cluster *kfake.Cluster
}

// StartBroker starts a broker, which runs until it is closed.
func StartBroker() (*Broker, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return nil, fmt.Errorf("start embedded broker: %w", err)
	}
	return &Broker{cluster: cluster}, nil
}

// Addresses are the broker's, as "host:port".
func (b *Broker) Addresses() []string { return b.cluster.ListenAddrs() }

// Close stops the broker, and all that it held is gone.
func (b *Broker) Close() { b.cluster.Close() }
