package stream

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/brokertest/apachekafka"
)

// advertise makes an embedded broker of number 3 say that it is somewhere else.
func advertise(t *testing.T, cluster *kfake.Cluster, address string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := request.ResponseKind().(*kmsg.MetadataResponse)
		broker := kmsg.NewMetadataResponseBroker()
		broker.NodeID, broker.Host, broker.Port = 3, host, int32(number)
		answer.Brokers = append(answer.Brokers, broker)
		return answer, nil, true
	})
}

func TestAnAdvertisedAddressThatLeadsNowhere(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"a name that nobody knows", "kafka..nowhere:9092", "its broker 3 advertises the address kafka..nowhere:9092, which cannot be resolved from here"},
		{"an address where nobody listens", "127.0.0.1:1", "its broker 3 advertises the address 127.0.0.1:1, which cannot be reached from here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			broker, cluster := brokertest.EmbeddedCluster(t)
			advertise(t, cluster, c.address)
			_, err := Dial(t.Context(), Options{Brokers: broker.Addresses, DialTimeout: 300 * time.Millisecond})
			checkAdvertised(t, err, broker.Addresses[0], c.want)
		})
	}
}

func checkAdvertised(t *testing.T, err error, by, want string) {
	t.Helper()
	if !errors.Is(err, ErrUnreachable) {
		t.Fatalf("error %v, want ErrUnreachable", err)
	}
	for _, part := range []string{"kafka answers at " + by, want, "set advertised.listeners of that broker"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want %q in it", err, part)
		}
	}
	if strings.Contains(err.Error(), "--brokers") {
		t.Errorf("error %v blames --brokers, which are right", err)
	}
}

// Apache Kafka behind a name or a port that only its own network knows, as of a container.
func TestAdvertisedListenersOfAnotherNetwork(t *testing.T) {
	brokertest.NeedKafka(t)
	cluster, err := apachekafka.Start(t.Context(), apachekafka.Options{Proxy: func(int, string) (string, error) { return "127.0.0.1:1", nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	by := cluster.Listener("PROXIED")
	_, err = Dial(t.Context(), Options{Brokers: by, DialTimeout: time.Second})
	checkAdvertised(t, err, by[0], "its broker 1 advertises the address 127.0.0.1:1, which cannot be reached from here")
}

// One broker of several that cannot be reached ends nothing but what needs it; Reach names it.
func TestReachNamesTheBrokersThatCannotBeReached(t *testing.T) {
	var listeners []net.Listener
	broker, _ := brokertest.EmbeddedCluster(t, kfake.NumBrokers(2), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		listeners = append(listeners, listener)
		return listener, err
	}))
	options := Options{Brokers: broker.Addresses[:1], DialTimeout: 300 * time.Millisecond}
	client, err := contact(t, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Reach(t.Context()); err != nil {
		t.Errorf("both brokers are there: %v", err)
	}
	_ = listeners[1].Close()
	if client, err = contact(t, options); err != nil {
		t.Fatal(err)
	}
	err = client.Reach(t.Context())
	checkAdvertised(t, err, broker.Addresses[0], "its broker 1 advertises the address "+broker.Addresses[1])
	if strings.Contains(err.Error(), "its broker 0") {
		t.Errorf("error %v names a broker that can be reached", err)
	}
}

// A broker that was reached before is away, and its address right.
func TestABrokerThatGoesAwayIsNoWrongAddress(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	listening := broker.Addresses[0]
	_, port, err := net.SplitHostPort(listening)
	if err != nil {
		t.Fatal(err)
	}
	client, err := contact(t, Options{Brokers: []string{"localhost:" + port}, DialTimeout: 5 * time.Second, RetryTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(client.addresses(), listening) {
		t.Fatalf("addresses %v", client.addresses())
	}
	cluster.Close()
	_, err = client.Topics(t.Context(), []string{"t"})
	mustBeUnreachable(t, err)
	if strings.Contains(err.Error(), "advertise") {
		t.Errorf("error %v speaks of an address that was right", err)
	}
}
