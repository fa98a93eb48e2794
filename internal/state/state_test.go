package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

func open(t testing.TB, o Options) *DB {
	t.Helper()
	if o.Owner == "" {
		o.Owner = "test-changelog"
	}
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func partition(t testing.TB, db *DB, number int32) *Partition {
	t.Helper()
	p, err := db.Partition(number)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// builtIn counts what the built-in rules ask for.
func builtIn() *windows.Program { return plan.Of(rules.BuiltIn()).Program }

func newStore(p *Partition) *Store {
	return NewStore(p, StoreOptions{Layout: windows.NewLayout(builtIn(), []windows.Term{{Window: windows.Window{Count: 7}, Measure: int(windows.Orders)}}), Rules: []string{"odr", "cancellation"}})
}

// commit commits without a changelog, and saves.
func commit(t testing.TB, s *Store, saved Saved) {
	t.Helper()
	s.Take(Clock{StreamTime: 99, Offsets: [events.NumTopics]int64{1, 2, 3, 4, 5, 6}})
	s.Committed()
	if err := s.Checkpoint(saved); err != nil {
		t.Fatal(err)
	}
}

// content is all keys and values of a partition.
func content(t testing.TB, p *Partition) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := p.Scan([]byte{0}, []byte{tagPosition}, func(key, value []byte) (bool, error) {
		all[string(key)] = string(value)
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTextKeysSortAndReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 'b', 0xFF}), 0, 6, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		ka, kb := appendText(nil, a), appendText(nil, b)
		if got, want := slices.Compare(ka, kb), strings.Compare(a, b); got != want {
			t.Fatalf("keys of %q and %q compare as %d, the texts as %d", a, b, got, want)
		}
		got, rest, err := cutText(append(ka, "rest"...))
		if err != nil || got != a || string(rest) != "rest" {
			t.Fatalf("read %q and %q: %v", got, rest, err)
		}
		d := windows.Date(rapid.Int32().Draw(t, "date"))
		if got, _, _ := cutDate(appendDate(nil, d)); got != d {
			t.Fatalf("date %d reads as %d", d, got)
		}
		at := rapid.Int64().Draw(t, "instant")
		if got, _, _ := cutInstant(appendInstant(nil, at)); got != at {
			t.Fatalf("instant %d reads as %d", at, got)
		}
	})
}

