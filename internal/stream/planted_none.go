//go:build !planted

package stream

// keepsFailed is whether a producer can be used after a failure: a bug that only builds with the tag "planted" can have.
const keepsFailed = false
