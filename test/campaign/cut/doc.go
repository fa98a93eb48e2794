// Package cut stands proxies before brokers, which cut a connection in the middle of a transaction's step.
//
// The proxies are Toxiproxy's; what is ours is a toxic that finds the requests in the stream of bytes. Which step is cut when is left to
// its caller.
//
// Invariant: a cut before a request loses every byte of it, and a cut after it every byte of its answer.
package cut