func TestClearDropsOnePartition(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	one, other := partition(t, db, 1), partition(t, db, 2)
	defer one.Close()
	defer other.Close()
	for _, p := range []*Partition{one, other} {
		p.Put([]byte("put"), []byte("x"))
		p.Set([]byte("set"), []byte("y"))
		if err := p.Checkpoint(Saved{Position: 7}); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.Clear(); err != nil {
		t.Fatal(err)
	}
	if n := len(content(t, one)); n != 0 || one.Position() != 0 {
		t.Errorf("%d keys and position %d are left of a cleared partition", n, one.Position())
	}
	if n := len(content(t, other)); n != 2 {
		t.Errorf("another partition has %d keys, want 2", n)
	}
}

// After power loss the database is as of some commit: its position and everything else of that commit, nothing of a later one.
func TestPowerLossLeavesACommit(t *testing.T) {
	for seed := range uint64(20) {
		fs := vfs.NewCrashableMem()
		o := Options{FileSystem: fs, Directory: "db", MemTablesBytes: 256 << 10}
		db := open(t, o)
		p := partition(t, db, 3)
		r := rand.New(rand.NewPCG(seed, 0))
		var history []map[string]string
		now := map[string]string{}
		crash := 200 + r.IntN(400)
		var clone *vfs.MemFS
		for i := range 800 {
			history = append(history, mapsClone(now))
			if i == crash {
				clone = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed * 5), RNG: r})
			}
			for range 10 {
				key, value := fmt.Sprintf("key %d", r.IntN(500)), fmt.Sprintf("%d %0200d", i, r.IntN(1000))
				p.Put([]byte(key), []byte(value))
				now[key] = value
			}
			if err := p.Checkpoint(Saved{Position: int64(i + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		_ = p.Close()
		_ = db.Close()

		o.FileSystem = clone
		db = open(t, o)
		p = partition(t, db, 3)
		at := p.Position()
		if at > int64(crash) {
			t.Fatalf("seed %d: position %d is after the crash at %d", seed, at, crash)
		}
		if got := content(t, p); !reflect.DeepEqual(got, history[at]) {
			t.Fatalf("seed %d: at position %d there are %d keys, not the %d of that commit", seed, at, len(got), len(history[at]))
		}
		_ = p.Close()
		_ = db.Close()
	}
}

func mapsClone(m map[string]string) map[string]string {
	c := make(map[string]string, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	db := open(t, Options{Directory: dir})
	if _, err := Open(Options{Directory: dir, Owner: "test-changelog"}); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: %v, want ErrLocked", err)
	}
	if err := db.pebble.Set(keyFormat, []byte{formatVersion + 1}, pebble.NoSync); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var version *VersionError
	if _, err := Open(Options{Directory: dir, Owner: "test-changelog"}); !errors.As(err, &version) || version.Found != formatVersion+1 {
		t.Errorf("open of a newer version: %v", err)
	}

	dir = t.TempDir()
	if err := open(t, Options{Directory: dir}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Directory: dir, Owner: "another-changelog"}); err == nil || !strings.Contains(err.Error(), "belongs to") {
		t.Errorf("open of another application's state: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Directory: filepath.Join(file, "state"), Owner: "x"}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("open below a file: %v", err)
	}
}

// What the store keeps reads back the same, from memory, from what is not committed, and from the database.
func TestStoreReadsBack(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(t, db, 0)
	defer p.Close()
	s := newStore(p)
	const today = windows.Date(20_000)
	seller, err := s.Seller("S\x001", today)
	if err != nil || seller.Known {
		t.Fatalf("%+v, %v", seller, err)
	}
	one := builtIn().Sums()
	one[windows.Orders] = 1
	for i := range 30 {
		o, err := s.Order(seller, fmt.Sprintf("O%02d", i))
		if err != nil || o.Status != Unknown {
			t.Fatalf("%+v, %v", o, err)
		}
		date := today - windows.Date(i%3)
		if err := seller.Windows.Change(date, &windows.Attributes{Channel: events.MFN, Lines: []string{"toys"}}, one); err != nil {
			t.Fatal(err)
		}
		s.SetDate(date, seller)
		s.PutRow(seller, o, date, fmt.Appendf(nil, "row %d", i))
	}
	seller.Known, seller.ReportDue, seller.Reported = true, true, 42
	seller.Rules[1] = RuleState{State: rules.Breached, Transitions: 3, Since: 1234}
	s.Changed(seller)
	s.SetTimer(500, Timer{Seller: seller.ID, Order: "O1"})
	s.SetTimer(400, Timer{Seller: "T", Order: "O\x001", Kind: OrphanDue})
	waits := &ParkedEvent{Message: Message{Topic: events.Claims, Offset: 77, Timestamp: 10, Key: []byte("S"), Value: []byte{}, Headers: []Header{{"h", nil}, {"i", []byte("x")}}}, Arrived: 9}
	s.Park(seller.ID, "P", waits)
	settings := &Settings{Zone: "UTC", Retention: 120, Rules: map[string]string{"odr": "x"}}
	s.SetSettings(settings)

	check := func(name string, s *Store, saved bool) {
		t.Helper()
		seller, err := s.Seller("S\x001", today)
		if err != nil || !seller.Known || !seller.ReportDue || seller.Reported != 42 || seller.Rules[1].Transitions != 3 || seller.Windows.Sum(0) != 30 {
			t.Errorf("%s: seller %+v, %v", name, seller, err)
		}
		var ids []string
		if err := s.OrdersBetween(seller, today-1, today-1, false, func(_ windows.Date, id string, row []byte) (bool, error) {
			ids = append(ids, id+"="+string(row))
			return len(ids) < 3, nil
		}); err != nil || !slices.Equal(ids, []string{"O01=row 1", "O04=row 4", "O07=row 7"}) {
			t.Errorf("%s: orders %v, %v", name, ids, err)
		}
		if at, ok, err := s.NextTimer(450); at != 400 || !ok || err != nil {
			t.Errorf("%s: next timer %d %v %v", name, at, ok, err)
		}
		var due []Timer
		for timer, ok, err := s.NextDue(400); ok && err == nil; timer, ok, err = s.NextDue(400) {
			due = append(due, timer)
			s.DeleteTimer(400, timer)
		}
		if !slices.Equal(due, []Timer{{OrphanDue, "T", "O\x001"}}) {
			t.Errorf("%s: timers %v", name, due)
		}
		for _, timer := range due {
			s.SetTimer(400, timer)
		}
		if date, ok, err := s.NextDate(today - 1); date != today-1 || !ok || err != nil {
			t.Errorf("%s: next date %v %v %v", name, date, ok, err)
		}
		if parked, err := s.ParkedEvents(seller.ID, "P"); err != nil || len(parked) != 1 || !reflect.DeepEqual(&parked[0], waits) {
			t.Errorf("%s: parked %+v, %v", name, parked, err)
		}
		if saved {
			if c, ok, err := s.Clock(); !ok || err != nil || c.StreamTime != 99 || c.Offsets[5] != 6 {
				t.Errorf("%s: clock %+v, %v", name, c, err)
			}
			if m, err := s.Partition.Settings(); err != nil || !reflect.DeepEqual(m, settings) {
				t.Errorf("%s: settings %+v, %v", name, m, err)
			}
		}
	}
	check("not committed", s, false)
	commit(t, s, Saved{Position: 1})
	check("in memory", s, true)
	check("read anew", newStore(p), true)

	s = newStore(p)
	seller, _ = s.Seller("S\x001", today)
	moved, _ := s.Order(seller, "O01")
	s.PutRow(seller, moved, today-2, []byte("moved"))
	gone, _ := s.Order(seller, "O04")
	s.Expire(seller, gone)
	lost, _ := s.Order(seller, "O07")
	s.Forget(seller, lost)
	commit(t, s, Saved{Position: 2})
	s = newStore(p)
	seller, _ = s.Seller("S\x001", today)
	moved, _ = s.Order(seller, "O01")
	gone, _ = s.Order(seller, "O04")
	lost, _ = s.Order(seller, "O07")
	if moved.Date != today-2 || string(moved.Row) != "moved" || gone.Status != Expired || lost.Status != Unknown {
		t.Errorf("moved %+v, gone %+v, lost %+v", moved, gone, lost)
	}
	var live, expired []string
	for _, kind := range []bool{false, true} {
		if err := s.OrdersBetween(seller, today-1, today-1, kind, func(_ windows.Date, id string, _ []byte) (bool, error) {
			if kind {
				expired = append(expired, id)
			} else {
				live = append(live, id)
			}
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(live) != 7 || !slices.Equal(expired, []string{"O04"}) {
		t.Errorf("live %v, expired %v", live, expired)
	}
}

func TestSavedIsReadAsItWasWritten(t *testing.T) {
	db, err := OpenInMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := db.Partition(3)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, want := range []Saved{{Position: 1 << 40, At: 1 << 41}, {Position: 7, At: -1, Partial: true}, {Position: 8}, {Position: 9, Underived: true, Rebuilding: true, Rebuilt: "S\x001"}, {Position: 1, Copied: "o\x00", Orders: 1 << 40, Done: 7}} {
		if err := p.Checkpoint(want); err != nil {
			t.Fatal(err)
		}
		got, err := db.Saved(3)
		if err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if got, err := db.Saved(4); err != nil || got != (Saved{}) {
		t.Errorf("of a partition without state: %+v, %v", got, err)
	}
}
