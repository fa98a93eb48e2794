package state

// timerHeap is timers of which the soonest is at hand, at 0.
type timerHeap []ahead

// order makes it a heap, after it was changed otherwise.
func (h timerHeap) order() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h *timerHeap) push(a ahead) {
	*h = append(*h, a)
	all := *h
	for i := len(all) - 1; i > 0; {
		parent := (i - 1) / 2
		if !all[i].before(all[parent]) {
			return
		}
		all[parent], all[i] = all[i], all[parent]
		i = parent
	}
}

func (h *timerHeap) pop() ahead {
	all := *h
	first, last := all[0], len(all)-1
	all[0] = all[last]
	all[last] = ahead{}
	*h = all[:last]
	h.down(0)
	return first
}

func (h timerHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h[least], h[i] = h[i], h[least]
		i = least
	}
}
