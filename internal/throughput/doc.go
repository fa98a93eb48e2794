// Package throughput counts what was done in the last minute. It has no clock: instants are parameters.
package throughput
