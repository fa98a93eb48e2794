package pipeline

import (
	"sellerpulse/internal/limits"
	"sellerpulse/internal/memory"
)

// unsavedTwice is how often what waits for a checkpoint is in memory while one is written: as it was, and in the batch.
const unsavedTwice = 2

// commitBytes is how much may wait in a task for a commit, by which one is due.
func (s *Service) commitBytes() int {
	return min(limits.Commit, s.options.Memory.Share(memory.Waiting))
}

// followBytes is how much of the changelog a follower fetches, and writes, at once. Three chunks are in memory at a time, fetched, waiting and being
// written, the last also sorted, as rows before and after, and in a batch; beside these a commit that is not whole yet.
func (s *Service) followBytes() int {
	return min(4<<20, s.options.Memory.Share(memory.Followed)/16)
}

// meter tells how much memory the task has.
func (t *task) meter() {
	used, m := t.engine.Memory(), t.options().Memory
	m.Set(memory.Cache, t.partition, used.Cache)
	m.Set(memory.Timers, t.partition, used.Timers)
	m.Set(memory.Unsaved, t.partition, used.Unsaved)
	m.Set(memory.Waiting, t.partition, t.engine.Waiting().Bytes)
	m.Set(memory.Fetched, t.partition, t.inputs.bytes())
}
