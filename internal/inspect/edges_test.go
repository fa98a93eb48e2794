package inspect_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

var noon = enginetest.Noon.UnixMilli()

func at(t testing.TB, text string, zone *time.Location) events.Millis {
	t.Helper()
	parsed, err := time.ParseInLocation("2006-01-02 15:04:05.000", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.UnixMilli()
}

// A state of which nothing can be told yet says why.
func TestOpenSaysWhyNot(t *testing.T) {
	db, err := state.OpenInMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o := inspect.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120}
	open := func(o inspect.Options, of *state.DB) error {
		view := of.Snapshot()
		defer view.Close()
		_, err := inspect.Open(view.Partition(0), o)
		return err
	}
	if err := open(o, db); !errors.Is(err, inspect.ErrNothingCommitted) {
		t.Errorf("of an empty partition: %v", err)
	}
	m := newMachine(t, time.UTC, engine.Options{})
	m.commit()
	if err := open(o, m.db); !errors.Is(err, inspect.ErrNothingCommitted) {
		t.Errorf("before the first event: %v", err)
	}
	m.apply(placed("S", "O", noon))
	m.commit()
	if err := open(o, m.db); err != nil {
		t.Errorf("of a state: %v", err)
	}
	other, err := rules.Parse([]byte("rules:\n  - {name: odr, metric: claim_rate, window: 7d, target: \"< 0.5\", class: advisory}\n"), 120)
	m.must(err)
	for name, change := range map[string]func(*inspect.Options){
		"time zone": func(o *inspect.Options) { o.Zone = zoneOf(t, "Asia/Kolkata") },
		"retention": func(o *inspect.Options) { o.RetentionDays = 100 },
		"rules":     func(o *inspect.Options) { o.Rules = other },
	} {
		changed := o
		change(&changed)
		var settings *inspect.SettingsError
		if err := open(changed, m.db); !errors.As(err, &settings) || !strings.Contains(err.Error(), name) {
			t.Errorf("with another %s: %v", name, err)
		}
	}
	for _, saved := range []state.Saved{{Position: m.position, Partial: true}, {Position: m.position, Underived: true}} {
		m.must(m.keys.Checkpoint(saved))
		if err := open(o, m.db); !errors.Is(err, inspect.ErrRestoring) {
			t.Errorf("while it is restored: %v", err)
		}
	}
	settings := m.options.Settings()
	settings.Rebuild = &state.Rebuild{}
	record := settings.Record()
	m.keys.Put(record.Key, record.Value)
	m.must(m.keys.Checkpoint(state.Saved{Position: m.position}))
	if err := open(o, m.db); !errors.Is(err, inspect.ErrRebuilding) {
		t.Errorf("while it is rebuilt: %v", err)
	}
}

// What there is not is said to be unknown, in every answer.
func TestUnknown(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	p := placed("S", "O", noon)
	m.apply(p)
	m.apply(fact(events.ClaimOpened, &events.Event{SellerID: "waits", OrderID: "O"}, noon, "c"))
	m.commit()
	a := m.ask()
	defer a.close()
	for _, seller := range []string{"", "T", "S\x00", "waits"} {
		for name, ask := range map[string]func() error{
			"period": func() error { _, err := a.Period(seller, a.Today(), a.Today()); return err },
			"rules":  func() error { _, err := a.Rules(seller); return err },
			"orders": func() error { _, err := a.Orders(seller, inspect.OrdersQuery{}); return err },
			"order":  func() error { _, err := a.Order(seller, "none"); return err },
			"history": func() error {
				_, err := a.History(seller, inspect.HistoryQuery{Metric: rules.ClaimRate.FullName()})
				return err
			},
			"forecast": func() error { _, err := a.Forecast(seller, 1); return err },
		} {
			var unknown *inspect.UnknownSellerError
			if err := ask(); !errors.As(err, &unknown) || unknown.SellerID != seller {
				t.Errorf("%s of %q: %v", name, seller, err)
			}
		}
	}
	var unknown *inspect.UnknownOrderError
	if _, err := a.Order("S", "O\x00"); !errors.As(err, &unknown) || unknown.OrderID != "O\x00" {
		t.Errorf("an order that there is not: %v", err)
	}
}

