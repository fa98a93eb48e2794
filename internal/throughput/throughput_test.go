package throughput

import (
	"math/rand/v2"
	"testing"
	"time"
)

// What is counted is what a naive sum over the same seconds is, in whatever steps time goes on.
func TestMinute(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var counted Minute
	all := map[int64]int64{} // by second
	for at := time.Unix(1_700_000_000, 0); at.Unix() < 1_700_005_000; at = at.Add(time.Duration(random.Int64N(int64(3 * time.Second)))) {
		if random.IntN(200) == 0 {
			at = at.Add(time.Duration(random.Int64N(int64(3 * time.Minute)))) // A machine that is suspended.
		}
		n := random.Int64N(1000)
		counted.Add(at, n)
		all[at.Unix()] += n
		want := int64(0)
		for second := at.Unix() - 59; second <= at.Unix(); second++ {
			want += all[second]
		}
		if got := counted.Until(at); got != want {
			t.Fatalf("at %v: %d events, want %d", at, got, want)
		}
	}
	if got := new(Minute).Until(time.Unix(30, 0)); got != 0 {
		t.Errorf("%d events of none", got)
	}
}
