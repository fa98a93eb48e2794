// Package avro writes and reads the primitives of Avro's binary encoding and the header of its single-object encoding.
//
// What a record holds, and in which order, is left to those who know the schema: see package schemas.
//
// Invariant: reading allocates nothing, and no length that the bytes claim is believed beyond the bytes that are left.
package avro
