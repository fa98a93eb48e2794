package windows

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

var channels = [...]events.Channel{events.AFN, events.MFN}

// someTerms are terms of windows that touch, overlap and lie behind one another.
var someTerms = []Term{
	{Window: Window{Count: 7}, Channel: events.MFN, Measure: int(Orders)},
	{Window: Window{Count: 7}, Channel: events.MFN, Measure: int(SellerCancelled)},
	{Window: Window{Count: 10}, Channel: events.AFN, Measure: int(LateShipped)},
	{Window: Window{Count: 30, Lag: 10}, Channel: 0, Measure: int(ShipmentsOnTime)},
	{Window: Window{Count: 60, Lag: 30}, Channel: 0, Measure: int(Defective)},
	{Window: Window{Count: 60, Lag: 30}, Channel: 0, Measure: int(Orders)},
	{Window: Window{Count: 60}, Channel: 0, Measure: int(Orders)},
	{Window: Window{Count: 1, Lag: 1}, Channel: 0, Measure: int(Orders)},
	{Window: Window{Count: 2, Every: Week}, Channel: 0, Measure: int(Orders)},
	{Window: Window{Count: 1, Every: Month, Lag: 3}, Channel: events.MFN, Measure: int(Orders)},
	{Window: Window{Count: 7}, Measure: int(Orders), Field: MarketplaceField},
	{Window: Window{Count: 60, Lag: 30}, Channel: events.AFN, Measure: int(Defective), Field: MarketplaceField},
	{Window: Window{Count: 30}, Measure: int(Defective), Field: LineField},
	{Window: Window{Count: 1, Every: Week}, Measure: int(Orders), Field: CountryField},
	{Window: Window{Count: 10}, Channel: events.MFN, Measure: int(Orders), Field: ChannelField},
}

// someParts are parts of which terms are summed, some of which have no orders.
var someParts = []Part{
	{LineField, ""}, {LineField, "toys"}, {MarketplaceField, ""}, {MarketplaceField, "DE"}, {CountryField, "SE"}, {ChannelField, "MFN"}, {CountryField, "none"},
}

// someProgram counts what orders are shown by, and a few of those in parts.
var someProgram = sync.OnceValue(func() *Program {
	p := new(Program)
	for m := range NumMeasures {
		p.Add(Definition{Unit: factOf[m].Unit(), All: FactsOf(factOf[m])}, TotalCells|LineCells)
	}
	for _, m := range [...]Measure{Orders, Defective} {
		d := Definition{Unit: OrderUnit, All: FactsOf(factOf[m])}
		p.Add(d, LinelessCells)
		p.Add(d, MarketplaceCells)
		p.Add(d, CountryCells)
	}
	return p
})

// linesProgram counts the same, of the whole and of product lines alone.
var linesProgram = sync.OnceValue(func() *Program {
	p := new(Program)
	for m := range NumMeasures {
		p.Add(Definition{Unit: factOf[m].Unit(), All: FactsOf(factOf[m])}, TotalCells|LineCells)
	}
	return p
})

// wholeTerms are the terms that are of no parts.
func wholeTerms() []Term {
	return slices.DeleteFunc(slices.Clone(someTerms), func(t Term) bool { return t.Field != NoField })
}

// sumsOf are sums of someProgram.
func sumsOf(of map[Measure]int32) Sums {
	s := someProgram().Sums()
	for m, n := range of {
		s[m] = n
	}
	return s
}

// naive is what a seller's orders add up to, without a thought of speed or room.
type naive map[Date]map[key]*[NumMeasures]int32

func (n naive) change(date Date, of *Attributes, delta Sums) {
	if n[date] == nil {
		n[date] = map[key]*[NumMeasures]int32{}
	}
	add := func(k key, measures Measure) {
		counts := n[date][k]
		if counts == nil {
			counts = new([NumMeasures]int32)
			n[date][k] = counts
		}
		for m := range measures {
			counts[m] += delta[m]
		}
		if *counts == ([NumMeasures]int32{}) {
			delete(n[date], k)
		}
	}
	const few = Defective + 1 // measures that the other cells have
	add(key{channel: of.Channel}, NumMeasures)
	for _, line := range of.Lines {
		add(key{of.Channel, lineKind, line}, NumMeasures)
	}
	if len(of.Lines) == 0 {
		add(key{of.Channel, linelessKind, ""}, few)
	}
	add(key{of.Channel, marketplaceKind, of.Marketplace}, few)
	add(key{of.Channel, countryKind, of.Country}, few)
}

