package simulate

import (
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestBrokerAnswersUntilItIsClosed(t *testing.T) {
	broker, err := StartBroker()
	if err != nil {
		t.Fatal(err)
	}
	addresses := broker.Addresses()
	if len(addresses) != 1 || !strings.HasPrefix(addresses[0], "127.0.0.1:") {
		t.Errorf("the broker listens on %q", addresses)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(addresses...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	broker.Close()
	if connection, err := net.Dial("tcp", addresses[0]); err == nil {
		connection.Close()
		t.Error("a closed broker listens")
	}
}

func TestBrokersDoNotMeet(t *testing.T) {
	first, err := StartBroker()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := StartBroker()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.Addresses()[0] == second.Addresses()[0] {
		t.Errorf("two brokers listen on %s", first.Addresses()[0])
	}
}
