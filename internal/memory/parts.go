package memory

// Part is something that uses memory.
type Part uint8

// The parts.
const (
	Cache       Part = iota // sellers and order rows, used or not, saved or not
	Timers                  // the soonest
	Unsaved                 // what waits for a checkpoint, and the batch that writes it
	Waiting                 // what waits for a commit
	Transaction             // the commit under way: records, their batches, requests
	Fetched                 // records read ahead of the six inputs, after decompression, and the answer under way
	Followed                // changelog records of restoring and standing by: chunks, and a commit that is not whole yet
	Parked                  // events of an order that are read at once
	Blocks                  // blocks of the database's tables
	MemTables               // what the database has not flushed
	Collector               // garbage until it is collected, and what single things take beyond a share

	NumParts
)

// whose says among whom a part is shared.
type whose uint8

const (
	ofProcess whose = iota
	ofTasks
	ofFollowers // of tasks too: each restores
)

// perMille is the sum of all shares.
const perMille = 1000

var table = [NumParts]struct {
	name  string
	share int64
	of    whose
}{
	Cache:       {"cache", 200, ofTasks},
	Timers:      {"timers", 25, ofTasks},
	Unsaved:     {"unsaved", 120, ofTasks},
	Waiting:     {"waiting", 15, ofTasks},
	Transaction: {"transaction", 45, ofTasks},
	Fetched:     {"fetched", 70, ofTasks},
	Followed:    {"followed", 70, ofFollowers},
	Parked:      {"parked", 15, ofTasks},
	Blocks:      {"blocks", 100, ofProcess},
	MemTables:   {"memtables", 80, ofProcess},
	Collector:   {"collector", 260, ofProcess},
}

// String is the part as metrics name it.
func (p Part) String() string { return table[p].name }