// between sums the cells of the dates from from to to that are of a part, by channel.
func (n naive) between(from, to Date, of func(k key) bool) (totals [2]Sums) {
	totals = [2]Sums{someProgram().Sums(), someProgram().Sums()}
	for date, cells := range n {
		for k, counts := range cells {
			if date >= from && date <= to && of(k) {
				totals[k.channel-events.AFN].Add(counts[:])
			}
		}
	}
	return totals
}

// of is whether a cell is of a part.
func of(p Part) func(key) bool {
	return func(k key) bool {
		switch p.Field {
		case LineField:
			return (k.kind == lineKind || k.kind == linelessKind) && k.value == p.Value
		case MarketplaceField, CountryField:
			return k.kind == map[Field]kind{MarketplaceField: marketplaceKind, CountryField: countryKind}[p.Field] && k.value == p.Value
		default:
			return k.kind == totalKind && (p.Field == NoField || k.channel.String() == p.Value)
		}
	}
}

// lines sums the cells of each product line.
func (n naive) lines(from, to Date) map[string]*[2]Sums {
	lines := map[string]*[2]Sums{}
	for date, cells := range n {
		for k := range cells {
			if date >= from && date <= to && k.kind == lineKind && lines[k.value] == nil {
				sums := n.between(from, to, func(other key) bool { return other.kind == lineKind && other.value == k.value })
				lines[k.value] = &sums
			}
		}
	}
	return lines
}

// place is where a part of a bucket is stored.
type place struct {
	date Date
	part uint16
}

func comparePlace(a, b place) int {
	return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.part, b.part))
}

// stored is a database of buckets, written by Flush.
type stored map[place]Bucket

func (s stored) write(date Date, part uint16, b Bucket) {
	if len(b) == 0 {
		delete(s, place{date, part})
	} else {
		s[place{date, part}] = bytes.Clone(b)
	}
}

