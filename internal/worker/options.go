package worker

import (
	"cmp"
	"time"

	"sellerpulse/internal/task"
)

// Options of a worker. The zero value of those with a default is useful.
type Options struct {
	task.Options

	SessionTimeout     time.Duration // silence after which the group takes a process for dead
	Standbys           int           // copies of each partition's state on other processes, which follow the changelog
	Succession         *Succession   // to partitions of an application whose state this process is to replace; nil for none
	Address            string        // of this process's HTTP, as peers.ParseAddress gives it, which other members are told; empty for none
	DeadLetterInterval time.Duration // between two warnings of dead letters of one reason; default 10 s

	identityInterval time.Duration // between two looks at whether topics are the same; default 10 s
	slowest          time.Duration // between two tries of what has failed; default 1 min
}

func (o Options) withDefaults() Options {
	o.Options = o.Options.WithDefaults()
	o.DeadLetterInterval = cmp.Or(o.DeadLetterInterval, 10*time.Second)
	o.identityInterval = cmp.Or(o.identityInterval, 10*time.Second)
	o.slowest = cmp.Or(o.slowest, time.Minute)
	return o
}
