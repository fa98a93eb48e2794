package state_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// otherText counts what ruleText does not, and not all that it does.
const otherText = `
metrics: [{name: loss, bad: [claim, seller_cancelled]}]
rules:
  - {name: losses, metric: loss, by: product_line, window: 6d, target: "< 0.3", class: contractual}
  - {name: on-time, metric: on_time_delivery_rate, window: 4d, target: "> 0.5", class: advisory}
`

// heir prepares the successor of a machine's state, some steps at a time.
type heir struct {
	*machine
	by    *plan.Plan
	steps int // that are left

	ready, copying, rebuilding, mixed int // how often that is where it was left
}

func planOf(t *testing.T, text string) *plan.Plan {
	t.Helper()
	set, err := rules.Parse([]byte(text), retention)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Of(set)
}

func (h *heir) step() error {
	if h.steps--; h.steps < 0 {
		return errCut
	}
	return nil
}

// prepare goes on with the successor, as far as the steps go.
func (h *heir) prepare() (ready bool) {
	h.t.Helper()
	p, err := h.db.Successor(0)
	h.must(err)
	defer func() { h.must(p.Close()) }()
	h.must(p.Follow("log", "log"))
	h.must(p.DeriveBy(h.basis(h.by)))
	if !p.Whole() && !h.copy(p) {
		h.copying++
		return false
	}
	r := state.NewRestorer(p, h.life, h.by.Program)
	r.RebuildBy(1)
	if p.Partial() {
		h.mixed++
		h.readOn(r, p)
	}
	if p.Underived() && !h.rebuild(r) {
		h.rebuilding++
		return false
	}
	h.readOn(r, p)
	h.ready++
	return true
}

func (h *heir) copy(p *state.Partition) (done bool) {
	view := h.db.Snapshot()
	defer func() { h.must(view.Close()) }()
	err := p.Copy(view, 0, 1+h.random.IntN(300), func(int64) error { return h.step() })
	if err != nil && !errors.Is(err, errCut) {
		h.t.Fatal(err)
	}
	return err == nil
}

func (h *heir) rebuild(r *state.Restorer) (done bool) {
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	err := r.Rebuild(ctx, func(int64) {
		if h.step() != nil {
			cancel()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		h.t.Fatal(err)
	}
	return err == nil
}

// A successor that is prepared beside a state that goes on is, wherever that is interrupted, what the changelog and other rules give from nothing, key by
// key; and so is the state once it is elected.
func TestASuccessorIsWhatItsRulesGive(t *testing.T) {
	var total heir
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 43))
		acts := randomActs(r, 200)
		m := newMachine(t, time.UTC, acts)
		m.random = r
		h := &heir{machine: m, by: planOf(t, otherText)}
		m.cut = func(m *machine) error {
			if r.IntN(4) > 0 {
				return nil
			}
			m.commit()
			m.checkpoint()
			if r.IntN(20) == 0 { // Still other rules.
				h.by = []*plan.Plan{planOf(t, otherText), m.plan}[r.IntN(2)]
			}
			if h.steps = r.IntN(8); h.prepare() {
				h.compare("a successor")
				if r.IntN(2) == 0 { // Nobody wants it any more.
					if elected, err := m.db.Elect(0, "log", m.basis(m.plan)); err != nil || elected {
						t.Fatalf("elected %v, %v", elected, err)
					}
				}
			}
			if r.IntN(4) == 0 {
				return errCut
			}
			return nil
		}
		m.run(acts[len(acts)-1].at + 20*day)
		m.cut, h.by, h.steps = nil, planOf(t, otherText), 1<<20
		m.commit()
		m.checkpoint()
		m.must(m.p.Close())
		if !h.prepare() {
			t.Fatal("a successor is not prepared though nothing interrupts it")
		}
		if elected, err := m.db.Elect(0, "log", m.basis(h.by)); err != nil || !elected {
			t.Fatalf("elected %v, %v", elected, err)
		}
		m.same(fmt.Sprintf("seed %d: elected", seed), m.content(0, false), h.fromNothing())
		p, err := m.db.Successor(0)
		m.must(err)
		if left := m.contentOf(p, true); len(left) > 0 {
			t.Errorf("seed %d: %d keys are left of the former", seed, len(left))
		}
		total.ready, total.copying, total.rebuilding, total.mixed = total.ready+h.ready, total.copying+h.copying, total.rebuilding+h.rebuilding, total.mixed+h.mixed
	}
	if total.ready < 20 || total.copying < 20 || total.rebuilding < 20 || total.mixed < 20 {
		t.Errorf("ready %d times, left while copying %d, while rebuilding %d, of two moments %d: too few to show anything", total.ready, total.copying, total.rebuilding, total.mixed)
	}
}

