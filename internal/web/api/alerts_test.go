package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/oracle"
)

// checkAlertsOf compares what was published with the oracle.
func checkAlertsOf(t *testing.T, result *oracle.Result, alerts []outputs.Alert) {
	t.Helper()
	ids := map[string]string{}
	for i := range alerts {
		a := &alerts[i]
		ids[a.ID()] = fmt.Sprintf("%v %d/%d at %d", a.Kind(), a.Numerator, a.Denominator, a.AsOf)
	}
	for _, a := range result.Alerts {
		if want := fmt.Sprintf("%v %d/%d at %d", a.Kind, a.Numerator, a.Denominator, a.AsOf); ids[a.AlertID] != want {
			t.Errorf("alert %q: %s, want %s", a.AlertID, ids[a.AlertID], want)
		}
	}
}

// pages walks the pages of a filter of alerts, and gives what they have as it was written.
func pages(s *site, filter string) (all []json.RawMessage) {
	s.t.Helper()
	for next := ""; ; {
		page := get200[struct {
			Alerts []json.RawMessage
			Next   *string `json:"next_cursor"`
		}](s, "/alerts?limit=7&"+filter+"&cursor="+next, "Alerts")
		all = append(all, page.Alerts...)
		if page.Next == nil {
			return all
		}
		next = *page.Next
	}
}

// checkAlerts compares the pages of each filter with a look at each alert, byte by byte, and why each was with the one before.
func checkAlerts(s *site, alerts []outputs.Alert) {
	s.t.Helper()
	middle := alerts[len(alerts)/2]
	for filter, matches := range map[string]func(*outputs.Alert) bool{
		"":                                   func(*outputs.Alert) bool { return true },
		"seller=" + segment(middle.SellerID): func(a *outputs.Alert) bool { return a.SellerID == middle.SellerID },
		"rule=odr":                           func(a *outputs.Alert) bool { return a.Rule == "odr" },
		"state=BREACHED,NO_DATA":             func(a *outputs.Alert) bool { return a.State == rules.Breached || a.State == rules.NoData },
		"kind=RESOLVED":                      func(a *outputs.Alert) bool { return a.Kind() == outputs.KindResolved },
		"class=CONTRACTUAL":                  func(a *outputs.Alert) bool { return a.Class == rules.Contractual },
		"from=" + at(middle.AsOf):            func(a *outputs.Alert) bool { return a.AsOf >= middle.AsOf },
		"to=" + at(middle.AsOf):              func(a *outputs.Alert) bool { return a.AsOf < middle.AsOf },
		"from=" + day(&middle) + "&to=" + day(&middle): func(a *outputs.Alert) bool { return day(a) == day(&middle) },
	} {
		var want []string
		for i := range alerts {
			if matches(&alerts[i]) {
				want = append(want, string(alerts[i].AppendJSON(nil)))
			}
		}
		var got []string
		for _, text := range pages(s, filter) {
			got = append(got, string(text))
		}
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			s.t.Errorf("%q: %d alerts, want %d", filter, len(got), len(want))
		}
	}
	for i := range alerts {
		checkWhy(s, alerts, &alerts[i])
	}
}

func at(t int64) string { return inspect.Instant(t).String() }

func day(a *outputs.Alert) string { return at(a.AsOf)[:10] }

func checkWhy(s *site, alerts []outputs.Alert, a *outputs.Alert) {
	s.t.Helper()
	path := "/alerts/" + segment(a.ID())
	why := get200[struct {
		Alert, Previous json.RawMessage
		Change          *Change
		Behind          *inspect.Behind
	}](s, path, "Why")
	if want := a.AppendJSON(nil); !bytes.Equal(why.Alert, want) {
		s.t.Errorf("%s is %s, want %s", path, why.Alert, want)
	}
	want := "null"
	for i := range alerts {
		if before := &alerts[i]; before.SellerID == a.SellerID && before.Rule == a.Rule && before.Transition == a.Transition-1 {
			want = string(before.AppendJSON(nil))
			if c := why.Change; c == nil || before.Numerator+c.Numerator != a.Numerator || before.Denominator+c.Denominator != a.Denominator {
				s.t.Errorf("%s: %+v since %s", path, c, want)
			}
		}
	}
	if string(why.Previous) != want || (a.Transition == 1) != (want == "null") {
		s.t.Errorf("%s comes after %s, want %s", path, why.Previous, want)
	}
	if why.Behind == nil {
		s.t.Fatalf("%s has no orders", path)
	}
	for _, line := range why.Behind.Orders {
		of := get200[inspect.Order](s, "/sellers/"+segment(a.SellerID)+"/orders/"+segment(line.OrderID), "Order")
		if of.Row == nil || !slices.Contains(a.OrderIDs, line.OrderID) || line.Counts != of.Row.Counts {
			s.t.Errorf("%s: %+v, and the order is %+v", path, line, of)
		}
		if miss := a.Target.Missed(line.Numerator, line.Denominator); miss != (len(line.MadeBy) > 0) {
			s.t.Errorf("%s: order %q is a miss: %v, made by %v", path, line.OrderID, miss, line.MadeBy)
		}
	}
}

// An alert that is gone from among the recent ones is found in its topic.
func TestAlertIDsThatAreNone(t *testing.T) {
	m := newMarket(t, random(3, 200))
	s, _ := m.open(nil)
	_, alerts := m.published()
	for _, id := range []string{"S1", "S1/odr", "S1/odr/0", "S1/odr/01", "S1/odr/+1", "S1/odr/" + strconv.Itoa(len(alerts)+1), "nobody/odr/1", "//1", "S1/odr/99999999999999999999"} {
		if p := s.problem("/alerts/"+segment(id), 404); !bytes.Contains([]byte(p.Detail), []byte("not found")) {
			t.Errorf("%q: %+v", id, p)
		}
	}
}
