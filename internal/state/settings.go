package state

import (
	"encoding/json"
	"fmt"
)

// Settings are all that a state rests on. They are kept with it, and so in the changelog, and compared with those in force whenever a task
// is acquired; the members of a group compare theirs by the same [Settings.Facts]. What an older version did not write is not known, and
// written from then on.
type Settings struct {
	Zone         string            `json:"zone"`
	Retention    int32             `json:"retention_days"`
	Rules        map[string]string `json:"rules"`                   // the definition of each rule by its name
	OldIDs       map[string]string `json:"topics,omitempty"`        // of topics by their names, as the first version wrote them
	ZoneData     string            `json:"zone_data,omitempty"`     // windows.ZoneDigest
	FactsVersion int               `json:"facts_version,omitempty"` // windows.FactsVersion
	Partitioner  string            `json:"partitioner,omitempty"`   // Murmur2 or AnyPartition
	Topics       map[string]Topic  `json:"topics_by_use,omitempty"` // by what they are for: orders, …, alerts, …, changelog

	// Redated is whether the zone's data was once other than it is: orders may be kept under dates of then.
	Redated bool `json:"redated,omitempty"`

	Rebuild *Rebuild `json:"rebuild,omitempty"` // nil where nothing is to be rebuilt
}

// Topic is a topic as it was when the state was built.
type Topic struct {
	Name       string `json:"name"`
	ID         string `json:"id,omitempty"` // empty where brokers have none
	Partitions int32  `json:"partitions"`
}

// The values of Settings.Partitioner.
const (
	Murmur2      = "murmur2" // a seller is in the partition of its key, as Java clients have it
	AnyPartition = "any"     // a seller is wherever its producers put it
)

// Settings reads what the state rests on; nil for a new state.
func (s *Store) Settings() (*Settings, error) {
	value, err := s.Partition.Get([]byte{tagSettings})
	if err != nil || value == nil {
		return nil, err
	}
	return decodeSettings(value)
}

func decodeSettings(value []byte) (*Settings, error) {
	s := new(Settings)
	if err := json.Unmarshal(value, s); err != nil {
		return nil, fmt.Errorf("decode settings of the state: %w", err)
	}
	return s, nil
}

// DecodeSettings reads the settings out of a record of the changelog; nil if it is another record, or says that they were deleted.
func DecodeSettings(key, value []byte) (*Settings, error) {
	if len(key) != 1 || key[0] != tagSettings || value == nil {
		return nil, nil
	}
	return decodeSettings(value)
}

// SetSettings writes what the state rests on.
func (s *Store) SetSettings(settings *Settings) {
	value, err := json.Marshal(settings)
	must(err) // Texts and numbers can be written.
	s.Partition.Put([]byte{tagSettings}, value)
}
