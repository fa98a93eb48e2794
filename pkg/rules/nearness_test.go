package rules

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestNearness(t *testing.T) {
	for name, c := range map[string]struct {
		target                 Target
		numerator, denominator int64
		want                   Nearness
	}{
		"half of a limit":           {Target{Less, Decimal{1, 100}}, 2, 400, 500_000},
		"none of a limit":           {Target{Less, Decimal{1, 100}}, 0, 400, 0},
		"the limit itself":          {Target{Less, Decimal{1, 100}}, 4, 400, AtLimit},
		"twice a limit":             {Target{Less, Decimal{1, 100}}, 8, 400, 2 * AtLimit},
		"just below a limit":        {Target{Less, Decimal{1, 100}}, 999_999_999, 100_000_000_000, AtLimit - 1},
		"half of the misses":        {Target{Greater, Decimal{95, 100}}, 390, 400, 500_000},
		"no miss":                   {Target{Greater, Decimal{95, 100}}, 400, 400, 0},
		"as many misses as break":   {Target{Greater, Decimal{95, 100}}, 380, 400, AtLimit},
		"one miss fewer":            {Target{Greater, Decimal{95, 100}}, 381, 400, 950_000},
		"nothing but misses":        {Target{Greater, Decimal{95, 100}}, 0, 1, 20 * AtLimit},
		"more hits than units":      {Target{Greater, Decimal{95, 100}}, 2, 1, 0},
		"a limit of nothing":        {Target{Less, Decimal{0, 1}}, 0, 1, math.MaxInt64},
		"no miss allowed":           {Target{Greater, Decimal{1, 1}}, 1, 1, math.MaxInt64},
		"anything but all":          {Target{Less, Decimal{1, 1}}, 1, 2, 500_000},
		"anything but none":         {Target{Greater, Decimal{0, 1}}, 1, 2, 500_000},
		"as large as can be":        {Target{Less, Decimal{1, 1000000000}}, math.MaxInt64, 1, math.MaxInt64},
		"large on both sides":       {Target{Less, Decimal{5, 10}}, math.MaxInt64 / 4, math.MaxInt64, 499_999},
		"just above what is kept":   {Target{Less, Decimal{1, 1000000}}, 9_223_372, 1, 9_223_372_000_000_000_000},
		"just beyond what is kept":  {Target{Less, Decimal{1, 1000000}}, 9_223_373, 1, math.MaxInt64},
		"at the limit that is met":  {Target{AtMost, Decimal{1, 100}}, 4, 400, AtLimit - 1},
		"beyond the limit":          {Target{AtMost, Decimal{1, 100}}, 5, 400, 1_250_000},
		"nothing where none may be": {Target{AtMost, Decimal{0, 1}}, 0, 5, 0},
		"one where none may be":     {Target{AtMost, Decimal{0, 1}}, 1, 5, math.MaxInt64},
		"at a high limit, met":      {Target{AtLeast, Decimal{9, 10}}, 90, 100, AtLimit - 1},
		"below a high limit":        {Target{AtLeast, Decimal{9, 10}}, 89, 100, 1_100_000},
		"all where all must be":     {Target{AtLeast, Decimal{1, 1}}, 5, 5, 0},
		"not all where all must be": {Target{AtLeast, Decimal{1, 1}}, 4, 5, math.MaxInt64},
		"rounded down":              {Target{Less, Decimal{3, 100}}, 1, 100, 333_333},
		"rounded down, with misses": {Target{Greater, Decimal{97, 100}}, 99, 100, 333_333},
	} {
		if got, ok := c.target.Nearness(c.numerator, c.denominator); !ok || got != c.want {
			t.Errorf("%s: %d of %d against %v: %d, %v, want %d", name, c.numerator, c.denominator, c.target, got, ok, c.want)
		}
	}
	if got, ok := (Target{Less, Decimal{1, 100}}).Nearness(1, 0); ok {
		t.Errorf("without a denominator: %d", got)
	}
}

// Nearness is what a calculation with numbers of any size gives, and reaches the limit exactly where the target is missed.
func TestNearnessAgainstNumbersOfAnySize(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	count := func() int64 { return random.Int64N(1 << (1 + random.IntN(62))) }
	for range 200_000 {
		scale := int64(math.Pow10(random.IntN(10)))
		target := Target{Comparator(1 + random.IntN(4)), Decimal{random.Int64N(scale + 1), scale}}
		denominator := 1 + count()
		numerator := min(count(), denominator)
		if random.IntN(2) == 0 { // about the limit
			n, _, _ := mulDiv(target.Limit.Number, denominator, scale)
			numerator = min(max(0, n-1+random.Int64N(3)), denominator)
		}
		got, _ := target.Nearness(numerator, denominator)
		if missed := !target.Met(numerator, denominator); (got >= AtLimit) != missed {
			t.Fatalf("%d of %d against %v: %d, but missed is %v", numerator, denominator, target, got, missed)
		}
		if want := naiveNearness(target, numerator, denominator); got != want {
			t.Fatalf("%d of %d against %v: %d, want %d", numerator, denominator, target, got, want)
		}
	}
}

func naiveNearness(t Target, numerator, denominator int64) Nearness {
	used, allowed := numerator, t.Limit.Number
	if t.Good() {
		used, allowed = denominator-numerator, t.Limit.Scale-t.Limit.Number
	}
	if allowed == 0 {
		if used == 0 && (t.Comparator == AtMost || t.Comparator == AtLeast) {
			return 0
		}
		return math.MaxInt64
	}
	n := new(big.Int).Mul(big.NewInt(used), big.NewInt(t.Limit.Scale))
	n.Mul(n, big.NewInt(int64(AtLimit)))
	n.Quo(n, new(big.Int).Mul(big.NewInt(allowed), big.NewInt(denominator)))
	if met := t.Met(numerator, denominator); met && n.Cmp(big.NewInt(int64(AtLimit))) >= 0 {
		return AtLimit - 1
	}
	if !n.IsInt64() {
		return math.MaxInt64
	}
	return Nearness(n.Int64())
}

// TestNearnessOfRules: it reaches the limit exactly where the rule is breached.
func TestNearnessOfRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		numerator, denominator := anyCounts(t)
		near, ok := r.Nearness(numerator, denominator)
		if want := denominator >= max(1, r.MinDenominator) && !r.Target.IsZero(); ok != want {
			t.Fatalf("%s, %d of %d is near: %v", r.Canonical(), numerator, denominator, ok)
		}
		if breached := naiveNext(r, numerator, denominator, OK).State == Breached; ok && (near >= AtLimit) != breached {
			t.Fatalf("%s, %d of %d: %d, breached %v", r.Canonical(), numerator, denominator, near, breached)
		}
	})
}
