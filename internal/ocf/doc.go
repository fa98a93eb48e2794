// Package ocf reads and writes Avro object container files: a header with the schema, and blocks of records, compressed by a codec of the
// specification. It leaves the records, and what the schema says of them, to others.
//
// Invariant: whatever the bytes are, reading takes no more memory than maxHeaderBytes, or twice MaxBlockBytes and a decompressor's window, and all
// that the format lets one check is checked: sync markers, checksums, lengths.
package ocf
