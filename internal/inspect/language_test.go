package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// bilingual is a machine, and the naive recomputation of the same under the same rules.
type bilingual struct {
	*machine
	want *oracle.Result
	seen *seen
}

// seen counts what was compared.
type seen struct{ parts, omitted, lists, orders, misses, foreseen, projected, uncounted atomic.Int64 }

// newBilingual makes up rules, of one pack or two, for both.
func newBilingual(t *testing.T, r *rand.Rand, zone *time.Location, seen *seen) *bilingual {
	t.Helper()
	days := 70 + r.IntN(50)
	packs := []oracle.Pack{enginetest.RandomPack(r, "", enginetest.PackOptions{Days: days, Rules: 6, Today: "2016-01-10"})}
	if r.IntN(2) == 0 {
		packs = append(packs, enginetest.RandomPack(r, "site", enginetest.PackOptions{Days: days, Rules: 3, Today: "2016-01-10"}))
	}
	var files []rules.File
	for i := range packs {
		files = append(files, rules.File{Name: fmt.Sprint(i), Text: packs[i].YAML()})
	}
	set, err := rules.ParseAll(days, files...)
	if err != nil {
		t.Fatal(err)
	}
	return &bilingual{
		seen:    seen,
		machine: newMachine(t, zone, engine.Options{Rules: set, RetentionDays: int32(days)}),
		want:    oracle.Run(nil, oracle.Options{Zone: zone, RetentionDays: days, Rules: packs, ValidTracking: tracking.Valid}),
	}
}

func (b *bilingual) take(at events.Millis, e events.Event) {
	b.Helper()
	b.want.Take(oracle.Record{Topic: e.Topic, Offset: b.offsets[e.Topic], Timestamp: at, Key: []byte(e.SellerID), Event: e})
	b.applyAt(at, e)
}

// Under rules of every sort every answer about a seller is what a naive recomputation from the events comes to.
func TestTheLanguageOfRules(t *testing.T) {
	runs := 16
	if testing.Short() {
		runs = 5
	}
	var seen seen
	t.Cleanup(func() {
		for name, n := range map[string]*atomic.Int64{
			"parts": &seen.parts, "parts omitted": &seen.omitted, "lists": &seen.lists, "orders": &seen.orders, "misses": &seen.misses, "days": &seen.foreseen, "projected states": &seen.projected,
			"orders that do not count": &seen.uncounted,
		} {
			if n.Load() == 0 {
				t.Errorf("there are no %s: the test tests little", name)
			}
		}
	})
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 61))
			b := newBilingual(t, r, zoneOf(t, zones[seed%5]), &seen)
			for now, e := range enginetest.RandomSales(r, 300) {
				if b.take(now+1000, e); r.IntN(12) > 0 {
					continue
				}
				b.commit()
				b.compare(r)
				if t.Failed() {
					t.Fatalf("the rules are:\n%s", b.options.Rules.Canonical())
				}
			}
			b.commit()
			b.compareForecasts(40)
			if t.Failed() {
				t.Logf("the rules are:\n%s", b.options.Rules.Canonical())
			}
		})
	}
}

// compare asks everything of every seller.
func (b *bilingual) compare(r *rand.Rand) {
	b.Helper()
	a := b.ask()
	defer a.close()
	for _, seller := range a.sellers() {
		b.compareStandings(a, seller)
		counted, all := map[string]oracle.Counted{}, b.want.Standings(seller)
		for _, s := range all {
			b.compareOrders(a, r, seller, &s)
			b.compareHistory(a, seller, &s)
			for _, o := range b.want.Counting(seller, s.Rule, s.Part, s.Window.From, s.Window.To) {
				counted[s.Rule+enginetest.Number(s.Part)+o.OrderID] = o
			}
		}
		b.compareExplained(a, seller, all, counted)
	}
}

