package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"sellerpulse/pkg/windows"
)

// Settings are all that a state rests on. They are kept with it, and so in the changelog, and compared with those in force whenever a task
// is acquired; the members of a group compare theirs by the same [Settings.Facts]. What an older version did not write is not known, and
// written from then on.
type Settings struct {
	AppID        string            `json:"app_id,omitempty"`
	Zone         string            `json:"zone"`
	Retention    int32             `json:"retention_days"`
	History      int32             `json:"history_days,omitempty"`   // for which counts are kept where they outlive orders; else 0
	Rules        map[string]string `json:"rules"`                    // the definition of each rule by its name
	Revision     int64             `json:"rules_revision,omitempty"` // of the rules, where they were applied (package rulebook)
	OldIDs       map[string]string `json:"topics,omitempty"`         // of topics by their names, as the first version wrote them
	ZoneData     string            `json:"zone_data,omitempty"`      // windows.ZoneDigest
	FactsVersion int               `json:"facts_version,omitempty"`  // windows.FactsVersion
	RowVersion   int               `json:"row_version,omitempty"`    // windows.RowVersion: the newest that rows may have
	Partitioner  string            `json:"partitioner,omitempty"`    // Murmur2 or AnyPartition
	Topics       map[string]Topic  `json:"topics_by_use,omitempty"`  // by what they are for: orders, …, alerts, …, changelog

	// Redated is whether the zone's data was once other than it is: orders may be kept under dates of then.
	Redated bool `json:"redated,omitempty"`

	Rebuild *Rebuild `json:"rebuild,omitempty"` // nil where nothing is to be rebuilt

	// SupersededBy is the changelog of the state to which the one of this changelog gave its place; empty where it did not. Programs that know of no
	// such thing refuse to go on with it.
	SupersededBy string `json:"superseded_by,omitempty"`

	// BaseOnly is whether the changelog has nothing that is derived. The first version logged that too, and could not go on from a changelog
	// without it: where it is so, the settings are written in a form that it refuses to read.
	BaseOnly bool `json:"-"`
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

// Settings reads what the state rests on, as of the last Checkpoint; nil for a new state.
func (p *Partition) Settings() (*Settings, error) {
	value, err := p.Get([]byte{tagSettings})
	if err != nil || value == nil {
		return nil, err
	}
	return decodeSettings(value)
}

// ErrSettings says that a state rests on something that cannot be compared.
var ErrSettings = errors.New("what the state rests on cannot be read: it was built by a newer version of the program; run that one, or use another --app-id")

// decodeSettings refuses fields that are not known: they are facts on which the numbers rest, and would be lost with the next change. It refuses rows
// of a version that is not known too, and so before there is any: the settings are written first.
func decodeSettings(value []byte) (*Settings, error) {
	s := new(Settings)
	value, s.BaseOnly = bytes.CutPrefix(value, baseOnly)
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	if s.RowVersion > windows.RowVersion {
		return nil, fmt.Errorf("%w: order rows are of version %d, and this program knows only those up to %d", ErrSettings, s.RowVersion, windows.RowVersion)
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

// Supersedes is whether a record of a changelog says that the state gave its place to another.
func Supersedes(key, value []byte) (bool, error) {
	settings, err := DecodeSettings(key, value)
	return settings != nil && settings.SupersededBy != "", err
}

// baseOnly goes before the settings where Settings.BaseOnly holds. It begins no JSON.
var baseOnly = []byte{2}

// SetSettings writes what the state rests on.
func (s *Store) SetSettings(settings *Settings) {
	r := settings.Record()
	s.Partition.Put(r.Key, r.Value)
	s.logged(baseKey(r.Key), r.Value)
}

// Record is the settings as a record of the changelog.
func (s *Settings) Record() Record {
	value, err := json.Marshal(s)
	must(err) // Texts and numbers can be written.
	if s.BaseOnly {
		value = append(baseOnly[:1:1], value...)
	}
	return Record{Key: []byte{tagSettings}, Value: value}
}