func (s stored) load(l *Layout, today Date, tracked []Part) *Seller {
	seller := l.NewSeller(today)
	for _, p := range tracked {
		seller.Track(p)
	}
	for _, at := range slices.SortedFunc(maps.Keys(s), comparePlace) {
		seller.Load(at.date, at.part, bytes.Clone(s[at]))
	}
	return seller
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkStored compares what is stored, cell by cell, with what is to be there; the parts must not be too large.
func checkStored(t fataler, s stored, want naive) {
	t.Helper()
	got := naive{}
	for at, b := range s {
		cells := 0
		if err := someProgram().CheckBucket(b); err != nil {
			t.Fatalf("%v: %v", at, err)
		}
		_ = someProgram().Cells(b, func(c *Cell) {
			cells++
			k := keyOf(c)
			if _, twice := got[at.date][k]; twice || c.Total && at.part > 0 {
				t.Fatalf("%v has %v, which another part has or should have", at, &k)
			}
			if got[at.date] == nil {
				got[at.date] = map[key]*[NumMeasures]int32{}
			}
			got[at.date][k] = (*[NumMeasures]int32)(slices.Clone(c.Sums))
		})
		if len(b) > MaxBucketBytes && cells > 1 {
			t.Fatalf("%v has %d bytes and %d cells", at, len(b), cells)
		}
	}
	for date, cells := range want {
		if len(cells) > 0 && !maps.EqualFunc(got[date], cells, func(a, b *[NumMeasures]int32) bool { return *a == *b }) {
			t.Fatalf("on %v there is %v, want %v", date, got[date], cells)
		}
		delete(got, date)
	}
	if len(got) > 0 {
		t.Fatalf("there is %v, want nothing of these dates", got)
	}
}

// keyOf is what a cell counts by.
func keyOf(c *Cell) key {
	k := key{channel: c.Channel, value: strings.Clone(c.Value)}
	switch {
	case c.NoItems:
		k.kind = linelessKind
	case !c.Total:
		k.kind = map[Field]kind{LineField: lineKind, MarketplaceField: marketplaceKind, CountryField: countryKind}[c.Field]
	}
	return k
}

// checkSums compares all that a seller adds up, of the whole and of the parts that are tracked, with what the naive one does.
func checkSums(t fataler, s *Seller, want naive, today Date, tracked []Part) {
	t.Helper()
	var terms [NumFields]int // of each field, so far
	for _, term := range someTerms {
		i := terms[term.Field]
		terms[term.Field]++
		from, to := term.Window.Range(today)
		for _, p := range append(slices.Clone(tracked), Part{}) {
			if p.Field != term.Field {
				continue
			}
			totals := want.between(from, to, of(p))
			if got, n := s.SumOf(s.Part(p), i), SumOf(&totals, term.Channel, term.Measure); got != n {
				t.Fatalf("%+v of %+v on %v is %d, want %d", term, p, today, got, n)
			}
		}
		if got, want := s.Lines(from, to), want.lines(from, to); !reflect.DeepEqual(got, want) {
			t.Fatalf("the lines of %+v on %v are %v, want %v", term.Window, today, got, want)
		}
	}
	for _, p := range append(slices.Clone(someParts), Part{}) {
		totals := want.between(today-29, today, of(p))
		if got := s.Between(today-29, today, p); !reflect.DeepEqual(*got, totals) {
			t.Fatalf("the totals of %+v on %v are %v, want %v", p, today, got, totals)
		}
	}
	totals := want.between(math.MinInt32, math.MaxInt32, of(Part{}))
	sum := [2]Sums{someProgram().Sums(), someProgram().Sums()}
	before := Date(math.MaxInt32)
	s.Dates(math.MinInt32, math.MaxInt32-1, Part{}, func(date Date, of *[2]Sums) bool {
		if date >= before {
			t.Fatalf("%v comes after %v", date, before)
		}
		before = date
		sum[0].Add(of[0])
		sum[1].Add(of[1])
		return true
	})
	if !reflect.DeepEqual(sum, totals) {
		t.Fatalf("the dates add up to %v, want %v", sum, totals)
	}
	checkValues(t, s, want, today)
}

// checkValues compares the values that there are of each field.
func checkValues(t fataler, s *Seller, want naive, today Date) {
	t.Helper()
	for f := ChannelField; f < NumFields; f++ {
		values := map[string]bool{}
		for date, cells := range want {
			for k, counts := range cells {
				value := k.value
				if f == ChannelField {
					value = k.channel.String()
				}
				if date > today-40 && date <= today && of(Part{f, value})(k) && k.channel == events.MFN && counts[Orders] != 0 {
					values[value] = true
				}
			}
		}
		if got := s.Values(f, int(Orders), events.MFN, today-39, today); !slices.Equal(got, slices.Sorted(maps.Keys(values))) {
			t.Fatalf("the values of %v are %q, want %q", f, got, slices.Sorted(maps.Keys(values)))
		}
	}
}

// counted is a change that can be taken back.
type counted struct {
	date   Date
	of     Attributes
	counts Sums
}

// anyLines draws product lines: few, so that they meet again, and some so long that a part takes but few of them.
func anyLines(t *rapid.T) []string {
	lines := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"", "a", "books", "c", "toys", "z"}).Draw(t, "line")
		return name + strings.Repeat("x", rapid.SampledFrom([]int{0, 0, 0, 0, 20_000, 30_000, 70_000}).Draw(t, "length"))
	}), 0, 6, rapid.ID).Draw(t, "lines")
	slices.Sort(lines)
	return lines
}

func anyCounted(t *rapid.T, today Date) counted {
	c := counted{
		date: today + 1 - Date(rapid.IntRange(0, 140).Draw(t, "age")), counts: sumsOf(map[Measure]int32{Orders: 1}), of: Attributes{
			Channel: rapid.SampledFrom(channels[:]).Draw(t, "channel"), Lines: anyLines(t),
			Marketplace: rapid.SampledFrom([]string{"", "DE", "SE"}).Draw(t, "marketplace"), Country: rapid.SampledFrom([]string{"", "SE"}).Draw(t, "country"),
		},
	}
	for range rapid.IntRange(0, 3).Draw(t, "measures") {
		c.counts[rapid.IntRange(0, int(NumMeasures)-1).Draw(t, "measure")] += rapid.SampledFrom([]int32{1, 2, 100, 127, 20_000, 3_000_000}).Draw(t, "n")
	}
	return c
}