func (h *heir) compare(when string) {
	h.t.Helper()
	p, err := h.db.Successor(0)
	h.must(err)
	h.same(when, h.contentOf(p, false), h.fromNothing())
}

// fromNothing is what the changelog gives by the successor's rules.
func (h *heir) fromNothing() map[string]string {
	h.t.Helper()
	p, err := h.db.Partition(1)
	h.must(err)
	h.must(p.Clear())
	h.must(p.Close())
	h.followBy(1, h.by)
	return h.content(1, false)
}

// Which of two states is in force, and what becomes of the other.
func TestElect(t *testing.T) {
	saved := state.Saved{Position: 7, Changelog: "log", Basis: "new"}
	for name, c := range map[string]struct {
		is, heir state.Saved
		elected  bool
	}{
		"wanted":                        {state.Saved{Position: 9, Changelog: "log", Basis: "old"}, saved, true},
		"without a former":              {state.Saved{}, saved, true},
		"derived yet to be":             {state.Saved{Position: 9, Changelog: "log", Basis: "old"}, state.Saved{Position: 7, Changelog: "log", Basis: "new", Underived: true, Orders: 5, Done: 3}, true},
		"not copied yet":                {state.Saved{Position: 9, Changelog: "log", Basis: "old"}, state.Saved{Position: 7, Changelog: "log", Basis: "new", Underived: true, Copied: "o"}, false},
		"by other rules":                {state.Saved{Position: 9, Changelog: "log", Basis: "old"}, state.Saved{Position: 7, Changelog: "log", Basis: "other"}, false},
		"of another changelog":          {state.Saved{Position: 9, Changelog: "log", Basis: "old"}, state.Saved{Position: 7, Changelog: "another", Basis: "new"}, false},
		"the former is by these rules":  {state.Saved{Position: 9, Changelog: "log", Basis: "new"}, saved, false},
		"the former is on the way back": {state.Saved{Position: 9, Changelog: "log", Basis: "new", Underived: true}, saved, false},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			db := openDB(t, directory)
			write(t, db.Partition, "former", c.is)
			write(t, db.Successor, "successor", c.heir)
			before := db.Snapshot()
			elected, err := db.Elect(3, "log", "new")
			if err != nil || elected != c.elected {
				t.Fatalf("elected %v, %v; want %v", elected, err, c.elected)
			}
			want, lacks := "former", c.is
			if elected {
				want, lacks = "successor", c.heir
				lacks.Orders, lacks.Done = 0, 0
			}
			for range 2 {
				checkSlots(t, db, want, lacks)
				if before != nil { // A view of before sees what was.
					if got, err := before.Saved(3); err != nil || got != c.is {
						t.Errorf("a view of before: %+v, %v", got, err)
					}
					if err := before.Close(); err != nil {
						t.Fatal(err)
					}
					before = nil
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				db = openDB(t, directory)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			view, err := state.OpenView(state.Options{Directory: directory})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := view.Saved(3); err != nil || got != lacks {
				t.Errorf("of a process that has stopped: %+v, %v", got, err)
			}
			if err := view.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func openDB(t *testing.T, directory string) *state.DB {
	t.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// write fills a slot of partition 3, unless nothing is said of it.
func write(t *testing.T, open func(int32) (*state.Partition, error), key string, saved state.Saved) {
	t.Helper()
	p, err := open(3)
	if err != nil {
		t.Fatal(err)
	}
	if saved != (state.Saved{}) {
		p.Put([]byte("k"+key), []byte{})
		if err := p.Checkpoint(saved); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkSlots demands that one of two states is in force, and the other is gone.
func checkSlots(t *testing.T, db *state.DB, key string, saved state.Saved) {
	t.Helper()
	view := db.Snapshot()
	defer view.Close()
	partitions, err := view.Partitions()
	if want := []int32{3}; err != nil || !slices.Equal(partitions, want) {
		t.Errorf("partitions %v, %v; want %v", partitions, err, want)
	}
	if got, err := view.Saved(3); err != nil || got != saved {
		t.Errorf("saved %+v, %v; want %+v", got, err, saved)
	}
	trial, err := view.Trial(3)
	if err != nil || trial.Position() != saved.Position {
		t.Errorf("a trial is at %d, %v; want %d", trial.Position(), err, saved.Position)
	}
	for want, open := range map[string]func(int32) (*state.Partition, error){"k" + key: db.Partition, "": db.Successor} {
		p, err := open(3)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := p.Scan([]byte{0}, []byte{'~'}, func(key, _ []byte) (bool, error) {
			got += string(key)
			return true, nil
		}); err != nil || got != want {
			t.Errorf("keys %q, %v; want %q", got, err, want)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// After power loss one of the two is in force, as of some checkpoint of its own: never a mixture, nor an empty place where there was a state on disk.
func TestPowerLossLeavesOneState(t *testing.T) {
	elections := map[bool]int{}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		files := vfs.NewCrashableMem()
		o := state.Options{FileSystem: files, Directory: "db", Owner: "test", MemTablesBytes: 256 << 10}
		db, err := state.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		fill := func(open func(int32) (*state.Partition, error), saved state.Saved, crash, unsynced int) (clone *vfs.MemFS) {
			p, err := open(3)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for i := range 100 {
				if i == crash {
					clone = files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: r})
				}
				p.Put(fmt.Appendf(nil, "k%s %d", saved.Basis, i), enginetest.Noise(1000))
				if saved.Position++; p.Checkpoint(saved) != nil {
					t.Fatal("no checkpoint")
				}
			}
			return clone
		}
		fill(db.Partition, state.Saved{Basis: "old", Changelog: "log"}, -1, 0)
		if err := db.Flush(); err != nil {
			t.Fatal(err)
		}
		fill(db.Successor, state.Saved{Basis: "new", Changelog: "log"}, -1, 0)
		if elected, err := db.Elect(3, "log", "new"); err != nil || !elected {
			t.Fatalf("elected %v, %v", elected, err)
		}
		crash, unsynced := r.IntN(100), r.IntN(101)
		switch seed {
		case 0: // What was elected lasts, whenever the database writes by itself.
			if err := db.Flush(); err != nil {
				t.Fatal(err)
			}
		case 1: // Nothing of the election is on the disk.
			crash, unsynced = 0, 0
		}
		o.FileSystem = fill(db.Partition, state.Saved{Basis: "new", Changelog: "log", Position: 100}, crash, unsynced)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if db, err = state.Open(o); err != nil {
			t.Fatal(err)
		}
		p, err := db.Partition(3)
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		if err := p.Scan([]byte{'k'}, []byte{'l'}, func(key, _ []byte) (bool, error) {
			keys++
			if !strings.HasPrefix(string(key), "k"+p.DerivedBy()+" ") {
				t.Errorf("seed %d: key %q in a state by %q", seed, key, p.DerivedBy())
			}
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
		if keys != 100 || p.DerivedBy() == "old" && p.Position() != 100 || p.DerivedBy() == "new" && p.Position() < 100 {
			t.Errorf("seed %d: %d keys at %d by %q", seed, keys, p.Position(), p.DerivedBy())
		}
		elections[p.DerivedBy() == "new"]++
		if err := errors.Join(p.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if elections[true] == 0 || elections[false] == 0 {
		t.Errorf("elections that lasted and that did not: %v; want both", elections)
	}
}
