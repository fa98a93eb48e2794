package view

import (
	"hash/fnv"
	"strconv"
)

// Mark tells what was read from what was read later: two that are equal are of the same content, of this view or of one of another process that follows the
// same topics. It means nothing else.
type Mark string

// Mark is that of all sellers and alerts.
func (v *View) Mark() Mark {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	numbers := []int64{0}
	if v.whole {
		numbers[0] = 1
	}
	for _, l := range v.logs {
		numbers = append(numbers, l.next)
	}
	return markOf(numbers...)
}

// MarkOf is that of a seller: of its latest report and its latest alert.
func (v *View) MarkOf(seller string) Mark {
	v.mutex.Lock()
	s, alerts := v.table.find(seller), v.recent.byPlace.Copy()
	v.mutex.Unlock()
	numbers := make([]int64, 4)
	if s != nil {
		numbers[0], numbers[1] = int64(s.partition)+1, s.offset
	}
	alerts.Reverse(func(a *alert) bool {
		if a.seller == seller {
			numbers[2], numbers[3] = int64(a.partition)+1, a.offset
		}
		return a.seller != seller
	})
	return markOf(numbers...)
}

func markOf(numbers ...int64) Mark {
	h := fnv.New64a()
	for _, n := range numbers {
		_, _ = h.Write(strconv.AppendInt(nil, n, 36)) // A hash takes everything.
		_, _ = h.Write([]byte{' '})
	}
	return Mark(strconv.FormatUint(h.Sum64(), 36))
}
