// Package check says whether what processors left in Kafka is what the records that they were given must lead to.
//
// It shares no code with the processor: it reads with another client, decodes Avro by the schemas with another library, and computes what
// must be with the naive reference. Giving processors records and making them fail is left to its caller.
//
// Invariant: what is compared is all there is, of all topics, from the first offset on; nothing is passed over because it does not parse.
package check