// compareStandings compares where a seller stands.
func (b *bilingual) compareStandings(a *asked, seller string) {
	b.Helper()
	got, err := a.Rules(seller)
	b.must(err)
	report, all := b.want.Report(seller), b.want.Standings(seller)
	if got.Status != report.Status || fmt.Sprint(got.Statuses) != fmt.Sprint(report.Statuses) || len(got.Rules) != len(all) {
		b.Fatalf("%q is %s by %v under %d rules, want %s by %v under %d", seller, got.Status, got.Statuses, len(got.Rules), report.Status, report.Statuses, len(all))
	}
	for i := range all {
		s, w := &got.Rules[i], &all[i]
		is := fmt.Sprintln(s.Rule, enginetest.Number(s.Part), s.PartsOmitted, s.Metric, s.Class, s.Channel, s.Window.Days, s.Window.From, s.Window.To, text(s.Numbers), plain(s.Target),
			enginetest.Number(s.TargetMet), s.State, plain(s.Level), s.ProjectedState, enginetest.Number(s.DefectsToBreach), enginetest.Number(s.OrdersToRecover), enginetest.Number(s.RecoversOn))
		want := fmt.Sprintln(w.Rule, enginetest.Number(w.Part), w.PartsOmitted, w.Metric, w.Class, w.Channel, w.Window.Days, w.Window.From, w.Window.To, naive(int64(w.Numerator), int64(w.Denominator)), w.Target,
			enginetest.Number(w.TargetMet), w.State, w.Level, w.ProjectedState, enginetest.Number(w.DefectsToBreach), enginetest.Number(w.OrdersToRecover), enginetest.Number(w.RecoversOn))
		if is != want {
			b.Errorf("%q stands\n%swant\n%s", seller, is, want)
		}
		levels, wanted := "", ""
		for _, l := range s.Levels {
			levels += fmt.Sprintln(l.Level, plain(l.Target), l.State)
		}
		for _, l := range w.Levels {
			wanted += fmt.Sprintln(l.Level, l.Target, l.State)
		}
		if levels != wanted {
			b.Errorf("%q: levels %s, want %s", seller, levels, wanted)
		}
		if (s.Components == nil) != (w.Components == nil) || w.Components != nil && fmt.Sprint(*s.Components) != fmt.Sprint(*w.Components) {
			b.Errorf("%q: components of %s %v, want %v", seller, s.Rule, s.Components, w.Components)
		}
		b.seen.parts.Add(int64(one(w.Part != nil)))
		b.seen.omitted.Add(int64(one(w.PartsOmitted > 0)))
		b.seen.projected.Add(int64(one(w.ProjectedState != w.State)))
	}
}

// compareOrders compares the orders behind a number: those of the window, or of some dates.
func (b *bilingual) compareOrders(a *asked, r *rand.Rand, seller string, s *oracle.Standing) {
	b.Helper()
	good := a.options.Rules.Find(s.Rule).InForce(a.Today()).Good()
	which := inspect.Whiches()[r.IntN(3)]
	q := inspect.OrdersQuery{Rule: s.Rule, Part: s.Part, Which: which, Limit: 1 + r.IntN(100)}
	from, to := windows.Date(s.Window.From), windows.Date(s.Window.To)
	if r.IntN(3) == 0 {
		from, to = a.anyDates(r)
		q.From, q.To = &from, &to
	}
	var got, want []string
	numerator, denominator := 0, 0
	for _, o := range b.want.Counting(seller, s.Rule, s.Part, oracle.Day(from), oracle.Day(to)) {
		numerator, denominator = numerator+o.Numerator, denominator+o.Denominator
		missed := !good && o.Numerator > 0 || good && o.Denominator > o.Numerator
		if which == inspect.Denominator || which == inspect.Numerator && o.Numerator > 0 || which == inspect.Miss && missed {
			want = append(want, fmt.Sprintf("%v %q %d/%d", o.Date, o.OrderID, o.Numerator, o.Denominator))
		}
		b.seen.misses.Add(int64(one(missed)))
	}
	for first := true; ; first = false {
		page, err := a.Orders(seller, q)
		b.must(err)
		if first && (page.Total == nil || *page.Total != int64(len(want)) || page.From != from || page.To != to || text(*page.Numbers) != naive(int64(numerator), int64(denominator))) {
			b.Errorf("%q, %s %s %s: %s of %s from %v to %v, want %d of %d/%d from %v to %v", seller, s.Rule, enginetest.Number(s.Part), which, enginetest.Number(page.Total), text(*page.Numbers), page.From, page.To,
				len(want), numerator, denominator, from, to)
		}
		for i := range page.Orders {
			o := &page.Orders[i]
			got = append(got, fmt.Sprintf("%v %q %d/%d", o.OrderDate, o.OrderID, o.Numerator, o.Denominator))
			if len(o.MadeBy) == 0 {
				b.Errorf("%q, %s %s: nothing made %+v count", seller, s.Rule, which, o)
			}
		}
		if page.Next == nil {
			break
		}
		q.Cursor = *page.Next
	}
	enginetest.CompareLists(b.TB.(*testing.T), fmt.Sprintf("%s orders of %q under %s %s", which, seller, s.Rule, enginetest.Number(s.Part)), got, want)
	b.seen.orders.Add(int64(len(want)))
	b.seen.lists.Add(int64(one(len(a.options.Rules.Find(s.Rule).InForce(a.Today()).Windows) > 1)))
}

