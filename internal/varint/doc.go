// Package varint reads what is written as varints, and texts and lists with their lengths before them.
//
// What the values mean, and in which order they come, is left to those who know the format: rows and buckets in pkg/windows, the state's
// keys and values in internal/state, Kafka's records in internal/stream, Avro in internal/avro. What is no text they write with
// encoding/binary's AppendUvarint and AppendVarint.
//
// Invariant: reading allocates nothing, and no length that the bytes claim is believed beyond the bytes that are left.
package varint
