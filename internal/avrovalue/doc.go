// Package avrovalue turns Avro into values of Go by the schema of whoever wrote it, as jq programs take them: nil, bool, int, float64, *big.Int, string,
// []any and map[string]any. What the values mean is left to others.
//
//	schema.go   a schema, compiled to the functions that read its parts
//	scalar.go   those of numbers and texts; logical.go: those of decimals, UUIDs and durations
//	decoder.go  a value, read by them, and what bounds that
//
// A record and a map are objects, an enum is its symbol, a union what is in it. Dates and times are the numbers that they are in Avro. A decimal is the
// number that it says, whole ones with all their digits. Bytes and what is fixed are base64, as Kafka Connect and Debezium have them in JSON.
//
// It is here for its bounds: no library counts the parts that a value is made of, and a record of fields that take no bytes has any number of them.
//
// Invariant: whatever the bytes are, nothing panics, and no value has more than [MaxParts] parts or is deeper than so many others.
package avrovalue