// Whatever changes, slides, is stored and read again: buckets and sums are those of a naive recomputation, and when all is taken back
// nothing is left.
func TestSellerIsASumOfChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout := NewLayout(someProgram(), someTerms)
		today := Date(20_000)
		s, db, want := layout.NewSeller(today), stored{}, naive{}
		var changes []counted
		var tracked []Part
		change := func(c counted, sign int32) {
			delta := someProgram().Sums()
			for i, n := range c.counts {
				delta[i] = sign * n
			}
			want.change(c.date, &c.of, delta)
			if err := s.Change(c.date, &c.of, delta); err != nil {
				t.Fatalf("%v", err)
			}
		}
		undo := func(i int) {
			change(changes[i], -1)
			changes = slices.Delete(changes, i, i+1)
		}
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				c := anyCounted(t, today)
				changes = append(changes, c)
				change(c, 1)
			},
			"again": func(t *rapid.T) { // So that dates get many lines.
				if len(changes) == 0 {
					t.Skip("nothing yet")
				}
				c := anyCounted(t, today)
				c.date = changes[len(changes)-1].date
				changes = append(changes, c)
				change(c, 1)
			},
			"undo": func(t *rapid.T) {
				if len(changes) == 0 {
					t.Skip("nothing yet")
				}
				undo(rapid.IntRange(0, len(changes)-1).Draw(t, "which"))
			},
			"slide": func(t *rapid.T) {
				today += Date(rapid.SampledFrom([]int{1, 1, 2, 29, 63, 64, 65, 200}).Draw(t, "days"))
				s.Slide(today)
			},
			"flush": func(*rapid.T) { s.Flush(db.write) },
			"read again": func(*rapid.T) {
				s.Flush(db.write)
				s = db.load(layout, today, tracked)
			},
			"track": func(t *rapid.T) {
				p := rapid.SampledFrom(someParts).Draw(t, "part")
				if s.Track(p); !slices.Contains(tracked, p) {
					tracked = append(tracked, p)
				}
			},
			"pack": func(t *rapid.T) {
				s.Flush(db.write)
				packed := s.AppendPacked(nil)
				s = rapid.SampledFrom([]*Seller{s, layout.NewSeller(1)}).Draw(t, "into")
				layout.Unpack(s, packed)
			},
			"": func(t *rapid.T) { checkSums(t, s, want, today, tracked) },
		})
		s.Flush(db.write)
		checkStored(t, db, want)
		for len(changes) > 0 {
			undo(0)
		}
		s.Flush(db.write)
		if _, ok := s.Newest(); len(db) > 0 || ok {
			t.Fatalf("all is taken back, and there is still %v", db)
		}
	})
}

// sizes is what Flush writes: the parts and their bytes, a deleted one with none.
func sizes(s *Seller) (written []string) {
	s.Flush(func(_ Date, part uint16, b Bucket) { written = append(written, fmt.Sprintf("%d: %d", part, len(b))) })
	return written
}

func mustChange(t *testing.T, s *Seller, lines []string, delta Sums) {
	t.Helper()
	if err := s.Change(100, &Attributes{Channel: events.MFN, Lines: lines}, delta); err != nil {
		t.Fatal(err)
	}
}

func expectSizes(t *testing.T, what string, s *Seller, want ...string) {
	t.Helper()
	if got := sizes(s); !slices.Equal(got, want) {
		t.Errorf("%s: parts %v, want %v", what, got, want)
	}
}

// nearlyFull is a seller with a bucket of 1,023 cells of 64 bytes and a total of 3: 65,475 bytes, 61 below the bound.
func nearlyFull(t *testing.T) (s *Seller, lines []string) {
	t.Helper()
	s = NewLayout(linesProgram(), nil).NewSeller(100)
	for i := range 1023 {
		lines = append(lines, fmt.Sprintf("line %055d", i))
	}
	mustChange(t, s, lines, sumsOf(map[Measure]int32{Orders: 1}))
	expectSizes(t, "nearly full", s, "0: 65475")
	return s, lines
}

// A part is cut in two when it is over 64 KiB, and no sooner, whether it got a new line or a longer number; the totals stay in the first.
func TestWhenABucketGetsAnotherPart(t *testing.T) {
	one := sumsOf(map[Measure]int32{Orders: 1})
	s, _ := nearlyFull(t)
	mustChange(t, s, []string{strings.Repeat("z", 58)}, one)
	expectSizes(t, "full", s, "0: 65536")

	s, _ = nearlyFull(t)
	mustChange(t, s, []string{strings.Repeat("z", 59)}, one)
	expectSizes(t, "a new line", s, "0: 32707", "1: 32830")
	mustChange(t, s, []string{"a"}, one)
	expectSizes(t, "a new line where there are two parts", s, "0: 32707", "1: 32834")
	mustChange(t, s, []string{"a"}, one)
	expectSizes(t, "a line of the second part", s, "0: 32707", "1: 32834")

	s, lines := nearlyFull(t)
	mustChange(t, s, lines[:61], sumsOf(map[Measure]int32{Orders: 127})) // The number of each of 61 lines and of the total becomes a byte longer.
	expectSizes(t, "longer numbers", s, "0: 32705", "1: 32832")
	mustChange(t, s, lines[500:600], sumsOf(map[Measure]int32{Orders: -1}))
	expectSizes(t, "lines of both parts", s, "0: 32064", "1: 27072")
}

