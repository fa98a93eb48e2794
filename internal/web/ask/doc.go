// Package ask finds the state of a seller in this process, and has questions answered from a snapshot of it; the events behind an order it reads back from
// their topics. What can be asked is internal/inspect's; which other process has a seller's state is told elsewhere.
package ask
