package parts

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// stack is functions from the innermost on, each NAME or NAME@FILE.
func stack(spent int64, functions ...string) *profile.Sample {
	s := &profile.Sample{Value: []int64{1, spent}}
	for _, f := range functions {
		name, file, _ := strings.Cut(f, "@")
		s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name, Filename: file}}}})
	}
	return s
}

func TestShares(t *testing.T) {
	const loop = "sellerpulse/internal/task.(*Task).Run"
	got := Shares(&profile.Profile{Sample: []*profile.Sample{
		stack(30, "runtime.memmove", "sellerpulse/pkg/events.(*Decoder).Decode", loop),
		stack(20, "runtime.mallocgc", "sellerpulse/pkg/windows.(*Order).Facts@/x/pkg/windows/facts.go", loop),
		stack(5, "sellerpulse/pkg/windows.(*Seller).Change@/x/pkg/windows/seller.go", loop),
		stack(10, "github.com/golang/snappy.encodeBlock", "github.com/cockroachdb/pebble/v2/sstable.(*Writer).Add", "github.com/cockroachdb/pebble/v2.(*DB).compact"),
		stack(5, "github.com/cockroachdb/pebble/v2.(*Iterator).SeekGE", "sellerpulse/internal/state.(*Store).Order@/x/internal/state/orders.go"),
		stack(8, "runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"),
		stack(7, "sellerpulse/pkg/brandnew.Do"),
		stack(15, "example.com/unheard.Of", "main.main"),
	}})
	want := map[string]float64{
		"decode events": 0.3, "orders and their facts": 0.2, "buckets and windows": 0.05, "database: compactions and flushes": 0.1,
		"database: reads and writes": 0.05, "garbage collector": 0.08, "engine and loop": 0.07, other: 0.15,
	}
	for _, s := range got {
		if math.Abs(s.Share-want[s.Part]) > 1e-9 {
			t.Errorf("%s: %v, want %v", s.Part, s.Share, want[s.Part])
		}
		delete(want, s.Part)
	}
	if len(want) > 0 || got[0].Part != "decode events" || got[len(got)-1].Part != other {
		t.Errorf("missing %v in %v", want, got)
	}
}

func TestTable(t *testing.T) {
	var got bytes.Buffer
	err := Table(&got, Shares(&profile.Profile{Sample: []*profile.Sample{
		stack(3, "runtime.memmove", "sellerpulse/pkg/events.(*list[sellerpulse/pkg/events.Event]).decode"), stack(1, "example.com/x/unheard.Of"),
	}}), 8)
	const want = "| part | µs an event | share | most of it in |\n|---|---|---|---|\n" +
		"| decode events | 6.00 | 75.0 % | `events.(*list[events.Event]).decode` |\n" +
		"| other | 2.00 | 25.0 % | `unheard.Of` |\n" +
		"| together | 8.00 | | |\n"
	if err != nil || got.String() != want {
		t.Errorf("got\n%s, %v, want\n%s", got.String(), err, want)
	}
}
