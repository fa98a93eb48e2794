// Package subscriber proves by tests that any client of Kafka can subscribe to the alerts: Kafka's own Java client with Apache Avro, and
// kcat, neither of which shares code with the program, read each alert exactly once, under its seller's key, with the schema in schemas/.
package subscriber
