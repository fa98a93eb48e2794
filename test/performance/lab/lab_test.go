package lab

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

func TestSentAt(t *testing.T) {
	for _, c := range []struct {
		alert string
		want  int64
		ok    bool
	}{
		{`{"cause":{"event_id":"live-7-1700000000000001-12"}}`, 1_700_000_000_000_001, true},
		{"\xc3\x01binary\x02\x2alive-7-5-0\x00more", 5, true},
		{`{"cause":{"event_id":"live-8-5-0"}}`, 0, false}, // of another measurement
		{`{"cause":{"event_id":"live-7-x-0"}}`, 0, false},
		{`{"cause":{"kind":"TIME"}}`, 0, false},
	} {
		if got, ok := sentAt([]byte(c.alert), "live-7-"); got != c.want || ok != c.ok {
			t.Errorf("%q: %v, %v, want %v, %v", c.alert, got, ok, c.want, c.ok)
		}
	}
}

// Events are sent in the order in which they occur in the marketplace, each as if it happened now: valid, of an order of the last 90 days, with
// promises that are due while the rest is sent, or at its end.
func TestLiveEventsHappenNow(t *testing.T) {
	l := newTraffic(LiveOptions{Sellers: 20, Rate: 1000, WarmUp: time.Second, Measure: 2 * time.Second})
	if len(l.events) != 3000 || !slices.IsSorted(l.times) {
		t.Fatalf("%d events, in order: %v", len(l.events), slices.IsSorted(l.times))
	}
	l.start = time.Now()
	end := l.start.Add(3 * time.Second).UnixMilli()
	if got := l.due(1500).Sub(l.start); got != 1500*time.Millisecond {
		t.Errorf("the event in the middle is due after %v", got)
	}
	if first, again := l.stamp(0), l.stamp(3000); first.OrderID == again.OrderID || first.SellerID != again.SellerID || l.events[0].OrderID == first.OrderID {
		t.Errorf("the first event is of order %q, and that which comes when all were sent of %q", first.OrderID, again.OrderID)
	}
	for i := range l.events {
		e := l.stamp(i)
		if err := events.Validate(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if sent, ok := sentAt([]byte(e.EventID), l.tag); !ok || sent/1000 != e.OccurredAt {
			t.Fatalf("%+v has not its time in its id", e)
		}
		if e.OrderDate != events.None && (e.OrderDate > e.OccurredAt || e.OrderDate <= e.OccurredAt-90*day) {
			t.Fatalf("%+v is of an order of another time", e)
		}
		for _, promise := range []events.Millis{e.ShipBy, e.DeliverBy} {
			if promise != events.None && (promise < l.start.UnixMilli() || promise > end) {
				t.Fatalf("%+v has a promise for another time than until %d", e, end)
			}
		}
	}
}

func TestCommandsAreToldWithoutWhatDiffers(t *testing.T) {
	l := &Lab{Brokers: "127.0.0.1:1234", Folder: "/tmp/x", Schemas: "/tmp/x/schemas"}
	r := l.Begin(t.Context(), Program{Name: "A Program", folder: "/elsewhere", command: func(in place) *exec.Cmd {
		return exec.Command("/bin/a", "--brokers", in.brokers, "--state", in.state, "--app", in.appID, "--topics", in.prefix, "--schemas", l.Schemas, "-cp", "/elsewhere/*", "")
	}}, &Topics{Prefix: "m9-"})
	const want = "a --brokers BROKERS --state STATE --app APP --topics PREFIX --schemas schemas -cp 'PEER/*' ''"
	if r.Command != want {
		t.Errorf("%s, want %s", r.Command, want)
	}
}

func TestProcesses(t *testing.T) {
	run := func(script string) *process {
		p, err := start(exec.Command("sh", "-c", script), filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.kill)
		return p
	}
	if err := run("exit 0").await(t.Context()); err != nil {
		t.Errorf("one that succeeds: %v", err)
	}
	if err := run("echo why; exit 3").await(t.Context()); err == nil {
		t.Error("one that fails succeeds")
	}
	p := run("exec cat /dev/zero > /dev/null")
	if err := p.alive(); err != nil {
		t.Errorf("one that runs: %v", err)
	}
	if u, err := p.usage(); err != nil || u.peak <= 0 {
		t.Errorf("it used %+v, %v", u, err)
	}
	p.stop()
	if err := p.alive(); err == nil {
		t.Error("one that was stopped runs")
	}
	const said = `echo 'time=2026-01-02T03:04:05.006Z level=INFO msg="partitions assigned"'; echo partitions assigned once more`
	p = run(said)
	if err := p.await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at, want := p.lastSaid("partitions assigned"), time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC); !at.Equal(want) {
		t.Errorf("said at %v, want %v", at, want)
	}
}
