// Package resolution proves by a test that a producer's own schema is resolved against ours as Apache Avro does it: pairs of schemas and values that
// a seed makes are read by Avro's own Java, which shares no code with the program, and by the program.
package resolution
