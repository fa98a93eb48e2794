package memory

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

func TestFind(t *testing.T) {
	const gib = 1 << 30
	none := memlimit.Provider(func() (uint64, error) { return 0, memlimit.ErrNoLimit })
	broken := memlimit.Provider(func() (uint64, error) { return 0, errors.New("no cgroups") })
	of := memlimit.Limit
	for _, c := range []struct {
		name               string
		given              int64
		container, machine memlimit.Provider
		goLimit            int64
		want               int64
		from               string
		err                string
	}{
		{"a flag", 3 * gib, of(gib), of(64 * gib), math.MaxInt64, 3 * gib, "--memory", ""},
		{"a container", 0, of(500 << 20), of(64 * gib), math.MaxInt64, 450 << 20, "the container's limit", ""},
		{"a container without a limit", 0, none, of(64 * gib), math.MaxInt64, Default, "default", ""},
		{"no containers here", 0, broken, broken, math.MaxInt64, Default, "default", ""},
		{"a small machine", 0, none, of(gib), math.MaxInt64, gib / 2, "half of the machine", ""},
		{"GOMEMLIMIT", 0, none, of(64 * gib), 400 << 20, 400 << 20, "GOMEMLIMIT", ""},
		{"GOMEMLIMIT below a flag", 3 * gib, none, of(64 * gib), 2 * gib, 2 * gib, "GOMEMLIMIT", ""},
		{"GOMEMLIMIT above a flag", 3 * gib, none, of(64 * gib), 4 * gib, 3 * gib, "--memory", ""},
		{"a container too small", 0, of(200 << 20), of(gib), math.MaxInt64, 180 << 20, "the container's limit", "the container's limit allows 180 MiB of memory, and at least 192 MiB are needed: raise that limit"},
		{"a machine too small", 0, none, of(256 << 20), math.MaxInt64, 128 << 20, "half of the machine", "give more with --memory"},
		{"GOMEMLIMIT too small", gib, none, of(gib), 100 << 20, 100 << 20, "GOMEMLIMIT", "GOMEMLIMIT allows 100 MiB"},
	} {
		limit, err := Source{c.container, c.machine, c.goLimit}.Find(c.given)
		if math.Abs(float64(limit.Bytes-c.want)) > 10 || limit.From != c.from {
			t.Errorf("%s: %d by %s, want %d by %s", c.name, limit.Bytes, limit.From, c.want, c.from)
		}
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}
