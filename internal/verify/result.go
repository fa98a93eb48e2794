package verify

import (
	"fmt"
	"strings"

	"sellerpulse/pkg/events"
)

// MaxDifferences is how many differences of a partition are listed; all are counted.
const MaxDifferences = 100

// Kind is what a difference is about.
type Kind string

// The kinds of differences.
const (
	KindOrder    Kind = "order"
	KindIndex    Kind = "index"
	KindBucket   Kind = "bucket"
	KindFrozen   Kind = "frozen"
	KindDate     Kind = "date"
	KindParked   Kind = "parked"
	KindSeller   Kind = "seller"
	KindRule     Kind = "rule"
	KindTimer    Kind = "timer"
	KindSettings Kind = "settings"
)

// Difference is one place where what is stored is not what follows from the order rows.
type Difference struct {
	Kind     Kind   `json:"kind"`
	Seller   string `json:"seller,omitempty"`
	Order    string `json:"order,omitempty"`
	Date     string `json:"date,omitempty"` // an order date
	Rule     string `json:"rule,omitempty"`
	Stored   string `json:"stored"`
	Computed string `json:"computed"`
}

// Result is what was checked of a partition and what was found.
type Result struct {
	Partition  int32         `json:"partition"`
	Skipped    string        `json:"skipped,omitempty"` // why nothing of it was checked
	StreamTime events.Millis `json:"stream_time_ms"`    // 0 without events
	Sellers    int64         `json:"sellers"`
	Orders     int64         `json:"orders"` // expired ones included
	Buckets    int64         `json:"buckets"`
	Timers     int64         `json:"timers"`
	Dates      int64         `json:"dates"`
	Parked     int64         `json:"parked"`
	Frozen     int64         `json:"frozen"` // buckets' parts that outlived their orders: nothing is left to recompute them from

	Total       int64        `json:"differences_total"`
	Differences []Difference `json:"differences"` // the first MaxDifferences
}

func (r *Result) add(d Difference) {
	r.Total++
	if len(r.Differences) < MaxDifferences {
		r.Differences = append(r.Differences, d)
	}
}

// SettingsError says that a state was built with another setting than the one it is to be verified with.
type SettingsError struct {
	Flag      string // or the name of what no flag sets
	Partition int32
	Is, Was   string
}

// Error names the flag, both values and the remedy.
func (e *SettingsError) Error() string {
	remedy := "give the settings of the `processor run` whose state it is"
	if !strings.HasPrefix(e.Flag, "--") {
		remedy = "verify with the program that built it, or let `processor run` of this one rebuild it"
	}
	return fmt.Sprintf("%s is not that of the state: partition %d was built with %s, not with %s: %s", e.Flag, e.Partition, e.Was, e.Is, remedy)
}
