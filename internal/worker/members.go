package worker

import (
	"encoding/json"
	"fmt"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// membership is the version of what members are told by the one that assigns, and telling that of what each tells of itself: since 2 its address too. Whoever
// reads another version takes what it knows, and what is not told for nothing.
const (
	membership = 1
	telling    = 2
)

// holding is what a member has of a partition.
type holding struct {
	Partition int32  `json:"partition"`
	Position  int64  `json:"position"`            // of the changelog up to which its disk holds the state
	Changelog string `json:"changelog,omitempty"` // the topic that the position is of
	Active    bool   `json:"active,omitempty"`    // that it works on the partition
}

// memberData is what a member tells all others, and above all the one that assigns.
type memberData struct {
	Version  int          `json:"version,omitempty"` // of what is told; none before 2
	Holdings []holding    `json:"holdings"`
	Facts    []state.Fact `json:"facts"` // on which its states rest

	// Succeeds are partitions whose state is about to give its place to one that this member has, which is to own them alone, and no others.
	Succeeds []int32 `json:"succeeds,omitempty"`

	Address string `json:"address,omitempty"` // of its HTTP, as [peers.ParseAddress] gives it; empty for none
}

func encodeMember(data memberData) []byte {
	data.Version = telling
	return encoded(data)
}

// assignedData is what a member is told beside the partitions it owns.
type assignedData struct {
	Version int     `json:"version"` // of what is told; none is told by others than members of this program
	Standby []int32 `json:"standby"`
	Refused string  `json:"refused,omitempty"` // why the member gets nothing; empty if it is one of the group
}

func encodeAssigned(data assignedData) []byte {
	data.Version = membership
	return encoded(data)
}

func encoded(data any) []byte {
	b, err := json.Marshal(data)
	if err != nil {
		panic("worker: " + err.Error()) // Numbers, booleans and texts can be written.
	}
	return b
}

// decodeAssigned reads what a member is told. Its error is one of the group when nobody assigned who could.
func decodeAssigned(b []byte) (assignedData, error) {
	var data assignedData
	if json.Unmarshal(b, &data) != nil || data.Version < membership {
		return data, fmt.Errorf("the partitions were not assigned by a process of this version: %w", stream.ErrStranger)
	}
	return data, nil
}

// candidate is a member and what it tells of itself.
type candidate struct {
	id       string
	facts    []state.Fact
	holdings map[int32]holding
	succeeds []int32 // partitions
	owned    []int32
	standby  []int32
}

// newCandidate takes what a member says of itself; what cannot be read, or is of no partition there is, counts as nothing.
func newCandidate(m stream.GroupMember, partitions int32) *candidate {
	c := &candidate{id: m.ID, holdings: map[int32]holding{}}
	var data memberData
	if json.Unmarshal(m.UserData, &data) != nil {
		return c
	}
	c.facts = data.Facts
	for _, p := range data.Succeeds {
		if p >= 0 && p < partitions {
			c.succeeds = append(c.succeeds, p)
		}
	}
	for _, h := range data.Holdings {
		if h.Partition >= 0 && h.Partition < partitions && h.Position >= 0 {
			c.holdings[h.Partition] = h
		}
	}
	return c
}

// active is how many partitions the member works on.
func (c *candidate) active() (n int) {
	for _, h := range c.holdings {
		if h.Active {
			n++
		}
	}
	return n
}

// admit tells the members whose states rest on the same facts from those that are to be refused, and why.
//
// The facts are those by which most partitions are worked on now, else those of the one that assigns, which are given: so a process with
// other settings that comes to lead, while the others restart, does not end those which it should have joined.
func admit(candidates []*candidate, own []state.Fact) (admitted []*candidate, refused map[string]string) {
	facts, refused := prevailing(candidates, own), map[string]string{}
	for _, c := range candidates {
		if why := mismatch(facts, c.facts); why != "" {
			refused[c.id] = why
		} else {
			admitted = append(admitted, c)
		}
	}
	return admitted, refused
}

// prevailing is the facts by which most partitions are worked on.
func prevailing(candidates []*candidate, own []state.Fact) []state.Fact {
	facts, most := own, 0
	for _, by := range candidates {
		active := 0
		for _, c := range candidates {
			if len(by.facts) > 0 && mismatch(by.facts, c.facts) == "" {
				active += c.active()
			}
		}
		if active > most || active == most && active > 0 && mismatch(own, by.facts) == "" {
			facts, most = by.facts, active
		}
	}
	return facts
}

// mismatch says in what a member's facts differ from the group's, and what to do; nothing if they do not.
func mismatch(group, member []state.Fact) string {
	if len(member) == 0 {
		return "it does not tell its settings, being of an older version or no `processor run` at all: stop all processes of that kind"
	}
	differences := independent(state.Differences(group, member))
	if len(differences) == 0 {
		return ""
	}
	const most = 4
	var texts []string
	for _, d := range differences[:min(most, len(differences))] {
		texts = append(texts, differenceText(&d))
	}
	if more := len(differences) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return "its settings are not those of the group: " + strings.Join(texts, "; ") +
		": give all processes of one --app-id the same, which are restarted together when they change, or give this one another --app-id"
}

func differenceText(d *state.Difference) string {
	set := ""
	switch {
	case d.Flag != "":
		set = " (" + d.Flag + ")"
	case d.Name == state.FactZoneData || d.Name == state.FactVersion:
		set = " (of this version of the program)"
	}
	return fmt.Sprintf("%s%s is %s, and the group's %s", d.Name, set, quoted(d.Value), quoted(d.Was))
}

// quoted bounds what is repeated of what others say.
func quoted(text string) string { return fmt.Sprintf("%.100q", text) }

// independent leaves out differences that follow from others: that a topic of another name is another one, that all have other names where
// they have another prefix, and that another zone has other data.
func independent(differences []state.Difference) (left []state.Difference) {
	names := map[string]state.Difference{}
	for _, d := range differences {
		names[d.Name] = d
	}
	follows := map[string]bool{}
	prefix, prefixed := commonPrefix(names)
	if prefixed {
		left = append(left, prefix)
	}
	for _, use := range state.Uses() {
		_, renamed := names[state.TopicFact(use)]
		follows[state.TopicFact(use)] = prefixed
		follows[state.IDFact(use)], follows[state.PartitionsFact(use)] = renamed, renamed
	}
	_, follows[state.FactZoneData] = names[state.FactZone]
	for _, d := range differences {
		if !follows[d.Name] {
			left = append(left, d)
		}
	}
	return left
}

// commonPrefix is the one difference that explains those of all names, if every topic has another prefix.
func commonPrefix(names map[string]state.Difference) (prefix state.Difference, ok bool) {
	uses := state.Uses()
	first := names[state.TopicFact(uses[0])]
	is, named := strings.CutSuffix(first.Value, uses[0])
	was, wasNamed := strings.CutSuffix(first.Was, uses[0])
	for _, use := range uses {
		d := names[state.TopicFact(use)]
		a, prefixed := strings.CutPrefix(d.Value, is)
		b, wasPrefixed := strings.CutPrefix(d.Was, was)
		named = named && wasNamed && prefixed && wasPrefixed && a != "" && a == b
	}
	return state.Difference{Fact: state.Fact{Name: "topic prefix", Flag: "--topic-prefix", Value: is}, Was: was}, named
}
