package peers

import "time"

// Role is what a process does for a partition.
type Role string

// The roles in which a process has the state of a partition.
const (
	Owner   Role = "owner"   // it works on it
	Standby Role = "standby" // it follows who works on it
)

// Peer is a process of the group.
type Peer struct {
	Member  string `json:"member"`           // its id in the group
	Address string `json:"address"`          // as [ParseAddress] gives it; empty where it has none that this process could ask
	Reason  string `json:"reason,omitempty"` // why there is no address, and what to do
	Self    bool   `json:"self"`             // it is this process
}

// Unknown is the generation of what nothing is known of. Kafka counts from 0.
const Unknown int32 = -1

// Peers is who has the state of a partition, as of a generation of the group.
type Peers struct {
	Owner    *Peer  // to whom the group gave the partition; nil for nobody
	Former   []Peer // others that worked on it when the generation began, and go on until the owner is ready
	Standbys []Peer // by id

	Generation int32     // of the group; Unknown while nothing is known
	AsOf       time.Time // when the group last confirmed the generation; zero while nothing is known
	Stale      bool      // there may be another generation that this process does not know
}
