package inspect_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// ids are the orders of a page.
func ids(page *inspect.Orders) (all []string) {
	for i := range page.Orders {
		all = append(all, page.Orders[i].OrderID)
	}
	return all
}

// While the state moves from page to page, each order that stays as it is is listed once, in order; of the dates that were asked for on the first.
func TestPagesWhileTheStateMoves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 61))
	m := newMachine(t, time.UTC, engine.Options{})
	var want []string
	for i := range 60 {
		m.apply(placed("S", fmt.Sprintf("stays-%02d", i), noon+int64(i)*day/10))
		want = append(want, fmt.Sprintf("stays-%02d", i))
	}
	m.commit()
	q := inspect.OrdersQuery{Rule: "cancellation", Which: inspect.Denominator, Limit: 7}
	var got []string
	var from, to windows.Date
	for number := 0; ; number++ {
		a := m.ask()
		page, err := a.Orders("S", q)
		m.must(err)
		a.close()
		if number == 0 {
			from, to = page.From, page.To
		}
		if page.From != from || page.To != to || (page.Total == nil) != (number > 0) {
			t.Errorf("page %d is of %v to %v, with total %v", number, page.From, page.To, page.Total)
		}
		for _, id := range ids(page) {
			if id[:5] == "stays" {
				got = append(got, id)
			}
		}
		if page.Next == nil {
			break
		}
		q.Cursor = *page.Next
		for i := range 5 { // Others come, and one that was listed last gets another date.
			m.apply(placed("S", fmt.Sprint("new-", number, "-", i), noon+r.Int64N(6*day)))
		}
		moved := placed("S", "new-0-0", m.engine.StreamTime()+1)
		m.apply(moved)
		if number == 3 {
			m.advance(m.engine.StreamTime() + 2*day)
		}
		m.commit()
	}
	newest := slices.Clone(want[:0])
	for d := 6; d >= 0; d-- { // The newest date first, then by id.
		for i, id := range want {
			if (int64(i)*day/10+day/2)/day == int64(d) {
				newest = append(newest, id)
			}
		}
	}
	if !slices.Equal(got, newest) {
		t.Errorf("listed %q, want %q", got, newest)
	}
}

// A cursor is of one question; what is left of its dates is listed once others have expired.
func TestCursorsOfOthers(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{RetentionDays: 90})
	for i := range 10 {
		m.apply(placed("S", fmt.Sprint(i), noon+int64(i)*day))
	}
	m.apply(placed("T", "0", noon+9*day))
	m.commit()
	a := m.ask()
	metric := rules.ClaimRate
	q := inspect.OrdersQuery{Metric: metric.FullName(), Which: inspect.Denominator, Limit: 3}
	page, err := a.Orders("S", q)
	m.must(err)
	q.Cursor = *page.Next
	for name, other := range map[string]func() error{
		"another seller": func() error { _, err := a.Orders("T", q); return err },
		"another part":   func() error { o := q; o.Which = inspect.All; _, err := a.Orders("S", o); return err },
		"other dates": func() error {
			o, d := q, a.Today()
			o.From = &d
			_, err := a.Orders("S", o)
			return err
		},
		"nonsense": func() error { o := q; o.Cursor = "x"; _, err := a.Orders("S", o); return err },
	} {
		var refused *inspect.QueryError
		if err := other(); !errors.As(err, &refused) || refused.Field != "cursor" {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.close()
	for age, want := range map[int64]string{94: "[6 5 4]", 96: "[6]", 99: "[]", 300: "[]"} {
		m := newMachine(t, time.UTC, engine.Options{RetentionDays: 90})
		for i := range 10 {
			m.apply(placed("S", fmt.Sprint(i), noon+int64(i)*day))
		}
		m.advance(noon + age*day)
		m.commit()
		a := m.ask()
		page, err := a.Orders("S", q)
		m.must(err)
		if got := fmt.Sprint(ids(page)); got != want || page.Orders == nil {
			t.Errorf("after %d days: %s, want %s", age, got, want)
		}
		a.close()
	}
}

// However few rows one answer may read, all pages together have all orders; counting says that it ended.
func TestPagesOfFewRows(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	var want []string
	for i := range 40 {
		p := placed("S", fmt.Sprintf("%02d", i), noon)
		p.Items = []events.Item{{ItemID: "1", ProductLine: []string{"toys", "books"}[i%2], Quantity: 1}}
		m.apply(p)
		m.apply(fact(events.ShipmentConfirmed, &p, noon, "s"))
		if i%9 == 0 {
			m.apply(fact(events.ReturnRequested, &p, noon, "r"))
			want = append(want, p.OrderID)
		}
	}
	m.commit()
	m.inspect.MaxRows = 4
	a := m.ask()
	defer a.close()
	metric := rules.ReturnDissatisfactionRate
	for _, part := range []inspect.Which{inspect.Denominator, inspect.Numerator} {
		q := inspect.OrdersQuery{Metric: metric.FullName(), Which: part, Limit: 2}
		var got []string
		pages := 0
		for {
			page, err := a.Orders("S", q)
			m.must(err)
			if pages++; q.Cursor == "" && part == inspect.Denominator && (!page.TotalCut || *page.Total != 1) {
				t.Errorf("of the first rows %s, cut: %v", fmt.Sprint(*page.Total), page.TotalCut)
			}
			if got = append(got, ids(page)...); page.Next == nil {
				break
			}
			q.Cursor = *page.Next
		}
		switch part {
		case inspect.Denominator:
			if !slices.Equal(got, want) || pages < 5 {
				t.Errorf("%d pages of %q, want %q", pages, got, want)
			}
		default:
			if len(got) > 0 || pages != 1 { // The buckets say that there is none.
				t.Errorf("%d pages of %q, want none", pages, got)
			}
		}
	}
	f, err := a.Forecast("S", 5)
	if m.must(err); !f.DueCut {
		t.Error("what falls due of 40 orders was found in 4 rows")
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	m.apply(placed("S", "O", noon))
	m.commit()
	a := m.ask()
	defer a.close()
	metric := rules.ClaimRate
	for field, q := range map[string]inspect.OrdersQuery{
		"rule":  {Rule: "none"},
		"which": {Which: inspect.Miss},
		"limit": {Limit: -1},
	} {
		var refused *inspect.QueryError
		if _, err := a.Orders("S", q); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, q := range []inspect.OrdersQuery{{Rule: "odr", Metric: metric.FullName()}, {Which: "some", Metric: metric.FullName()}, {Limit: 501}} {
		var refused *inspect.QueryError
		if _, err := a.Orders("S", q); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	page, err := a.Orders("S", inspect.OrdersQuery{})
	if m.must(err); page.Which != inspect.All || page.Numbers != nil || *page.Total != 1 || page.From != page.KeptFrom {
		t.Errorf("without a metric: %+v", page)
	}
}
