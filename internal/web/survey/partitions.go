package survey

import (
	"cmp"
	"maps"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/peers"
)

// Partitions is what all processes of the application do, each as it answered.
type Partitions struct {
	Generation *int32           `json:"generation" doc:"Of the group; null while nothing is known, and from a process that is no member."`
	AsOf       *inspect.Instant `json:"as_of" doc:"When it was last confirmed who has what; null while nothing is known."`
	Stale      bool             `json:"stale" doc:"Who has what may have changed since."`
	Not        *string          `json:"as_of_not" doc:"Why who has what is not known, or may have changed, where there is a reason; else null."`
	Members    []Member         `json:"members" doc:"The processes that have partitions, by id."`
	Partitions []Partition      `json:"partitions" doc:"All that are known of, by number."`
}

// Member is a process of the group.
type Member struct {
	Member  string           `json:"member" doc:"Its id in the group; empty for the process that answers while it is in none."`
	Address *string          `json:"address" doc:"Where it answers by HTTP; null where that is not known."`
	Self    bool             `json:"self" doc:"It is the process that answers."`
	AsOf    *inspect.Instant `json:"as_of" doc:"When it told what it does; null where it did not."`
	Not     *string          `json:"as_of_not" doc:"Why it did not answer; null where it did."`
}

// Partition is what is done with one.
type Partition struct {
	Partition int32        `json:"partition"`
	Owner     *string      `json:"owner" doc:"The member to which the group gave it; null for nobody."`
	Former    []string     `json:"former" doc:"Members that worked on it before, and go on until the owner is ready."`
	Standbys  []string     `json:"standbys" doc:"Members that are to follow who works on it."`
	Tasks     []MemberTask `json:"tasks" doc:"What members that answered do with it, by member."`
}

// MemberTask is what a member does with a partition.
type MemberTask struct {
	Member string `json:"member"`
	Task
}

// newPartitions is what the group says, before any process was asked. Members are those that are to be asked.
func newPartitions(known []peers.Peers) (p *Partitions, members []peers.Peer) {
	p = &Partitions{Stale: len(known) == 0, Members: []Member{}, Partitions: make([]Partition, len(known))}
	byID := map[string]peers.Peer{}
	for i := range known {
		of := &known[i]
		p.Stale = p.Stale || of.Stale
		p.Partitions[i] = Partition{Partition: int32(i), Former: ids(of.Former), Standbys: ids(of.Standbys), Tasks: []MemberTask{}}
		if of.Generation != peers.Unknown {
			p.Generation = &of.Generation
		}
		if asOf := inspect.Instant(of.AsOf.UnixMilli()); !of.AsOf.IsZero() {
			p.AsOf = &asOf
		}
		all := slices.Concat(of.Former, of.Standbys)
		if of.Owner != nil {
			p.Partitions[i].Owner = &of.Owner.Member
			all = append(all, *of.Owner)
		}
		for _, peer := range all {
			byID[peer.Member] = peer
		}
	}
	return p, slices.SortedFunc(maps.Values(byID), func(a, b peers.Peer) int { return cmp.Compare(a.Member, b.Member) })
}

func ids(of []peers.Peer) []string {
	all := make([]string, len(of))
	for i := range of {
		all[i] = of[i].Member
	}
	return all
}

// add adds what a member answered, or why it did not. A partition of which nothing is known is taken from this process's own word alone.
func (p *Partitions) add(m *Member, told []Task) {
	p.Members = append(p.Members, *m)
	for i := range told {
		of := p.find(told[i].Partition, m.Self)
		if of != nil {
			of.Tasks = append(of.Tasks, MemberTask{m.Member, told[i]})
		}
	}
}

// sort puts all in the order of members.
func (p *Partitions) sort() {
	slices.SortFunc(p.Members, func(a, b Member) int { return cmp.Compare(a.Member, b.Member) })
	for i := range p.Partitions {
		slices.SortFunc(p.Partitions[i].Tasks, func(a, b MemberTask) int { return cmp.Compare(a.Member, b.Member) })
	}
}

func (p *Partitions) find(partition int32, make bool) *Partition {
	i, found := slices.BinarySearchFunc(p.Partitions, partition, func(p Partition, n int32) int { return cmp.Compare(p.Partition, n) })
	if !found && !make {
		return nil
	}
	if !found {
		p.Partitions = slices.Insert(p.Partitions, i, Partition{Partition: partition, Former: []string{}, Standbys: []string{}, Tasks: []MemberTask{}})
	}
	return &p.Partitions[i]
}
