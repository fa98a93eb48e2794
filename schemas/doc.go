// Package schemas holds the Avro schemas of everything that is written for others to read: one record for each input
// topic, one for alerts, one for the report of a seller, and one for events of any topic in files.
//
// Reading and writing by them is left to others: package events does it for the input topics.
//
// Invariant: each file stands alone, and the newest version of a schema can read what every earlier one wrote.
package schemas
