package task

import (
	"log/slog"
	"time"
)

// progressInterval is the time between two lines about a restore under way.
const progressInterval = 5 * time.Second

// progress is how far reading a changelog is.
type progress struct {
	begun, logged   time.Time
	from, next, end int64
	records, bytes  int
}

func (p *progress) begin(now time.Time, from, end int64) {
	*p = progress{begun: now, logged: now, from: from, next: from, end: end}
}

func (p *progress) add(records, bytes int, next int64) {
	p.records, p.bytes, p.next = p.records+records, p.bytes+bytes, next
}

// done and total count offsets, of which compaction leaves out some.
func (p *progress) done() int64  { return p.next - p.from }
func (p *progress) total() int64 { return p.end - p.from }

// log tells how far it is, how fast, and how long it will take at that.
func (p *progress) log(log *slog.Logger, message string, now time.Time) {
	p.logged = now
	seconds := max(now.Sub(p.begun).Seconds(), 1e-3)
	left := time.Duration(0)
	if done := p.done(); done > 0 {
		left = time.Duration(float64(now.Sub(p.begun)) * float64(max(0, p.end-p.next)) / float64(done))
	}
	log.Info(message, "records", p.records, "bytes", p.bytes, "seconds", round(seconds), "records_per_second", int(float64(p.records)/seconds),
		"bytes_per_second", int(float64(p.bytes)/seconds), "at_offset", p.next, "end_offset", p.end, "remaining", left.Round(time.Second))
}

func round(seconds float64) float64 { return float64(int(seconds*1000)) / 1000 }
