package engine

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/rules"
)

// entry is a stored key and its value.
type entry struct{ key, value []byte }

// damage is what is done to one key of a sound state, and what is to be said of it.
type damage struct {
	name string
	tag  byte
	fits func(*entry) bool // which key; nil for the last
	do   func(*state.Partition, *entry)
	want verify.Kind
}

func put(change func(*entry)) func(*state.Partition, *entry) {
	return func(p *state.Partition, e *entry) {
		change(e)
		p.Put(e.key, e.value)
	}
}

func remove(p *state.Partition, e *entry) { p.Put(e.key, nil) }

func isParked(e *entry) bool { return e.value[0] == byte(state.Parked) }
func isLive(e *entry) bool   { return e.value[0] == byte(state.Live) }
func hasRow(e *entry) bool   { return len(e.value) > 0 }
func isGone(e *entry) bool   { return len(e.value) == 0 }

// kindOfTimer is whether a timer is of a kind: the byte after the seller, who ends with 0, 1.
func kindOfTimer(kind state.TimerKind) func(*entry) bool {
	return func(e *entry) bool {
		rest := e.key[9:]
		return rest[bytes.Index(rest, []byte{0, 1})+2] == byte(kind)
	}
}

// stateByte is where a seller's value has the state of its first rule.
func stateByte(e *entry) *byte { return &e.value[11+e.value[10]] }

var damages = []damage{
	{"bucket off by one", 'b', nil, put(func(e *entry) { e.value[len(e.value)-1]++ }), verify.KindBucket},
	{"bucket lost", 'b', nil, remove, verify.KindBucket},
	{"bucket too many", 'b', nil, put(func(e *entry) { e.key[len(e.key)-3] ^= 0x80 }), verify.KindBucket},
	{"bucket twice", 'b', nil, put(func(e *entry) { e.key[len(e.key)-1]++ }), verify.KindBucket},
	{"bucket cut off", 'b', nil, put(func(e *entry) { e.value = e.value[:len(e.value)-1] }), verify.KindBucket},
	{"bucket empty", 'b', nil, put(func(e *entry) { e.value = []byte{} }), verify.KindBucket},
	{"timer lost", 't', kindOfTimer(state.FactsDue), remove, verify.KindTimer},
	{"timer too many", 't', kindOfTimer(state.FactsDue), put(func(e *entry) { e.key[8] ^= 1 }), verify.KindTimer},
	{"timer of nobody", 't', nil, put(func(e *entry) { e.key = append(e.key, 'x') }), verify.KindTimer},
	{"timer past", 't', nil, put(func(e *entry) { clear(e.key[2:9]) }), verify.KindTimer},
	{"timer of parked events lost", 't', kindOfTimer(state.OrphanDue), remove, verify.KindTimer},
	{"timer of parked events too many", 't', kindOfTimer(state.OrphanDue), put(func(e *entry) { e.key[8] ^= 1 }), verify.KindTimer},
	{"index lost", 'i', isLive, remove, verify.KindIndex},
	{"index of another date", 'i', isLive, put(func(e *entry) { e.value[1] ^= 2 }), verify.KindIndex},
	{"index to nothing", 'i', isLive, put(func(e *entry) { e.key = append(e.key, 'x') }), verify.KindIndex},
	{"index cut off", 'i', isLive, put(func(e *entry) { e.value = e.value[:1] }), verify.KindIndex},
	{"index of parked events lost", 'i', isParked, remove, verify.KindParked},
	{"parked count off by one", 'i', isParked, put(func(e *entry) { e.value[1] += 2 }), verify.KindParked},
	{"parked bytes off by one", 'i', isParked, put(func(e *entry) { e.value[len(e.value)-1] ^= 2 }), verify.KindParked},
	{"parked event lost", 'p', nil, remove, verify.KindParked},
	{"parked event cut off", 'p', nil, put(func(e *entry) { e.value = e.value[:len(e.value)-1] }), verify.KindParked},
	{"date lost", 'd', nil, remove, verify.KindDate},
	{"date of nobody", 'd', nil, put(func(e *entry) { e.key = append(e.key, 'x') }), verify.KindDate},
	{"date not swept", 'd', nil, put(func(e *entry) { e.key[3] = 0 }), verify.KindDate},
	{"row lost", 'o', hasRow, remove, verify.KindIndex},
	{"row cut off", 'o', hasRow, put(func(e *entry) { e.value = e.value[:len(e.value)-1] }), verify.KindOrder},
	{"row of another version", 'o', hasRow, put(func(e *entry) { e.value[0] = 99 }), verify.KindOrder},
	{"row expired too soon", 'o', hasRow, put(func(e *entry) { e.value = []byte{} }), verify.KindOrder},
	{"row under another date", 'o', hasRow, put(func(e *entry) { e.key[bytes.Index(e.key, []byte{0, 1})+5] ^= 1 }), verify.KindOrder},
	{"row not expired", 'o', isGone, put(func(e *entry) { e.value = []byte{1} }), verify.KindOrder},
	{"row with a key of no order", 'o', nil, put(func(e *entry) { e.key = e.key[:2] }), verify.KindOrder},
	{"seller lost", 's', nil, remove, verify.KindSeller},
	{"seller cut off", 's', nil, put(func(e *entry) { e.value = e.value[:len(e.value)-1] }), verify.KindSeller},
	{"rule in a wrong state", 's', nil, put(func(e *entry) { *stateByte(e) = (*stateByte(e) + 1) % 4 }), verify.KindRule},
	{"rule in no state", 's', nil, put(func(e *entry) { *stateByte(e) = 7 }), verify.KindRule},
	{"rule breached without an alert", 's', nil, put(func(e *entry) {
		e.value = append(e.value[:10], 4, 'g', 'o', 'n', 'e', byte(rules.Breached), 0, 0)
	}), verify.KindRule},
	{"rule of which people know otherwise without a silence", 's', nil, put(func(e *entry) {
		told := (*stateByte(e) + 1) % 2 // NO_DATA or OK, and another than it is
		*stateByte(e) |= 1 << 5
		at := 12 + int(e.value[10])
		for range 2 { // the transitions, and since when
			_, n := binary.Uvarint(e.value[at:])
			at += n
		}
		e.value = slices.Insert(e.value, at, told)
	}), verify.KindRule},
	{"settings lost", 'm', nil, remove, verify.KindSettings},
	{"stream time lost", 'c', nil, remove, verify.KindSettings},
}

