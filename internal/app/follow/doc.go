// Package follow reads what the tasks publish: alerts as they come or by their id, and the latest report of each seller. Both are read committed, so
// each alert is seen exactly once. It writes nothing and needs no task to run.
package follow
