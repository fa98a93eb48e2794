// Package app builds the service from options and stops it in reverse order: state directory, connections, tasks, HTTP. What a task does
// is left to internal/worker, flags and signals to the command.
//
// Invariant: whatever New or Run got to, Close undoes, the last thing first, each once.
package app
