package task

import (
	"log/slog"
	"sync"
	"time"
)

// Filling is a step of preparing a successor: the state of a partition by rules that count something new, beside the one that is worked on.
type Filling string

// The steps, in their order.
const (
	Waiting   Filling = "waiting"   // for the successors of other partitions of the process
	Copying   Filling = "copying"   // what cannot be recomputed
	Counting  Filling = "counting"  // the orders anew, from their rows
	Following Filling = "following" // the changelog, until little is left
	Filled    Filling = "filled"    // the task is about to be acquired by it
	Elected   Filling = "elected"   // it is the state
)

// Fill is how far a successor is prepared.
type Fill struct {
	Step   Filling // empty where there is none to prepare
	Orders int64   // that are done in the step
	Of     int64   // orders in all; 0 while that is not known
}

// fill is the Fill of a successor as it goes; for any goroutine.
type fill struct {
	mutex sync.Mutex
	now   Fill
	begun time.Time // the step

	logged time.Time
}

func (f *fill) get() Fill {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.now
}

// set notes how far it is, and logs steps, and now and then how fast.
func (f *fill) set(to Fill, now time.Time, log *slog.Logger) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if to.Step != f.now.Step {
		f.begun, f.logged = now, now
		log.Info("filling new counts beside live work", "step", string(to.Step), "orders", to.Orders, "of", to.Of)
	} else if now.Sub(f.logged) > progressInterval {
		f.logged = now
		seconds := now.Sub(f.begun).Seconds()
		log.Info("filling new counts beside live work", "step", string(to.Step), "orders", to.Orders, "of", to.Of, "seconds", round(seconds), "orders_per_second", int(float64(to.Orders)/seconds))
	}
	f.now = to
}
