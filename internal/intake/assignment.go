package intake

import (
	"encoding/json"
	"slices"
	"strings"

	"sellerpulse/internal/stream"
)

// told is what a member tells the one that assigns.
type told struct {
	Owned []int32 `json:"owned"` // units that it works on
}

// assign divides the units among the members, to within one. A unit stays where it is as far as that allows.
func assign(members []stream.GroupMember, units int32) map[string]stream.Assignment {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b stream.GroupMember) int { return strings.Compare(a.ID, b.ID) })
	owner, before := make([]int, units), make([]int, len(members)) // by unit: 1 + index of the member
	for i, m := range members {
		var t told
		_ = json.Unmarshal(m.UserData, &t) // Who says what cannot be read works on nothing.
		for _, p := range t.Owned {
			if p >= 0 && p < units && owner[p] == 0 {
				owner[p] = 1 + i
				before[i]++
			}
		}
	}
	room := quotas(before, int(units))
	assigned := make([][]int32, len(members))
	give := func(p int32, i int) {
		room[i]--
		assigned[i] = append(assigned[i], p)
	}
	var left []int32
	for p := range units {
		if i := owner[p] - 1; i >= 0 && room[i] > 0 {
			give(p, i)
		} else {
			left = append(left, p)
		}
	}
	for _, p := range left {
		give(p, slices.IndexFunc(room, func(n int) bool { return n > 0 }))
	}
	all := make(map[string]stream.Assignment, len(members))
	for i, m := range members {
		slices.Sort(assigned[i])
		all[m.ID] = stream.Assignment{Partitions: assigned[i]}
	}
	return all
}

// quotas is how many units each member gets: those that own the most now get one more where it does not come out even.
func quotas(owns []int, units int) []int {
	order := make([]int, len(owns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return owns[b] - owns[a] })
	room := make([]int, len(owns))
	for rank, i := range order {
		room[i] = units / len(owns)
		if rank < units%len(owns) {
			room[i]++
		}
	}
	return room
}
