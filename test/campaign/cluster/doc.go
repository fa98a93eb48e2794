// Package cluster is a campaign's Apache Kafka, with the topics of one application at a time: one node or three, each with a proxy in
// front of it for processors.
//
// It starts, kills and restarts nodes, sends records, has batches rot on disk and tells offsets; what those mean is left to its callers. Nothing
// here goes through the proxies but the processors.
//
// Invariant: a record that Send returned lies in its log once, at the offset that Send gave it, whatever happened to nodes meanwhile.
package cluster
