package memory

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Limit is the bound of a process's memory, and whence it is.
type Limit struct {
	Bytes int64
	From  string
}

// Meter divides the limit.
func (l Limit) Meter() *Meter {
	m := NewMeter(l.Bytes)
	m.from = l.From
	return m
}

// Source of what the surroundings say, for tests to say otherwise.
type Source struct {
	Container memlimit.Provider // what the container's limit is
	Machine   memlimit.Provider // what memory the machine has
	GoLimit   int64             // GOMEMLIMIT; math.MaxInt64 where it is not set
}

// Surroundings are the process's own.
func Surroundings() Source {
	s := Source{Container: memlimit.FromCgroup, Machine: memlimit.FromSystem, GoLimit: math.MaxInt64}
	if os.Getenv("GOMEMLIMIT") != "" {
		s.GoLimit = debug.SetMemoryLimit(-1)
	}
	return s
}

// Find is the bound that was given or, with 0, what the surroundings allow: nine tenths of the container's limit, for the kernel counts its own
// part of what a process does there as well; without one [Default], or half of a smaller machine. GOMEMLIMIT bounds all of these.
func (s Source) Find(given int64) (Limit, error) {
	l, remedy := s.find(given)
	if s.GoLimit < l.Bytes {
		l, remedy = Limit{s.GoLimit, "GOMEMLIMIT"}, "raise it"
	}
	if l.Bytes < Least {
		return l, fmt.Errorf("%s allows %d MiB of memory, and at least %d MiB are needed: %s", l.From, l.Bytes>>20, Least>>20, remedy)
	}
	return l, nil
}

func (s Source) find(given int64) (l Limit, remedy string) {
	if given > 0 {
		return Limit{given, "--memory"}, "give more"
	}
	if limit, err := s.Container(); err == nil && limit < math.MaxInt64 {
		return Limit{int64(limit) / 10 * 9, "the container's limit"}, "raise that limit"
	}
	if all, err := s.Machine(); err == nil && all/2 < Default {
		return Limit{int64(all / 2), "half of the machine"}, "run on a larger one, or give more with --memory"
	}
	return Limit{Default, "default"}, ""
}

// Enforce has Go collect garbage such that the process stays within the bound. GOMEMLIMIT and GOGC go first.
func (m *Meter) Enforce() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(m.goLimit())
	}
}

// garbagePercent trades memory for less collecting, as long as the bound is far.
const garbagePercent = 200

// program is about what is resident of the program's file, with the libraries of C where it has some.
const program = Process / 4 * 3

// goLimit is what Go may have: the bound without the program's own pages and, where these are not Go's, the database's. Go can be over its limit for
// a moment, so a thirty-second is left free.
func (m *Meter) goLimit() int64 { return m.bound - program - m.bound/32 - m.outsideGo() }

// outsideGo is what the database has that Go does not count, with what C's allocator loses of it.
func (m *Meter) outsideGo() int64 {
	if !databaseOutside {
		return 0
	}
	return (m.Of(Blocks) + m.Of(MemTables)) / 8 * 9
}
