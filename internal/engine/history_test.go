package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Where counts outlive their orders the engine says what a naive recomputation says, whatever rules there are and come on the way, however steps are
// cut and however often it goes on from what was committed.
func TestCountsOutliveTheirOrders(t *testing.T) {
	runs, length := 40, 400
	if testing.Short() {
		runs = 8
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm"}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 61))
			zone, err := time.LoadLocation(zones[seed%4])
			if err != nil {
				t.Fatal(err)
			}
			retention := 10 + r.IntN(40)
			b := newInterpreters(t, r, zone, retention, retention+35+r.IntN(100), overridden)
			if seed%3 == 0 {
				b.options.CommitKeys = 1 + r.IntN(20)
				b.restart(false)
			}
			b.play(r, salesLog(r, length))
		})
	}
}
