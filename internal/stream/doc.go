// Package stream carries bytes between Kafka and a task: it fetches, commits transactions, keeps group membership and
// describes topics. It alone knows the Kafka protocol and imports kafka-go; what the bytes mean is left to others.
//
// A Client holds connections and what it has learnt of the cluster: partition leaders and coordinators. Everything else
// is made from it: a Fetcher reads several topic partitions read committed, a Producer writes to any number of them.
//
// Invariants:
//   - A record of an aborted or open transaction, and a control record, never leaves a Fetcher.
//   - After an error in a step of a transaction its Producer answers every call with that error. The way back is
//     OpenTransactional, which ends what was left open. EndTxn is sent again only when the broker said that it did nothing.
//   - A secret leaves Options in messages of SASL and TLS alone: no error, log line or printed value holds it.
//   - A connection is given up before its authentication ends.
//   - Every request has a deadline, every retry an end, every answer a greatest size.
//
// Goroutines: Fetch, Ends, Reach and the appending of outputs ask several brokers at the same time, and Commit commits offsets while it
// appends; each waits for its goroutines before it returns. RunGroup waits for those of its group and for work.
package stream
