// Package apachekafka runs Apache Kafka, from the jars that `make kafka` fetches, as processes of this one.
//
// It knows how to start, kill, restart and stop nodes and when they are ready; which test gets which broker is
// brokertest's affair.
//
// Invariant: no node outlives the process that started it (on Linux not even when that is killed), and its
// directories are removed soon after.
package apachekafka
