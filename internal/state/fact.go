package state

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
)

// Fact is one thing that a state rests on.
type Fact struct {
	Name   string `json:"name"`           // "time zone", "topic orders"
	Flag   string `json:"flag,omitempty"` // that sets it; empty where none does
	Value  string `json:"value"`          // or a digest of it; empty where it is not known
	Effect Effect `json:"-"`
}

// Effect is what another fact means for a state.
type Effect uint8

// The effects.
const (
	Refused   Effect = iota // its numbers cannot be continued
	Replaced                // its offsets mean nothing in a topic that was made anew
	Rebuilt                 // what is derived of its orders is other than is stored
	Evaluated               // rules have to be evaluated anew
	Reported                // its reports are to be published again
	Noted                   // nothing
)

// Names of facts.
const (
	FactAppID       = "application"
	FactZone        = "time zone"
	FactZoneData    = "data of the time zone"
	FactVersion     = "facts version"
	FactRetention   = "retention"
	FactHistory     = "history"
	FactPartitioner = "partitioner"
	FactRules       = "rules"
)

// The topics that are not inputs, by what they are for.
const (
	Alerts       = "alerts"
	SellerHealth = "seller-health"
	DeadLetters  = "dead-letters"
	Changelog    = "changelog"
)

// Uses lists what there are topics for, the inputs first.
func Uses() (uses []string) {
	for i := range events.NumTopics {
		uses = append(uses, i.String())
	}
	return append(uses, Changelog, Alerts, SellerHealth, DeadLetters)
}

// Facts lists everything, always in the same order. What sets the version of the facts and the data of a zone is the version of the program.
func (s *Settings) Facts() []Fact {
	facts := []Fact{
		{FactAppID, "--app-id", s.AppID, Refused}, // Of two applications on one changelog neither would fence the other.
		{FactZone, "--time-zone", s.Zone, Refused},
		{FactRetention, "--retention", number(int64(s.Retention), "d"), Refused},
		{FactHistory, "--history", number(int64(max(s.History, s.Retention)), "d"), Rebuilt},
		{FactPartitioner, "--partitioner", s.Partitioner, Refused},
		{FactZoneData, "", s.ZoneData, Rebuilt},
		{FactVersion, "", number(int64(s.FactsVersion), ""), Rebuilt},
		{FactRules, "--rules", s.rulesDigest(), Evaluated},
	}
	for i, use := range Uses() {
		effects := [...]Effect{Refused, Replaced, Refused}
		switch {
		case use == SellerHealth:
			effects = [...]Effect{Refused, Reported, Reported}
		case i > int(events.NumTopics): // The state does not rest on what an output is, but its readers on its name.
			effects = [...]Effect{Refused, Noted, Noted}
		}
		t := s.Topics[use]
		facts = append(facts, Fact{TopicFact(use), "--topic-" + use, t.Name, effects[0]}, Fact{IDFact(use), "", t.ID, effects[1]},
			Fact{PartitionsFact(use), "", number(int64(t.Partitions), ""), effects[2]})
	}
	return facts
}

// TopicFact is the fact that the topic for a use has a name.
func TopicFact(use string) string { return "topic " + use }

// IDFact is the fact that it has an id.
func IDFact(use string) string { return "id of topic " + use }

// PartitionsFact is the fact that it has a number of partitions.
func PartitionsFact(use string) string { return "partitions of topic " + use }

// number is a number with its unit; empty for 0, which is not known.
func number(n int64, unit string) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10) + unit
}

// rulesDigest tells sets of rules apart.
func (s *Settings) rulesDigest() string {
	if s.Rules == nil {
		return ""
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Rules)) {
		_, _ = h.Write([]byte(name + "\x00" + s.Rules[name] + "\x00")) // It never fails.
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Difference is a fact that is not what it was.
type Difference struct {
	Fact        // as it is
	Was  string // Fact.Value as it was
}

// Differences lists the facts that are known on both sides and not the same.
func Differences(were, are []Fact) (all []Difference) {
	was, is := byName(were), byName(are)
	for _, f := range are {
		before := was[f.Name]
		if before == "" || f.Value == "" || before == f.Value {
			continue
		}
		if f.Name == FactHistory && before == was[FactRetention] && f.Value == is[FactRetention] {
			continue // It only follows the retention, which is told.
		}
		if f.Name == FactPartitioner && f.Value == AnyPartition {
			f.Effect = Noted // Sellers are where their keys say, and from now on wherever producers put them, whom this trusts.
		}
		if f.Name == FactHistory && shorter(f.Value, before) {
			f.Effect = Refused // What was frozen would be lost.
		}
		all = append(all, Difference{f, before})
	}
	return all
}

func byName(facts []Fact) map[string]string {
	values := make(map[string]string, len(facts))
	for _, f := range facts {
		values[f.Name] = f.Value
	}
	return values
}

// shorter is whether one number of days is less than another.
func shorter(days, than string) bool {
	a, _ := strconv.Atoi(strings.TrimSuffix(days, "d")) // They are what number wrote.
	b, _ := strconv.Atoi(strings.TrimSuffix(than, "d"))
	return a < b
}

// String names the fact, the flag that sets it and both values.
func (d *Difference) String() string {
	set := ""
	if d.Flag != "" {
		set = " (" + d.Flag + ")"
	}
	return d.Name + set + " was " + d.Was + " and is " + d.Value
}

// From lists the facts in which the settings differ from those that a state has.
func (s *Settings) From(stored *Settings) []Difference {
	if len(stored.Topics) == 0 && len(stored.OldIDs) > 0 {
		old := *stored
		old.Topics = map[string]Topic{}
		for use, t := range s.Topics {
			id, known := stored.OldIDs[t.Name]
			if old.Topics[use] = (Topic{ID: id}); !known && slices.Index(Uses(), use) <= int(events.NumTopics) { // It wrote those of inputs and changelog.
				old.Topics[use] = Topic{Name: "one of " + strings.Join(slices.Sorted(maps.Keys(stored.OldIDs)), ", ")}
			}
		}
		stored = &old
	}
	return Differences(stored.Facts(), s.Facts())
}