// A line that is larger than a part is in one of its own, which is cut no further.
func TestLineLargerThanAPart(t *testing.T) {
	s := NewLayout(linesProgram(), nil).NewSeller(100)
	long := strings.Repeat("m", 100_000)
	mustChange(t, s, []string{"a", long, "z"}, sumsOf(map[Measure]int32{Orders: 1}))
	expectSizes(t, "three lines", s, "0: 7", "1: 100005", "2: 4")
	mustChange(t, s, []string{long}, sumsOf(map[Measure]int32{Orders: 127}))
	expectSizes(t, "a longer number", s, "0: 8", "1: 100006")
	if got := s.Totals(100, 100); got[1][Orders] != 128 {
		t.Errorf("%v orders, want 128", got)
	}
}

// The number of a part that is gone is given again.
func TestPartsAreNumberedAnew(t *testing.T) {
	s := NewLayout(linesProgram(), nil).NewSeller(100)
	long := func(c string) string { return strings.Repeat(c, 50_000) }
	mustChange(t, s, []string{long("a"), long("b"), long("c")}, sumsOf(map[Measure]int32{Orders: 1}))
	expectSizes(t, "three parts", s, "0: 50008", "1: 50005", "2: 50005")
	mustChange(t, s, []string{long("b")}, sumsOf(map[Measure]int32{Orders: -1, Defective: 0}))
	expectSizes(t, "one is emptied", s, "0: 50005", "1: 0")
	mustChange(t, s, []string{long("d")}, sumsOf(map[Measure]int32{Orders: 1}))
	expectSizes(t, "one more", s, "0: 50008", "1: 50005", "2: 50005")
}

