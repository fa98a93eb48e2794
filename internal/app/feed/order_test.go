package feed

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/mapping"
	"sellerpulse/pkg/events"
)

// Whatever fits in memory, the order is that of a stable sort of all.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var all []mapping.Message
	for i := range 3000 {
		all = append(all, mapping.Message{
			Topic: events.Topic(r.IntN(int(events.NumTopics))), OccurredAt: r.Int64N(500) - 100,
			Key: fmt.Append(nil, "S", i), Value: []byte(strings.Repeat("v", r.IntN(300))),
		})
	}
	want := slices.Clone(all)
	slices.SortStableFunc(want, func(a, b mapping.Message) int { return int(a.OccurredAt - b.OccurredAt) })
	for _, most := range []int{1, 5000, 100_000, runBytes} {
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		o := &order{most: most}
		for i := range all {
			if err := o.add(&all[i]); err != nil {
				t.Fatal(err)
			}
		}
		if spilled := o.file != nil; spilled != (most < runBytes) {
			t.Errorf("runs of %d bytes: a file is used: %t", most, spilled)
		}
		var got []mapping.Message
		err := o.each(func(m *mapping.Message) error {
			got = append(got, *m)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("runs of %d bytes: another order", most)
		}
		if err := o.close(); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}

func TestOrderWithoutAPlaceForItsFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	o := &order{most: 1}
	if err := o.add(&mapping.Message{}); err == nil || !strings.Contains(err.Error(), "have TMPDIR name a folder with room") {
		t.Errorf("error %v", err)
	}
	if err := o.close(); err != nil {
		t.Error(err)
	}
}