// Dates are kept from so many days before today on, and those that are not are refused with what is.
func TestWhatIsKept(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{RetentionDays: 100})
	m.apply(placed("S", "old", noon-100*day))
	m.apply(placed("S", "new", noon))
	tomorrow := placed("S", "tomorrow", noon)
	tomorrow.OrderDate += day
	m.apply(tomorrow)
	m.commit()
	a := m.ask()
	defer a.close()
	today := a.Today()
	p, err := a.Period("S", today-100, today+2)
	m.must(err)
	if got := text(p.Metrics[0].Numbers); got != "0/3=0" || p.KeptFrom != today-100 {
		t.Errorf("all that is kept, from %v: %s", p.KeptFrom, got)
	}
	for _, d := range [][2]windows.Date{{today - 101, today}, {today, today + 3}, {today - 500, today - 400}} {
		var kept *inspect.NotKeptError
		if _, err := a.Period("S", d[0], d[1]); !errors.As(err, &kept) || kept.KeptFrom != today-100 || kept.KeptTo != today+2 {
			t.Errorf("%v: %v", d, err)
		}
		if _, err := a.Orders("S", inspect.OrdersQuery{From: &d[0], To: &d[1]}); !errors.As(err, &kept) {
			t.Errorf("orders of %v: %v", d, err)
		}
		if _, err := a.History("S", inspect.HistoryQuery{Metric: rules.ClaimRate.FullName(), From: &d[0], To: &d[1]}); !errors.As(err, &kept) {
			t.Errorf("history of %v: %v", d, err)
		}
	}
	var refused *inspect.QueryError
	if _, err := a.Period("S", today, today-1); !errors.As(err, &refused) {
		t.Errorf("dates the wrong way round: %v", err)
	}
}

// An order that is past its retention has expired, then nothing of it is known, whenever it is swept; an order whose PLACED has not come waits.
func TestOrdersThatAreNotLive(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{RetentionDays: 100})
	m.apply(placed("S", "O", noon))
	m.apply(fact(events.ClaimOpened, &events.Event{SellerID: "S", OrderID: "waits"}, noon+2, "c"))
	m.apply(fact(events.FeedbackRemoved, &events.Event{SellerID: "S", OrderID: "waits"}, noon+1, "f"))
	m.commit()
	a := m.ask()
	o, err := a.Order("S", "waits")
	m.must(err)
	a.close()
	if o.Status != inspect.Parked || o.Row != nil || o.OrderDate != nil || o.Parked.Waiting != 2 || o.Parked.Bytes == nil || len(o.Parked.Events) != 2 {
		t.Fatalf("an order that waits: %+v", o)
	}
	if behind, omitted := o.EventsBehind(); len(behind) != 2 || *behind[1].Offset != o.Parked.Events[1].Offset || behind[1].Topic != "claims" || omitted != 0 {
		t.Errorf("behind an order that waits: %+v, %d omitted", behind, omitted)
	}
	for i, want := range []string{"feedback REMOVED " + text1(noon+1), "claims OPENED " + text1(noon+2)} {
		e := &o.Parked.Events[i]
		if got := fmt.Sprint(e.Topic, " ", *e.Kind, " ", *e.OccurredAt); got != want || *e.EventID != "e" || e.ArrivedAt != inspect.Instant(noon+2) || e.WaitsUntil != inspect.Instant(noon+2+90*day) {
			t.Errorf("event %d that waits: %s, %+v, want %s", i, got, e, want)
		}
	}
	for age := range int64(195) {
		m.advance(noon + age*day)
		m.commit()
		a := m.ask()
		o, err := a.Order("S", "O")
		var unknown *inspect.UnknownOrderError
		switch {
		case age <= 100:
			if behind, _ := o.EventsBehind(); len(behind) != 1 || behind[0].Topic != "orders" {
				t.Fatalf("behind an order after %d days: %+v", age, behind)
			}
			if m.must(err); o.Status != inspect.Live || o.Row == nil || *o.ExpiresOn != o.Today+windows.Date(101-age) {
				t.Fatalf("after %d days: %+v", age, o)
			}
		case age <= 190:
			if m.must(err); o.Status != inspect.Expired || o.Row != nil || *o.ForgottenOn != o.Today+windows.Date(191-age) {
				t.Fatalf("after %d days: %+v", age, o)
			}
		case !errors.As(err, &unknown):
			t.Fatalf("after %d days: %+v, %v", age, o, err)
		}
		a.close()
	}
}

// text1 is an instant as a text.
func text1(at events.Millis) string { return inspect.Instant(at).String() }

