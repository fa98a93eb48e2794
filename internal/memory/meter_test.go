package memory

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// bounds are some that people give.
var bounds = []int64{Least, 256 << 20, 300_000_000, 512 << 20, 1 << 30, 2 << 30, 64 << 30}

// Whatever the bound and however many tasks and standbys there are, all shares together are within it.
func TestTheSumFits(t *testing.T) {
	for _, bound := range bounds {
		m := NewMeter(bound)
		for tasks := 1; tasks <= 64; tasks++ {
			for _, standbys := range []int{0, 1, tasks, 64} {
				m.Divide(tasks, standbys)
				sum := int64(Process)
				for p := range NumParts {
					among := map[whose]int{ofProcess: 1, ofTasks: tasks, ofFollowers: tasks + standbys}[table[p].of]
					share := int64(m.Share(p))
					if share <= 0 {
						t.Errorf("%d bytes, %d tasks: nothing for %v", bound, tasks, p)
					}
					sum += share * int64(among)
				}
				if sum > bound {
					t.Errorf("%d bytes, %d tasks, %d standbys: %d bytes are given away", bound, tasks, standbys, sum)
				}
			}
		}
	}
}

// Nothing is left out of the table, and nothing of the bound is lost: all that is not given to a part is what division leaves.
func TestTheTableIsWhole(t *testing.T) {
	sum := int64(0)
	for p := range NumParts {
		sum += table[p].share
		if table[p].name == "" || table[p].share == 0 {
			t.Errorf("part %d is not in the table", p)
		}
	}
	if sum != perMille {
		t.Errorf("the shares come to %d thousandths", sum)
	}
	if table[Cache].share != 8*table[Timers].share {
		t.Error("a store takes an eighth of its cache for timers")
	}
}

// The table of the documentation has the numbers of the code.
func TestTheTableIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	m := NewMeter(1 << 30)
	for p := range NumParts {
		line := fmt.Sprintf("\n| `%v` | %v %% | %d MiB |", p, float64(table[p].share)/10, m.Of(p)>>20)
		if !strings.Contains(string(text), line) {
			t.Errorf("docs/operations.md lacks the line %q", line)
		}
	}
}

// Without tasks the whole is one's, as at the start.
func TestShareBeforeThereAreTasks(t *testing.T) {
	m := NewMeter(1 << 30)
	if share := int64(m.Share(Cache)); share != m.Of(Cache) {
		t.Errorf("share %d of %d", share, m.Of(Cache))
	}
}

// Go's limit and what is not Go's together are within the bound.
func TestGoIsLimitedWithinTheBound(t *testing.T) {
	for _, bound := range bounds {
		m := NewMeter(bound)
		all := m.goLimit() + program + m.outsideGo()
		if all > bound || m.goLimit() < bound/2 {
			t.Errorf("%d bytes: Go gets %d, all %d", bound, m.goLimit(), all)
		}
	}
}

func TestMetrics(t *testing.T) {
	m := NewMeter(Process + 1_000_000)
	m.bound = Process + 1_000_000 // Below the least, for round numbers.
	m.Set(Cache, 0, 100)
	m.Set(Cache, 1, 20)
	m.Set(Fetched, 1, 7)
	m.Watch(Blocks, func() int64 { return 3 })
	m.Remove(0)
	want := `
# HELP sellerpulse_memory_bytes Memory of this process, about, by what uses it.
# TYPE sellerpulse_memory_bytes gauge
sellerpulse_memory_bytes{part="blocks"} 3
sellerpulse_memory_bytes{part="cache"} 20
sellerpulse_memory_bytes{part="fetched"} 7
`
	if err := testutil.CollectAndCompare(m, strings.NewReader(want), "sellerpulse_memory_bytes"); err != nil {
		t.Error(err)
	}
	want = `
# HELP sellerpulse_memory_bound_bytes Memory that each part of this process may use, which --memory divides.
# TYPE sellerpulse_memory_bound_bytes gauge
sellerpulse_memory_bound_bytes{part="blocks"} 100000
sellerpulse_memory_bound_bytes{part="cache"} 200000
sellerpulse_memory_bound_bytes{part="carried"} 40000
sellerpulse_memory_bound_bytes{part="collector"} 160000
sellerpulse_memory_bound_bytes{part="fetched"} 70000
sellerpulse_memory_bound_bytes{part="followed"} 70000
sellerpulse_memory_bound_bytes{part="memtables"} 80000
sellerpulse_memory_bound_bytes{part="parked"} 15000
sellerpulse_memory_bound_bytes{part="published"} 60000
sellerpulse_memory_bound_bytes{part="timers"} 25000
sellerpulse_memory_bound_bytes{part="transaction"} 45000
sellerpulse_memory_bound_bytes{part="unsaved"} 120000
sellerpulse_memory_bound_bytes{part="waiting"} 15000
`
	if err := testutil.CollectAndCompare(m, strings.NewReader(want), "sellerpulse_memory_bound_bytes"); err != nil {
		t.Error(err)
	}
}
