package outputs

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestAlertIDs(t *testing.T) {
	for text, want := range map[string][]AlertID{
		"S1/odr/3":                      {{SellerID: "S1", Rule: "odr", Transition: 3}},
		"S1/ebay-us/late/3":             {{SellerID: "S1", Rule: "ebay-us/late", Transition: 3}, {SellerID: "S1/ebay-us", Rule: "late", Transition: 3}},
		"S1/odr:DE/3":                   {{SellerID: "S1", Rule: "odr", Part: pointer("DE"), Transition: 3}},
		"S1/odr:/3":                     {{SellerID: "S1", Rule: "odr", Part: pointer(""), Transition: 3}},
		"S1/p/odr:toys: 1/2/3":          {{SellerID: "S1", Rule: "p/odr", Part: pointer("toys: 1/2"), Transition: 3}, {SellerID: "S1/p", Rule: "odr", Part: pointer("toys: 1/2"), Transition: 3}, {SellerID: "S1/p/odr:toys: 1", Rule: "2", Transition: 3}},
		"A:1/B/odr/9223372036854775807": {{SellerID: "A:1/B", Rule: "odr", Transition: math.MaxInt64}},
		"//r/20":                        {{SellerID: "/", Rule: "r", Transition: 20}},
		"":                              nil, "/": nil, "S1": nil, "S1/odr": nil, "odr/1": nil, "S1/odr/": nil, "S1/odr/0": nil, "S1/odr/-1": nil, "S1/odr/+1": nil, "S1/odr/01": nil,
		"S1/odr/1 ": nil, "S1/odr/9223372036854775808": nil, "S1/ODR/1": nil, "S1/-odr/1": nil, "S1//1": nil,
	} {
		if got := AlertIDs(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is of %+v, want %+v", text, got, want)
		}
	}
	if seller, rule, transition, ok := ParseAlertID("S1/ebay-us/late:DE/3"); seller != "S1" || rule != "ebay-us/late" || transition != 3 || !ok {
		t.Errorf("%q, %q, %d, %v", seller, rule, transition, ok)
	}
	if _, _, _, ok := ParseAlertID("S1/odr"); ok {
		t.Error("an id without a number")
	}
}

// FuzzAlertIDs holds that what a text is taken apart into makes that text again, and that whatever an alert is of, its id can be taken apart into that.
func FuzzAlertIDs(f *testing.F) {
	f.Add("S1/odr/3", "p/odr", "DE", true, int64(1))
	f.Add("a/b:c/d/9", "late", "x/1", false, int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, seller, rule, part string, parted bool, number int64) {
		for _, id := range AlertIDs(seller) {
			if id.String() != seller || id.Transition < 1 || !ruleForm.MatchString(id.Rule) {
				t.Errorf("%q is taken for %+v", seller, id)
			}
		}
		if number < 1 || !ruleForm.MatchString(rule) {
			return
		}
		a := Alert{SellerID: seller, Rule: rule, Transition: number}
		if parted {
			a.Part = &part
		}
		all := AlertIDs(a.ID())
		is := func(id AlertID) bool { return id.Of(&a) && id.Transition == number }
		if i := slices.IndexFunc(all, is); i < 0 || slices.IndexFunc(all[i+1:], is) >= 0 {
			t.Errorf("%q is taken for %+v", a.ID(), all)
		}
	})
}
