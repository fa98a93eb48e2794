package task

import (
	"log/slog"
	"time"
)

// blockage watches for a producer's open transaction that holds back a log: what lies behind its first record can be read by nobody who reads
// committed, until the transaction ends.
type blockage struct {
	from   int64     // offset at which the transaction begins: the log's last stable offset
	since  time.Time // when it was first seen; zero without one
	logged bool
}

// blockedLong is after how long a blockage is logged. Transactions of producers take a moment always.
const blockedLong = 10 * time.Second

// observe notes how many records wait behind an open transaction that begins at an offset, and logs a long one once, and of its end. Many
// short ones, one after the other, are no blockage.
func (b *blockage) observe(log *slog.Logger, now time.Time, from, waiting int64) {
	if b.logged && (waiting <= 0 || from != b.from) {
		log.Info("input goes on: the open transaction has ended", "at_offset", from, "blocked", now.Sub(b.since).Round(time.Millisecond))
	}
	switch {
	case waiting <= 0:
		*b = blockage{}
	case b.since.IsZero() || from != b.from:
		*b = blockage{from: from, since: now}
	case !b.logged && now.Sub(b.since) >= blockedLong:
		b.logged = true
		log.Warn("input waits for a producer's open transaction: end that producer, or its transaction with kafka-transactions.sh; the broker aborts it after the producer's transaction.timeout.ms",
			"from_offset", from, "waiting", waiting, "since", b.since.UTC())
	}
}
