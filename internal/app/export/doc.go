// Package export reads events out of the input topics again: those that tasks would apply, of a time span and of some sellers, each as often as it is
// there. It writes nothing to Kafka; what becomes of the events is left to its caller.
//
// Invariant: the events of a topic and partition come in the order of their log, and all logs are merged by event time as a task merges its six. So
// whoever sends them anew, in this order and to as many partitions, makes logs of which a task makes the same of these events.
//
// It keeps about 64 MiB of what was fetched, and at least a batch of each log.
package export
