package worker

import (
	"context"

	"sellerpulse/internal/task"
)

// Worker runs the tasks of the partitions that this process owns, and follows those that it stands by for.
type Worker struct {
	*process
	slots       slots
	generations generations
}

// New looks at the topics, and refuses those that nobody can work on. [Worker.Run] is to follow.
func New(ctx context.Context, o Options) (*Worker, error) {
	o = o.withDefaults()
	p := &process{options: o, status: newStatus(o.Clock), tally: newTally(&o), metrics: NewMetrics(o.Registerer)}
	var err error
	if p.env, err = task.NewEnvironment(ctx, o.Options, p); err != nil {
		return nil, err
	}
	p.status.setPartitions(p.env.Partitions)
	return &Worker{process: p, generations: make(generations, 1)}, nil
}

// Status tells what the tasks are doing; for any goroutine.
func (w *Worker) Status() *Status { return w.status }
