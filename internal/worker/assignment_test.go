package worker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sellerpulse/internal/stream"
)

// standing is what members own and stand by for, by their id.
type standing map[string]assignedTo

type assignedTo struct{ owned, standby []int32 }

// assignTo assigns and reads what each member is told.
func assignTo(t *testing.T, members map[string][]holding, partitions int32, standbys int) standing {
	t.Helper()
	var all []stream.GroupMember
	for id, holdings := range members {
		all = append(all, stream.GroupMember{ID: id, UserData: encodeMember(memberData{Holdings: holdings, Facts: someFacts})})
	}
	result := standing{}
	assigned, refused := assign(all, someFacts, partitions, standbys)
	if len(refused) > 0 {
		t.Errorf("refused: %v", refused)
	}
	for id, a := range assigned {
		told, err := decodeAssigned(a.UserData)
		if err != nil || told.Refused != "" {
			t.Fatal(err, told)
		}
		result[id] = assignedTo{a.Partitions, told.Standby}
	}
	return result
}

// check holds what every assignment must keep to: one owner each, within one partition of one another, standbys on other members.
func (s standing) check(t *testing.T, members int, partitions int32, standbys int) {
	t.Helper()
	owners, copies := make([]int, partitions), make([]int, partitions)
	for id, a := range s {
		if n := len(a.owned); n < int(partitions)/members || n > (int(partitions)+members-1)/members {
			t.Errorf("%s owns %d of %d partitions among %d members", id, n, partitions, members)
		}
		for _, p := range a.owned {
			owners[p]++
		}
		for _, p := range a.standby {
			copies[p]++
			if slices.Contains(a.owned, p) {
				t.Errorf("%s stands by for partition %d, which it owns", id, p)
			}
		}
		if len(slices.Compact(slices.Clone(a.standby))) != len(a.standby) {
			t.Errorf("%s stands by for %v", id, a.standby)
		}
	}
	for p := range partitions {
		if owners[p] != 1 || copies[p] != min(standbys, members-1) {
			t.Errorf("partition %d has %d owners and %d standbys", p, owners[p], copies[p])
		}
	}
}

func TestAssign(t *testing.T) {
	active := func(p int32, position int64) holding { return holding{Partition: p, Position: position, Active: true} }
	passive := func(p int32, position int64) holding { return holding{Partition: p, Position: position} }
	for name, c := range map[string]struct {
		members    map[string][]holding
		partitions int32
		standbys   int
		want       standing
	}{
		"one member": {
			members: map[string][]holding{"a": nil}, partitions: 2, standbys: 1, want: standing{"a": {[]int32{0, 1}, nil}},
		},
		"a newcomer gets what it must": {
			members:    map[string][]holding{"a": {active(0, 9), active(1, 9), active(2, 9)}, "b": nil},
			partitions: 3, want: standing{"a": {[]int32{0, 1}, nil}, "b": {[]int32{2}, nil}},
		},
		"the most warmed up moves": {
			members:    map[string][]holding{"a": {active(0, 90), active(1, 90)}, "b": {passive(0, 80), passive(1, 20)}},
			partitions: 2, want: standing{"a": {[]int32{1}, nil}, "b": {[]int32{0}, nil}},
		},
		"a standby takes over": {
			members:    map[string][]holding{"a": {active(0, 5), passive(2, 50)}, "b": {active(1, 5), passive(2, 40)}},
			partitions: 3, want: standing{"a": {[]int32{0, 2}, nil}, "b": {[]int32{1}, nil}},
		},
		"a fenced owner that does not know it yet": {
			members:    map[string][]holding{"a": {active(0, 5)}, "b": {active(0, 50)}},
			partitions: 1, want: standing{"a": {nil, nil}, "b": {[]int32{0}, nil}},
		},
		"standbys stay where the state is": {
			members:    map[string][]holding{"a": {active(0, 9), passive(1, 9)}, "b": {active(1, 9)}, "c": {passive(0, 9)}},
			partitions: 2, standbys: 1, want: standing{"a": {[]int32{0}, []int32{1}}, "b": {[]int32{1}, nil}, "c": {nil, []int32{0}}},
		},
		"what cannot be is passed over": {
			members:    map[string][]holding{"a": {active(7, 9), active(-1, 9), {Position: -5, Active: true}}},
			partitions: 1, want: standing{"a": {[]int32{0}, nil}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := assignTo(t, c.members, c.partitions, c.standbys)
			got.check(t, len(c.members), c.partitions, c.standbys)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Members come and go at random: every assignment is balanced, depends on nothing but what members say, and moves no more than it must.
func TestAssignmentsStayWhereTheyCan(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		partitions, standbys := int32(1+r.IntN(40)), r.IntN(3)
		members := map[string][]holding{}
		for step := range 8 {
			if len(members) == 0 || r.IntN(3) > 0 {
				members[fmt.Sprintf("member-%d", step)] = nil
			} else {
				for id := range members {
					delete(members, id)
					break
				}
			}
			if len(members) == 0 {
				continue
			}
			got := assignTo(t, members, partitions, standbys)
			got.check(t, len(members), partitions, standbys)
			if again := assignTo(t, members, partitions, standbys); fmt.Sprint(again) != fmt.Sprint(got) {
				t.Fatalf("seed %d: %v, then %v", seed, got, again)
			}
			checkMoves(t, members, got, partitions)
			for id := range members {
				members[id] = nil
				for _, p := range got[id].owned {
					members[id] = append(members[id], holding{Partition: p, Position: 100, Active: true})
				}
				for _, p := range got[id].standby {
					members[id] = append(members[id], holding{Partition: p, Position: 90})
				}
			}
		}
	}
}

// checkMoves counts the partitions that left an owner that is still there: only what is over the larger share may.
func checkMoves(t *testing.T, members map[string][]holding, got standing, partitions int32) {
	t.Helper()
	most := (int(partitions) + len(members) - 1) / len(members)
	for id, holdings := range members {
		owned, kept := 0, 0
		for _, h := range holdings {
			if h.Active {
				owned++
				if slices.Contains(got[id].owned, h.Partition) {
					kept++
				}
			}
		}
		if lost := owned - kept; lost > max(0, owned-most+1) {
			t.Errorf("%s lost %d of %d partitions, its share being up to %d", id, lost, owned, most)
		}
	}
}
