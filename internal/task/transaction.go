package task

import (
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
)

// transaction is a commit under way: one Kafka transaction with the changed base records, alerts, reports, dead letters and input offsets.
// Meanwhile the task goes on applying. The local state follows with a checkpoint, less often.
type transaction struct {
	*engine.Commit
	changelog stream.TopicPartition
	applied   int    // events
	last      record // of them
	midway    bool   // it holds what fell due before the next event too
	started   time.Time
	result    chan transactionResult
}

type transactionResult struct {
	stream.Result
	err error
}
