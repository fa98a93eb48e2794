package main

import (
	"io"
	"time"

	"sellerpulse/test/campaign/cut"
	"sellerpulse/test/campaign/patch"
)

// options say how long a campaign is and what it does. The zero value of each is its default; without a length it is one round.
type options struct {
	Seed     uint64
	Kills    int           // rounds go on until so many processors were killed
	Duration time.Duration // and for so long
	Rounds   int           // and so many there were

	Strangers int // sellers in a hundred whose events arrive in a stranger's topic and are carried over by intakes; 0: none. Not with Binaries

	Brokers    int // 1 or 3; default 1
	Processors int // at most; default 4
	Least      int // processors that a round begins with; default 1
	Partitions int // default 8
	Sellers    int // default 200
	Bursts     int // in a round; default 6
	Events     int // happen while a burst goes on; default 800
	Faults     int // in a burst; default 10
	Weights    map[fault]int
	Steps      []cut.Step // at which connections are cut and processors killed; default all
	Surely     []fault    // done in the last bursts of rounds, whatever the weights
	History    int        // days for which counts are kept, of orders that are kept for some weeks; 0: as the seed decides, [noHistory]: for as long as orders

	SessionTimeout time.Duration // of the group; default 6 s
	Gap            time.Duration // between two faults, at most; default 1.2 s
	BurstTimeout   time.Duration // for a burst to be applied once its faults are over; default 3 min
	RefusalTimeout time.Duration // for processors to refuse enlarged topics; default 2 min

	Binaries []string   // of the processor, which slots run by turns; built when empty
	Patches  [][]string // to build each of them with; default none and patch.Small
	Folder   string     // for states and logs; a temporary one when empty, removed unless the campaign fails
	Progress io.Writer
}

func (o options) withDefaults() options {
	o.Brokers, o.Processors, o.Partitions = orDefault(o.Brokers, 1), orDefault(o.Processors, 4), orDefault(o.Partitions, 8)
	o.Least = min(orDefault(o.Least, 1), o.Processors)
	o.Sellers, o.Bursts, o.Events, o.Faults = orDefault(o.Sellers, 200), orDefault(o.Bursts, 6), orDefault(o.Events, 800), orDefault(o.Faults, 10)
	o.SessionTimeout = orDefault(o.SessionTimeout, 6*time.Second)
	o.Gap = orDefault(o.Gap, 1200*time.Millisecond)
	o.BurstTimeout = orDefault(o.BurstTimeout, 3*time.Minute)
	o.RefusalTimeout = orDefault(o.RefusalTimeout, 2*time.Minute)
	if o.Kills == 0 && o.Duration == 0 && o.Rounds == 0 {
		o.Rounds = 1
	}
	if o.Weights == nil {
		o.Weights = weights
	}
	if o.History == 0 {
		o.History = o.drawHistory()
	}
	if o.Steps == nil {
		o.Steps = cut.Steps()
	}
	if o.Patches == nil {
		o.Patches = [][]string{nil, {patch.Small}}
	}
	if len(o.Binaries) > 0 {
		o.Strangers = 0
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
