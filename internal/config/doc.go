// Package config gives every flag of a command a value from where it was set: the flag itself, else an environment variable, else a YAML
// file, else its default. It leaves to the flags what their values mean.
//
// The file's keys are the names of flags. It may serve several commands: a key that only another command knows is passed over, one
// that none knows is an error.
//
// Invariant: after [Load], Changed of a flag tells whether it was set anywhere.
package config
