// Package scenario reads and runs scenarios: text files of a few lines of events, a date, and the numbers, states, alerts and dead
// letters that a policy expects of them. Their language is described in docs/scenarios.md. [Find] finds files, [Load] reads one, [File.Run] runs those
// that are asked for and returns what came of each: what it gets wrong, with its place, `file:line: problem (title)`, and what was expected
// beside what was found. Showing that, and making a test or an exit code of it, is left to the caller.
//
// A scenario runs on internal/engine, on a state of its own and without Kafka: every event is written as the message
// that a producer would send, then decoded, checked and applied as a task does it. What the numbers are is left to that engine.
//
// Invariant: a scenario without failures lists every alert that it does not ignore, and every dead letter; whatever a line of it says is
// either checked or refused by [Parse].
package scenario