// At the edges of days and windows an order is where the zone's calendar has it, also where a day has 23 hours or begins at one.
func TestOrdersAtWindowEdges(t *testing.T) {
	for _, c := range []struct{ zone, order, before, last, after string }{
		{"UTC", "2026-05-01 00:00:00.000", "2026-05-01 00:00:00.000", "2026-05-07 23:59:59.999", "2026-05-08 00:00:00.000"},
		{"Europe/Stockholm", "2026-03-29 00:00:00.000", "2026-03-29 00:00:00.000", "2026-04-04 23:59:59.999", "2026-04-05 00:00:00.000"},
		{"Europe/Stockholm", "2026-03-28 23:59:59.999", "2026-03-28 23:59:59.999", "2026-04-03 23:59:59.999", "2026-04-04 00:00:00.000"},
		{"America/Sao_Paulo", "2018-10-27 23:59:59.999", "2018-10-28 01:00:00.000", "2018-11-02 23:59:59.999", "2018-11-03 00:00:00.000"},
		{"America/Sao_Paulo", "2018-10-28 12:00:00.000", "2018-10-28 13:00:00.000", "2018-11-03 23:59:59.999", "2018-11-04 01:00:00.000"}, // The day begins at one.
	} {
		zone := zoneOf(t, c.zone)
		m := newMachine(t, zone, engine.Options{})
		p := placed("S", "O", at(t, c.order, zone))
		m.apply(p)
		for _, moment := range []struct {
			at string
			in bool
		}{{c.before, true}, {c.last, true}, {c.after, false}} {
			m.advance(at(t, moment.at, zone))
			m.commit()
			a := m.ask()
			page, err := a.Orders("S", inspect.OrdersQuery{Rule: "cancellation", Which: inspect.Denominator})
			m.must(err)
			o, err := a.Order("S", "O")
			m.must(err)
			i := slices.IndexFunc(o.Row.Rules, func(r inspect.OrderRule) bool { return r.Rule == "cancellation" })
			if got := len(page.Orders) == 1; got != moment.in || o.Row.Rules[i].InWindow != moment.in || o.Today > o.Row.Rules[i].CountsUntil == moment.in {
				t.Errorf("%s: order of %s at %s: listed %v, %+v, want %v", c.zone, c.order, moment.at, got, o.Row.Rules[i], moment.in)
			}
			a.close()
		}
	}
}

// Ids and product lines may be any text.
func TestHostileTexts(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	texts := []string{"\x00", "\x00\x01", "a\x00\xc3\xbf", "\x1b[31m", `"]}</script>`, "ä/..//", strings.Repeat("x", events.MaxTextBytes), "\u202e", "%00", "null"}
	for _, seller := range texts {
		for i, order := range texts {
			p := placed(seller, order, noon+int64(i)*day)
			p.Items = []events.Item{{ItemID: order, ProductLine: order, Quantity: 1}}
			m.apply(p)
			m.apply(fact(events.ClaimOpened, &p, p.OccurredAt, order))
		}
	}
	m.commit()
	a := m.ask()
	defer a.close()
	for _, seller := range texts {
		q := inspect.OrdersQuery{Rule: "odr-early", Limit: 1}
		for i := len(texts) - 1; i >= 0; i-- {
			page, err := a.Orders(seller, q)
			m.must(err)
			if len(page.Orders) != 1 || page.Orders[0].OrderID != texts[i] || *page.Orders[0].MadeBy[0].ID != texts[i] || (page.Next == nil) != (i == 0) {
				t.Fatalf("%q: %+v, want %q", seller, page, texts[i])
			}
			if page.Next != nil {
				q.Cursor = *page.Next
			}
			one, err := a.Orders(seller, inspect.OrdersQuery{Rule: "odr-early", ProductLine: &texts[i]})
			m.must(err)
			o, err := a.Order(seller, texts[i])
			m.must(err)
			if len(one.Orders) != 1 || one.Orders[0].OrderID != texts[i] || o.Row.Items[0].ProductLine != texts[i] {
				t.Errorf("%q: %+v of line %q, and %+v", seller, one, texts[i], o)
			}
		}
		period, err := a.Period(seller, a.Today()-20, a.Today())
		m.must(err)
		lines := map[string]bool{}
		for _, n := range period.Metrics {
			if n.ProductLine != nil {
				lines[*n.ProductLine] = true
			}
		}
		if len(lines) != len(texts) {
			t.Errorf("%q: %d lines, want %d", seller, len(lines), len(texts))
		}
	}
}
