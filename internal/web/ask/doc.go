// Package ask finds the state of a seller in this process, and has questions answered from a snapshot of it. What can be asked is internal/inspect's; which
// other process has a seller's state is told elsewhere.
package ask
