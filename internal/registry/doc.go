// Package registry asks a schema registry, by the REST API that Confluent's has and others too: for the schema of an id, and for the id of a
// schema of ours, which it registers where it may.
//
// What a schema means is left to package events; when to ask again after an outage, to whoever asked.
//
// Invariants: an answer that cannot change is asked for once, and kept while there is room. An outage is never taken for an answer: an id is
// unknown only after the registry has said so for Options.Patience.
package registry
