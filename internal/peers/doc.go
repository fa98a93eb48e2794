// Package peers is what a process knows of the others of its group: who has the state of a partition, and where they answer by HTTP. How it comes to be known
// is left to internal/worker, asking them to internal/web/forward.
//
// Invariant: an address has a scheme and a host and nothing that could lead a request elsewhere than to that host's port.
package peers