// compareHistory compares the number of each date, and of the rule's windows.
func (b *bilingual) compareHistory(a *asked, seller string, s *oracle.Standing) {
	b.Helper()
	h, err := a.History(seller, inspect.HistoryQuery{Rule: s.Rule, Part: s.Part})
	b.must(err)
	byDate := map[windows.Date][2]int64{}
	for _, o := range b.want.Counting(seller, s.Rule, s.Part, oracle.Day(h.From), oracle.Day(h.To)) {
		n := byDate[windows.Date(o.Date)]
		byDate[windows.Date(o.Date)] = [2]int64{n[0] + int64(o.Numerator), n[1] + int64(o.Denominator)}
	}
	if len(h.Rules) != 1 || len(h.Rules[0].Windows) != len(h.Dates) {
		b.Fatalf("%q: %s has %d dates and %d rules", seller, s.Rule, len(h.Dates), len(h.Rules))
	}
	for i, d := range h.Dates {
		if n := byDate[d.Date]; text(d.Numbers) != naive(n[0], n[1]) {
			b.Errorf("%q: %s %s on %v is %s, want %v", seller, s.Rule, enginetest.Number(s.Part), d.Date, text(d.Numbers), n)
		}
		if w := &h.Rules[0].Windows[i]; i%7 == 0 { // The reference takes long.
			window, n, m := b.want.Figures(seller, s.Rule, s.Part, oracle.Day(w.AsOf))
			if got, want := fmt.Sprintln(w.From, w.To, text(w.Numbers)), fmt.Sprintln(window.From, window.To, naive(int64(n), int64(m))); got != want {
				b.Errorf("%q: %s %s as of %v is %s, want %s", seller, s.Rule, enginetest.Number(s.Part), w.AsOf, got, want)
			}
		}
	}
}

// compareExplained compares whether each order is said to be counted by the rules by which it is.
func (b *bilingual) compareExplained(a *asked, seller string, all []oracle.Standing, counted map[string]oracle.Counted) {
	b.Helper()
	for _, row := range a.rows(seller) {
		o, err := a.Order(seller, row.id)
		b.must(err)
		for _, r := range o.Row.Rules {
			key := r.Rule + enginetest.Number(r.Part) + row.id
			c, in := counted[key]
			delete(counted, key)
			placed := r.Part == nil || slices.ContainsFunc(all, func(s oracle.Standing) bool { return s.Rule == r.Rule && s.Part != nil && *s.Part == *r.Part })
			if placed && in != (r.NotCounted == nil) || in && (int64(c.Numerator) != r.Numerator || int64(c.Denominator) != r.Denominator) {
				b.Errorf("%q of %v is told %+v (%s), and is in the numbers: %v, %+v", row.id, row.date, r, enginetest.Number(r.NotCounted), in, c)
			}
			b.seen.uncounted.Add(int64(one(r.NotCounted != nil)))
		}
	}
	for key := range counted {
		b.Errorf("%q: no rule tells of %s, which is in the numbers", seller, key)
	}
}

// compareForecasts compares what days to come bring, with what falls due, with what they do if nothing happens.
func (b *bilingual) compareForecasts(days int) {
	b.Helper()
	a := b.ask()
	forecasts := map[string]*inspect.Forecast{}
	for _, seller := range a.sellers() {
		f, err := a.Forecast(seller, days)
		b.must(err)
		forecasts[seller] = f
	}
	a.close()
	for i := 1; i <= days; i++ {
		for seller, f := range forecasts {
			if len(f.Rules) == 0 {
				continue
			}
			b.want.AsOf(windows.NewCalendar(b.options.Zone).Start(f.Rules[0].Days[i].Day))
			all := b.want.Standings(seller)
			for j := range f.Rules {
				b.compareDay(seller, &f.Rules[j], &f.Rules[j].Days[i], all)
			}
		}
	}
}

func (b *bilingual) compareDay(seller string, f *inspect.RuleForecast, d *inspect.ForecastDay, all []oracle.Standing) {
	b.Helper()
	got := fmt.Sprintln(d.WithDue.From, d.WithDue.To, text(d.WithDue.Numbers), d.WithDue.State, plain(d.WithDue.Level))
	want := ""
	for i := range all {
		if line := &all[i]; line.Rule == f.Rule && inspect.SamePart(line.Part, f.Part) {
			want = fmt.Sprintln(line.Window.From, line.Window.To, naive(int64(line.Numerator), int64(line.Denominator)), line.State, line.Level)
		}
	}
	switch {
	case want == "" && d.WithDue.State != "NO_DATA":
		b.Errorf("%q: %s %s on %v, when it is not in force, is %s", seller, f.Rule, enginetest.Number(f.Part), d.Day, got)
	case want != "" && got != want:
		b.Errorf("%q: %s %s on %v is %swant %s", seller, f.Rule, enginetest.Number(f.Part), d.Day, got, want)
	}
	b.seen.foreseen.Add(1)
}

func plain(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