// damaged is a sound state that has some of everything, expired orders too.
func damaged(t *testing.T) *machine {
	t.Helper()
	log := randomLog(rand.New(rand.NewPCG(1, 29)), 600)
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 95, TopicNames: topicNames})
	m.pace = 1
	for i := range log {
		m.apply(&log[i])
		if i < 500 {
			continue
		}
		m.commit()
		if m.has('t', kindOfTimer(state.FactsDue)) && m.has('t', kindOfTimer(state.OrphanDue)) && m.has('o', isGone) {
			break
		}
	}
	m.sound("undamaged")
	return m
}

func (m *machine) has(tag byte, fits func(*entry) bool) bool { return m.find(tag, fits).key != nil }

// find is the last key of a kind that fits.
func (m *machine) find(tag byte, fits func(*entry) bool) (found entry) {
	m.t.Helper()
	m.must(m.state.Scan([]byte{tag}, []byte{tag + 1}, func(key, value []byte) (bool, error) {
		if e := (entry{bytes.Clone(key), append([]byte{}, value...)}); fits == nil || fits(&e) {
			found = e
		}
		return true, nil
	}))
	return found
}

func TestVerificationFindsDamage(t *testing.T) {
	for i := range damages {
		d := &damages[i]
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m := damaged(t)
			e := m.find(d.tag, d.fits)
			if e.key == nil {
				t.Fatal("the state has no such key")
			}
			d.do(m.state, &e)
			m.must(m.state.Checkpoint(state.Saved{Position: m.commits}))
			view := m.db.Snapshot()
			defer view.Close()
			result, err := verify.Partition(t.Context(), view, 0, verify.Options{Rules: rules.BuiltIn()})
			m.must(err)
			for _, x := range result.Differences {
				if x.Kind == d.want && x.Stored != "" && x.Computed != "" && x.Stored != x.Computed {
					return
				}
			}
			t.Errorf("found %+v, want a difference of kind %s", result.Differences, d.want)
		})
	}
}

// However much differs, all is counted and some is listed.
func TestDifferencesListedAreBounded(t *testing.T) {
	m := damaged(t)
	m.must(m.state.Scan([]byte{'i'}, []byte{'j'}, func(key, _ []byte) (bool, error) {
		m.state.Put(bytes.Clone(key), nil)
		return true, nil
	}))
	m.must(m.state.Checkpoint(state.Saved{Position: m.commits}))
	view := m.db.Snapshot()
	defer view.Close()
	result, err := verify.Partition(t.Context(), view, 0, verify.Options{Rules: rules.BuiltIn()})
	m.must(err)
	if len(result.Differences) != verify.MaxDifferences || result.Total < result.Orders || result.Orders <= verify.MaxDifferences {
		t.Errorf("listed %d of %d differences of %d orders; want %d listed, and each order counted", len(result.Differences), result.Total, result.Orders, verify.MaxDifferences)
	}
}
