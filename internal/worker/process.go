package worker

import (
	"sellerpulse/internal/engine"
	"sellerpulse/internal/task"
)

// process is what the slots of a process have in common.
type process struct {
	options Options
	env     *task.Environment
	status  *Status
	tally   *tally
	metrics *Metrics
}

// Update changes the status of a partition.
func (p *process) Update(partition int32, change func(*task.Status)) {
	p.status.update(partition, change)
}

// Committed counts what a commit made true.
func (p *process) Committed(partition int32, applied int, out *engine.Output) {
	p.status.commit(partition, applied)
	p.tally.commit(partition, applied, out)
}

// setFailure makes known why a partition has failed here; nil: it has not.
func (p *process) setFailure(partition int32, f *task.Failure) {
	p.metrics.failed(p.status.fail(partition, f))
}

// remove drops what is known of a partition that this process has nothing to do with any more.
func (p *process) remove(partition int32) {
	p.status.remove(partition)
	p.env.Remove(partition)
}
