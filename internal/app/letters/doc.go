// Package letters finds dead letters, and sends the records that are in them to the inputs again, keyed by seller and partitioned as tasks demand it. What
// a dead letter says of itself is left to package deadletter.
//
// Invariant: a record of an input is sent again once, however often that is interrupted and begun anew: what is sent and the place of the record,
// in a ledger, are written by one transaction. Who sends again ends who did so before it.
//
// Memory holds a batch and the ledger: a bit or two bytes a record that was sent again.
package letters
