package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
)

// transactionTimeout is after how long without a sign of life the broker aborts a transaction; nothing reads past it until then.
const transactionTimeout = 30 * time.Second

func (t *Task) transactionalID() string { return transactionalID(t.env.AppID, t.partition) }

func transactionalID(appID string, partition int32) string {
	return fmt.Sprintf("%s-%d", appID, partition)
}

// awaitMarkers waits until everybody can read what the last transaction wrote. It is committed when the coordinator says so, but readers see it
// when the markers are written, a moment later; opening the transactional id again waits for them.
func (t *Task) awaitMarkers(ctx context.Context) error {
	_, err := t.env.Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout)
	if errors.Is(err, stream.ErrFenced) {
		return nil // By the partition's next owner, who has waited as well.
	}
	return err
}

// Abort ends the transaction that a failed commit has left open, behind which nobody can read what others write: the next try is a while off.
func (t *Task) Abort(ctx context.Context) {
	if t.producer == nil || !t.owner.Owns() {
		return
	}
	if err := t.awaitMarkers(ctx); err != nil {
		t.log.Debug("abort transaction", "error", err)
	}
}
