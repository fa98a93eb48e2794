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
	Published               // what is told of sellers and alerts over HTTP, without which it is free
	Carried                 // records that an intake carries over, and its transactions; without one it is free
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

// mostUnsaved is how much there is for a start after a crash to restore from the changelog at most, however much memory there is: more of it makes
// checkpoints cheaper, and the start slower.
const mostUnsaved = 256 << 20

var table = [NumParts]struct {
	name  string
	share int64
	of    whose
	most  int64 // bytes of the process; 0: no more than the share
}{
	Cache:       {"cache", 200, ofTasks, 0},
	Timers:      {"timers", 25, ofTasks, 0},
	Unsaved:     {"unsaved", 120, ofTasks, mostUnsaved},
	Waiting:     {"waiting", 15, ofTasks, 0},
	Transaction: {"transaction", 45, ofTasks, 0},
	Fetched:     {"fetched", 70, ofTasks, 0},
	Followed:    {"followed", 70, ofFollowers, 0},
	Parked:      {"parked", 15, ofTasks, 0},
	Blocks:      {"blocks", 100, ofProcess, 0},
	MemTables:   {"memtables", 80, ofProcess, 0},
	Published:   {"published", 60, ofProcess, 0},
	Carried:     {"carried", 40, ofProcess, 0},
	Collector:   {"collector", 160, ofProcess, 0},
}

// String is the part as metrics name it.
func (p Part) String() string { return table[p].name }