// Counts that stay as long as they are, are changed where they are: nothing is allocated.
func TestChangeInPlaceAllocatesNothing(t *testing.T) {
	s := NewLayout(linesProgram(), wholeTerms()).NewSeller(100)
	lines := []string{"books", "garden", "toys"}
	one, back := sumsOf(map[Measure]int32{Orders: 1, LateShipped: 1}), sumsOf(map[Measure]int32{Orders: -1, LateShipped: -1})
	mustChange(t, s, lines, one)
	before := unsafe.SliceData(s.days.bucket(0))
	if n := testing.AllocsPerRun(100, func() {
		mustChange(t, s, lines, one)
		mustChange(t, s, lines, back)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if unsafe.SliceData(s.days.bucket(0)) != before {
		t.Error("the bucket is elsewhere")
	}
}

// The lines that were handed out stay as they are when the bucket changes under them.
func TestLinesAreTheCallers(t *testing.T) {
	var b Bucket
	b = (&key{channel: events.MFN}).append(b)
	b = sumsOf(map[Measure]int32{Orders: 1}).append(b)
	b = (&key{channel: events.MFN, kind: lineKind, value: "toys"}).append(b)
	b = sumsOf(map[Measure]int32{Orders: 1}).append(b)
	s := NewLayout(linesProgram(), nil).NewSeller(100)
	s.Load(100, 0, slices.Grow(b, 100))
	lines := s.Lines(100, 100)
	mustChange(t, s, []string{"abcd"}, sumsOf(map[Measure]int32{Orders: 1}))
	for name := range lines {
		if name != "toys" {
			t.Errorf("the line has become %q", name)
		}
	}
}

// A count below zero or too large is refused with the place: the bucket is not of the seller's orders.
func TestChangeRefusesWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		line  string
		delta Sums
		want  string
	}{
		{"toys", sumsOf(map[Measure]int32{Orders: -2}), `change bucket of 1970-04-11: measure 0 of the total of MFN would be -1: the bucket is not the sum of its orders`},
		{"books", sumsOf(map[Measure]int32{Orders: -1}), `change bucket of 1970-04-11: measure 0 of line "books" of MFN would be -1: the bucket is not the sum of its orders`},
		{"toys", sumsOf(map[Measure]int32{Orders: math.MaxInt32}), `change bucket of 1970-04-11: measure 0 of the total of MFN would be 2147483648: the bucket is not the sum of its orders`},
	} {
		s := NewLayout(linesProgram(), nil).NewSeller(100)
		mustChange(t, s, []string{"toys"}, sumsOf(map[Measure]int32{Orders: 1}))
		if err := s.Change(100, &Attributes{Channel: events.MFN, Lines: []string{c.line}}, c.delta); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// The largest count that there is can be reached.
func TestLargestCount(t *testing.T) {
	s := NewLayout(linesProgram(), nil).NewSeller(100)
	mustChange(t, s, nil, sumsOf(map[Measure]int32{Orders: math.MaxInt32 - 1}))
	mustChange(t, s, nil, sumsOf(map[Measure]int32{Orders: 1}))
	if got := s.Totals(100, 100)[1][Orders]; got != math.MaxInt32 {
		t.Errorf("%d orders, want %d", got, math.MaxInt32)
	}
}

// ordersOn is a seller with orders of MFN on some dates, a number each.
func ordersOn(t *testing.T, dates map[Date]int32) *Seller {
	t.Helper()
	s := NewLayout(linesProgram(), nil).NewSeller(100)
	for date, n := range dates {
		if err := s.Change(date, &Attributes{Channel: events.MFN}, sumsOf(map[Measure]int32{Orders: n})); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// Dates come from the newest to the oldest, both ends included, until the caller has enough.
func TestDates(t *testing.T) {
	s := ordersOn(t, map[Date]int32{90: 1, 91: 2, 93: 3, 99: 4})
	for _, c := range []struct {
		from, to Date
		enough   int
		want     string
	}{
		{90, 99, 9, "99:4 93:3 91:2 90:1 "},
		{91, 93, 9, "93:3 91:2 "},
		{92, 98, 9, "93:3 "},
		{94, 98, 9, ""},
		{90, 99, 2, "99:4 93:3 "},
	} {
		got := ""
		s.Dates(c.from, c.to, Part{}, func(date Date, totals *[2]Sums) bool {
			got += fmt.Sprintf("%d:%d ", date, totals[1][Orders])
			c.enough--
			return c.enough > 0
		})
		if got != c.want {
			t.Errorf("from %d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

// All parts of a date whose orders are gone are deleted, and nothing else.
func TestDatesWithoutOrders(t *testing.T) {
	s := ordersOn(t, map[Date]int32{99: 1, 101: 1})
	long := strings.Repeat("x", 50_000)
	lines := []string{"a" + long, "b" + long}
	mustChange(t, s, lines, sumsOf(map[Measure]int32{Orders: 1}))
	expectSizes(t, "three dates, one of three parts", s, "0: 3", "0: 3", "1: 50006", "2: 50006", "0: 3")
	mustChange(t, s, lines, sumsOf(nil))
	expectSizes(t, "nothing is gone", s)
	mustChange(t, s, lines, sumsOf(map[Measure]int32{Orders: -1}))
	expectSizes(t, "a date of three parts is gone", s, "0: 0", "1: 0", "2: 0")
	if err := s.Change(101, &Attributes{Channel: events.MFN}, sumsOf(map[Measure]int32{Orders: -1})); err != nil {
		t.Fatal(err)
	}
	expectSizes(t, "the newest date is gone", s, "0: 0")
	if newest, ok := s.Newest(); !ok || newest != 99 {
		t.Errorf("the newest date is %v, %v, want 99", newest, ok)
	}
}

// A seller tells the memory that it holds: so much more for each thing more.
func TestSize(t *testing.T) {
	s := NewLayout(linesProgram(), wholeTerms()).NewSeller(100)
	none := s.Size()
	if want := int(unsafe.Sizeof(Seller{})+unsafe.Sizeof(group{})) + 4*len(wholeTerms()); none != want {
		t.Errorf("without orders %d bytes, want %d", none, want)
	}
	s.days.list, s.days.bytes = make([]day, 0, 3), make([]byte, 0, 1000)
	if got, want := s.Size(), none+3*16+1000; got != want {
		t.Errorf("with three days and 1,000 bytes %d, want %d", got, want)
	}
}

// Of 128 dates in a row each is told from the others; none that is there is ever missed.
func TestDateSet(t *testing.T) {
	for base := Date(-300); base < 300; base++ {
		for age := range Date(128) {
			var d dateSet
			d.add(base - age)
			for days := range Date(70) {
				if d.none(base-days, base) && age <= days {
					t.Fatalf("%d is there, and none of the %d before %d", base-age, days, base)
				}
				if days < 64 && age > days && !d.none(base-days, base) {
					t.Fatalf("only %d is there, but one of the %d before %d", base-age, days, base)
				}
			}
			if !d.none(base, base-1) {
				t.Fatal("there is something in no date")
			}
		}
	}
}
