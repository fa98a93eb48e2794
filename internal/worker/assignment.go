package worker

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// assignProtocol is the name of the way in which a group of this version divides the partitions.
const assignProtocol = "sellerpulse-succession"

// assign divides the partitions among the members and gives each partition as many standbys as asked for, as far as there are members.
//
// Members own the same number of partitions, but for one. Within that a partition stays where it is, and one that must move goes to the
// member whose state is nearest to the end. Standbys are spread in the same way. Members whose facts are not the group's get nothing, and are
// told why; facts are those of the one that assigns. A successor gets what it is to succeed to and nothing else, whatever its facts.
func assign(members []stream.GroupMember, facts []state.Fact, partitions int32, standbys int) (assigned map[string]stream.Assignment, refused map[string]string) {
	candidates := make([]*candidate, len(members))
	for i, m := range members {
		candidates[i] = newCandidate(m, partitions)
	}
	slices.SortFunc(candidates, func(a, b *candidate) int { return strings.Compare(a.id, b.id) })
	successors, others, left := succeed(candidates, partitions)
	admitted, refused := admit(others, facts)
	plan := &assignmentPlan{
		members: admitted, partitions: left, ends: make([]int64, partitions), changelogs: make([]string, partitions), owner: make([]*candidate, partitions),
	}
	plan.survey()
	plan.assignOwners()
	plan.assignStandbys(min(standbys, len(admitted)-1))
	assigned = make(map[string]stream.Assignment, len(candidates))
	for _, c := range slices.Concat(successors, admitted) {
		slices.Sort(c.owned)
		slices.Sort(c.standby)
		assigned[c.id] = stream.Assignment{Partitions: c.owned, UserData: encodeAssigned(assignedData{Standby: c.standby})}
	}
	for id, why := range refused {
		assigned[id] = stream.Assignment{UserData: encodeAssigned(assignedData{Refused: why})}
	}
	return assigned, refused
}

// succeed gives successors what they are to succeed to, the first by id where several are to. The partitions that are left are for the others.
func succeed(candidates []*candidate, partitions int32) (successors, others []*candidate, left []int32) {
	taken := make([]bool, partitions)
	for _, c := range candidates {
		if len(c.succeeds) == 0 {
			others = append(others, c)
			continue
		}
		successors = append(successors, c)
		for _, p := range c.succeeds {
			if !taken[p] {
				taken[p] = true
				c.owned = append(c.owned, p)
			}
		}
	}
	for p := range partitions {
		if !taken[p] {
			left = append(left, p)
		}
	}
	return successors, others, left
}

// assignmentPlan is an assignment in the making.
type assignmentPlan struct {
	members    []*candidate // by id
	partitions []int32      // to be divided
	changelogs []string     // of each partition, the one that is its state, as far as members say
	ends       []int64      // of each partition, the furthest that any member has come in that
	owner      []*candidate // of each partition; before assignOwners, the one that works on it
}

// survey finds out who works on each partition now. Of several, one of which was fenced without knowing it yet, it is the furthest.
func (p *assignmentPlan) survey() {
	for _, c := range p.members {
		for partition, h := range c.holdings {
			if was := p.owner[partition]; h.Active && (was == nil || h.Position > was.holdings[partition].Position) {
				p.owner[partition], p.changelogs[partition] = c, h.Changelog
			}
		}
	}
	for _, c := range p.members {
		for partition, h := range c.holdings {
			if p.owner[partition] == nil && h.Position > p.ends[partition] {
				p.changelogs[partition] = h.Changelog // Nobody works on it, so the changelog is whose it was.
			}
			if h.Changelog == p.changelogs[partition] {
				p.ends[partition] = max(p.ends[partition], h.Position)
			}
		}
	}
}

// distance is how many records of the changelog a member would have to read to own a partition; the most for one without any state.
func (p *assignmentPlan) distance(c *candidate, partition int32) int64 {
	h, ok := c.holdings[partition]
	if !ok || h.Changelog != p.changelogs[partition] {
		return math.MaxInt64
	}
	return p.ends[partition] - h.Position
}

// quotas is how many partitions each member gets: those that own the most now get one more where it does not come out even.
func (p *assignmentPlan) quotas() map[*candidate]int {
	owns := map[*candidate]int{}
	for _, c := range p.owner {
		if c != nil {
			owns[c]++
		}
	}
	byOwned := slices.Clone(p.members)
	slices.SortStableFunc(byOwned, func(a, b *candidate) int { return cmp.Compare(owns[b], owns[a]) })
	quotas := map[*candidate]int{}
	for i, c := range byOwned {
		quotas[c] = len(p.partitions) / len(byOwned)
		if i < len(p.partitions)%len(byOwned) {
			quotas[c]++
		}
	}
	return quotas
}

// assignOwners lets owners keep what their quota allows, those partitions first that would have the longest way, and gives the others to
// who is nearest.
func (p *assignmentPlan) assignOwners() {
	quotas := p.quotas()
	elsewhere := make([]int64, len(p.owner)) // how far the nearest other member is
	for _, partition := range p.partitions {
		elsewhere[partition] = math.MaxInt64
		for _, c := range p.members {
			if c != p.owner[partition] {
				elsewhere[partition] = min(elsewhere[partition], p.distance(c, partition))
			}
		}
	}
	order := slices.Clone(p.partitions)
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(elsewhere[b], elsewhere[a]) })
	for _, partition := range order {
		c := p.owner[partition]
		if c != nil && quotas[c] > 0 {
			quotas[c]--
			c.owned = append(c.owned, partition)
		} else {
			p.owner[partition] = nil
		}
	}
	for _, m := range p.nearest(order, func(partition int32) bool { return p.owner[partition] == nil }) {
		if p.owner[m.partition] == nil && quotas[m.to] > 0 {
			quotas[m.to]--
			m.to.owned = append(m.to.owned, m.partition)
			p.owner[m.partition] = m.to
		}
	}
}

// move is a way in which a partition could go to a member.
type move struct {
	partition int32
	to        *candidate
	distance  int64
}

// nearest lists the ways in which the wanted partitions could go, the shortest first.
func (p *assignmentPlan) nearest(order []int32, wanted func(int32) bool) (moves []move) {
	for _, partition := range order {
		if !wanted(partition) {
			continue
		}
		for _, c := range p.members {
			moves = append(moves, move{partition, c, p.distance(c, partition)})
		}
	}
	slices.SortStableFunc(moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.partition, b.partition))
	})
	return moves
}

// assignStandbys gives each partition so many members beside its owner, the nearest ones as far as their share allows.
func (p *assignmentPlan) assignStandbys(copies int) {
	if copies <= 0 {
		return
	}
	moves := p.nearest(p.partitions, func(int32) bool { return true })
	missing := make([]int, len(p.owner))
	for i := range missing {
		missing[i] = copies
	}
	share := (len(p.partitions)*copies + len(p.members) - 1) / len(p.members)
	// What the shares leave open, because the only members with room own the partition, goes to whoever has least.
	for _, room := range []int{share, math.MaxInt} {
		for _, m := range moves {
			full := len(m.to.standby) >= room || missing[m.partition] == 0
			if !full && m.to != p.owner[m.partition] && !slices.Contains(m.to.standby, m.partition) {
				missing[m.partition]--
				m.to.standby = append(m.to.standby, m.partition)
			}
		}
	}
}
