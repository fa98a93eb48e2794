package pipeline

import (
	"log/slog"
	"time"
)

// blockage watches for a producer's open transaction that holds back a log: what lies behind its first record can be read by nobody who reads
// committed, until the transaction ends.
type blockage struct {
	since time.Time // when it began; zero without one
	from  int64     // where the transaction begins
	told  bool
}

// blockedLong is after how long a blockage is told. Transactions of producers take a moment always.
const blockedLong = 10 * time.Second

// observe notes how many records wait behind an open transaction that begins at an offset, and tells of a long blockage once, and of its end.
// Another offset is another transaction: where producers' transactions follow one another, one is always open and nothing is held back.
func (b *blockage) observe(log *slog.Logger, now time.Time, from, waiting int64) {
	if b.told && (waiting <= 0 || from != b.from) {
		log.Info("input goes on: the open transaction has ended", "at_offset", b.from, "blocked", now.Sub(b.since).Round(time.Millisecond))
	}
	switch {
	case waiting <= 0:
		*b = blockage{}
	case b.since.IsZero(), from != b.from:
		*b = blockage{since: now, from: from}
	case !b.told && now.Sub(b.since) >= blockedLong:
		b.told = true
		log.Warn("input waits for a producer's open transaction: end that producer, or its transaction with kafka-transactions.sh; the broker aborts it after the producer's transaction.timeout.ms",
			"from_offset", from, "waiting", waiting, "since", b.since.UTC())
	}
}
