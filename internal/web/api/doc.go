// Package api answers programs over HTTP, under /api/v1: where sellers stand and what alerts there were, from the output topics, and what is behind a number,
// from a snapshot of the state where this process has it.
//
//	mux := http.NewServeMux()
//	api.Register(mux, api.Options{View: published, Of: states.Of, Tasks: status.Tasks, Rules: set, Zone: time.UTC})
//	server := http.Server{Handler: api.Exact(mux)}
//
// What is answered is left to internal/view and internal/inspect, whose answers are given as they are; who may ask to what stands before the handlers, and
// who else has a state to [Options.Elsewhere].
//
// Invariants:
//   - An answer is of one moment, and says as of when it is.
//   - An id arrives as it was encoded: nothing between the connection and a handler cleans the path.
//   - What a parameter may be is checked before anything is looked for, and an error names the parameter and what is allowed.
//   - Answers at a time, their time, streams at a time and each wait have bounds.
package api
