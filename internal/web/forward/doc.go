// Package forward answers a question about a partition from the process that has its state: this one, or another that it asks over HTTP. Who has what is left
// to internal/worker, the answer to who is asked.
//
// Invariant: a request is forwarded once at most. An answer is passed on only from a process that says it has the state, so that whoever else listens at an
// address is taken for nobody.
package forward
