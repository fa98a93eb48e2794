package diff

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// seller is what is kept of a seller.
type seller struct {
	id        string
	partition int32 // of the changelogs
	changed   int   // the look that found the last change
	decided   bool  // it settled: what comes later is not looked at
	sides     [2]digest
}

// table is what was read. Several goroutines write to it while a look is taken.
type table struct {
	only   string                 // seller that is looked at; empty for all
	others [events.NumTopics]bool // whether the sides read other topics: then offsets say nothing of one another

	mutex    sync.Mutex
	look     int // that is being taken, from 1
	sellers  map[string]*seller
	rules    []string       // by their numbers
	numbers  map[string]int // by their names
	settings [2]*state.Settings
	clocks   [2]map[int32]state.Clock
	reach    [2]map[int]windows.Date     // by rule, as far as reports tell
	past     []*[2]map[int32]state.Clock // as each look but the present one found them

	// Of comparing, which one goroutine does between two looks.
	order     []int // of the rules' numbers, by their names
	inForce   [2][]bool
	sameRules bool // are in force on both sides, whatever they ask for
	standings [2][]standing
	differing []int
}

func newTable(only string) *table {
	return &table{only: only, sellers: map[string]*seller{}, numbers: map[string]int{}, clocks: [2]map[int32]state.Clock{{}, {}}, reach: [2]map[int]windows.Date{{}, {}}}
}

// begin begins a look.
func (t *table) begin() {
	if t.look++; t.look > 1 {
		t.past = append(t.past, &[2]map[int32]state.Clock{maps.Clone(t.clocks[live]), maps.Clone(t.clocks[candidate])})
	}
}

// number is the number of a rule. The name may alias what is read.
func (t *table) number(rule string) int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	n, ok := t.numbers[rule]
	if !ok {
		n = len(t.rules)
		rule = strings.Clone(rule)
		t.rules, t.numbers[rule] = append(t.rules, rule), n
	}
	return n
}

// wanted is whether a seller is looked at.
func (t *table) wanted(id []byte) bool { return t.only == "" || string(id) == t.only }

// update changes what is kept of a seller. One that the first look did not find came later on both sides, or moves.
func (t *table) update(id []byte, side int, change func(*seller, *digest)) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	s := t.sellers[string(id)]
	if s == nil {
		if t.look > 1 {
			return
		}
		s = &seller{id: string(id), partition: -1}
		t.sellers[s.id] = s
	}
	if s.decided {
		return
	}
	before := s.sides[side]
	change(s, &s.sides[side])
	if s.sides[side] != before {
		s.changed = t.look
	}
}

// takeState takes a record of a changelog; order rows and whatever else a seller has are passed over.
func (t *table) takeState(side int, partition int32, key, value []byte) error {
	id, r, ok, err := state.DecodeSellerRecord(key, value)
	if !ok {
		return t.takeBasis(side, partition, key, value)
	}
	if !t.wanted(id) {
		return nil
	}
	var states string
	if err == nil {
		states, err = packStates(&r, t.number)
	}
	if err != nil {
		return fmt.Errorf("decode seller %q: %w", id, err)
	}
	t.update(id, side, func(s *seller, d *digest) {
		s.partition = partition
		d.known, d.due, d.expected, d.states = r.Known, r.ReportDue, r.Reported, states
	})
	return nil
}

// takeBasis takes a record that says on what the state rests, or how far it is.
func (t *table) takeBasis(side int, partition int32, key, value []byte) error {
	settings, err := state.DecodeSettings(key, value)
	if err != nil {
		return err
	}
	clock, err := state.DecodeClockRecord(key, value)
	if err != nil {
		return err
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if settings != nil {
		t.settings[side] = settings
	}
	if clock != nil {
		t.clocks[side][partition] = *clock
	}
	return nil
}

// clockOf is how far a side is in a partition.
func clockOf(clocks *[2]map[int32]state.Clock, side int, partition int32) state.Clock {
	if c, ok := clocks[side][partition]; ok {
		return c
	}
	return state.Clock{StreamTime: events.None}
}
