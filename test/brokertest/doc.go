// Package brokertest gives tests their brokers: the embedded one and Apache Kafka.
//
//	func TestCommit(t *testing.T) {
//		brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
//			topic := broker.Prefix + "orders"
//			…
//		})
//	}
//
// Each runs a test on both. Apache Kafka is one process for all tests of a test binary, or for all packages under
// `go run ./test/kafka -- go test ./...`, which sets SELLERPULSE_KAFKA_BROKERS. A test that kills its broker, or needs
// several, gets nodes of its own from Cluster. Secured is one that asks who a client is and what it may do.
//
// Where Apache Kafka's jars are missing its tests are skipped, or with CI=true fail; both name the remedy.
//
// Invariant: tests on one broker share no topic, group or transactional id as long as each of those names begins with
// their Broker's Prefix.
package brokertest
