package enginetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/oracle"
)

// A pack that is written and read is the same.
func TestPacksAreWrittenAsTheyAreRead(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		pack := RandomPack(r, []string{"", "market"}[seed%2], PackOptions{Days: 40 + r.IntN(300), Rules: r.IntN(8), Today: "2016-02-01", Sellers: []string{"S0", "S1"}[:seed%3]})
		again, err := oracle.Read(pack.YAML())
		if err != nil {
			t.Fatalf("seed %d: %v:\n%s", seed, err, pack.YAML())
		}
		if got, want := fmt.Sprintf("%+v", again), fmt.Sprintf("%+v", pack); got != want {
			t.Fatalf("seed %d:\n got %s\nwant %s", seed, got, want)
		}
	}
}

// Random packs are valid, alone and side by side.
func TestRandomPacksAreRules(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		o := PackOptions{Days: 35 + r.IntN(400), Rules: 1 + r.IntN(6), Today: "2016-02-01", Sellers: []string{"S0", "S1", "S2"}[:seed%4]}
		a, b := RandomPack(r, "", o), RandomPack(r, "market", o)
		if _, err := rules.ParseAll(o.Days, rules.File{Name: "a", Text: a.YAML()}, rules.File{Name: "b", Text: b.YAML()}); err != nil {
			t.Fatalf("seed %d: %v:\n%s\n%s", seed, err, a.YAML(), b.YAML())
		}
	}
}

// seen counts what came up in random sales under random rules.
type seen map[string]int

func (s seen) alerts(all []oracle.Alert) {
	for i := range all {
		a := &all[i]
		s.when(a.Level != "" && a.PreviousLevel != "", "level to level")
		s.when(a.Part != nil, "part")
		s.when(a.Part != nil && *a.Part == "", "part without a value")
		s.when(a.State == oracle.NoData && a.Denominator > 0 && a.Cause.Kind == oracle.CauseTime, "rule ended, or too little is left")
		s.when(a.Cause.Kind == oracle.CauseRules, "rules changed")
		s.when(a.Cause.EventKind.String() == "EXCUSED", "excused")
		s.when(a.DefectsToBreach != nil && *a.DefectsToBreach > a.Denominator, "misses beyond the denominator")
		s.when(a.State == oracle.Breached && a.OrdersToRecover == nil, "no recovery")
		s.when(a.Target == "", "no level is a breach")
	}
}

func (s seen) reports(r *oracle.Result) {
	for _, id := range r.Sellers() {
		report := r.Report(id)
		for i := range report.Rules {
			x := &report.Rules[i]
			s.when(x.State != x.ProjectedState, "projected")
			s.when(x.PartsOmitted > 0, "parts omitted")
			s.when(x.CountsFrom != nil, "counts from")
			s.when(x.SilencedUntil != nil, "silenced")
		}
		s.when(report.Statuses["market"] != report.Statuses[oracle.BuiltInPack], "statuses differ")
	}
}

func (s seen) when(is bool, what string) {
	if is {
		s[what]++
	}
}

// endsSilence is whether an alert comes at the start of the day after a silence of its seller and rule.
func endsSilence(packs []oracle.Pack, a *oracle.Alert) bool {
	for i := range packs {
		for _, o := range packs[i].Overrides {
			rule := string(o.Rule[0])
			if packs[i].Name != "" {
				rule = string(packs[i].Name) + "/" + rule
			}
			if o.Silence.Until != "" && string(o.Sellers[0]) == a.SellerID && rule == a.Rule && int64(dayOf(string(o.Silence.Until))+1)*86_400_000 == a.AsOf {
				return true
			}
		}
	}
	return false
}

// What random sales and packs are to provoke comes up.
func TestRandomSalesProvokeTheLanguage(t *testing.T) {
	s := seen{}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 2))
		var packs []oracle.Pack
		more := func() []oracle.Pack {
			o := PackOptions{Days: 90, Rules: 6, Today: "2016-01-10", Sellers: []string{"S0", "S1"}}
			packs = []oracle.Pack{RandomPack(r, "", o), RandomPack(r, "market", o)}
			return packs
		}
		result := oracle.Run(nil, oracle.Options{RetentionDays: 30, HistoryDays: 90, Rules: more(), ValidTracking: tracking.Valid})
		n := 0
		for now, e := range RandomSales(r, 500) {
			known := len(result.Alerts)
			result.Take(oracle.Record{Topic: e.Topic, Offset: int64(n), Timestamp: now, Key: []byte(e.SellerID), Event: e})
			for i := range result.Alerts[known:] {
				s.when(endsSilence(packs, &result.Alerts[known+i]), "told at the end of a silence")
			}
			if n++; n%100 == 0 {
				s.reports(result)
				result.SetRules(more())
			}
		}
		s.alerts(result.Alerts)
	}
	for _, what := range []string{
		"level to level", "part", "part without a value", "rule ended, or too little is left", "rules changed", "excused", "misses beyond the denominator",
		"no recovery", "no level is a breach", "projected", "parts omitted", "counts from", "statuses differ", "silenced", "told at the end of a silence",
	} {
		if s[what] == 0 {
			t.Errorf("%s: never", what)
		}
	}
	if t.Failed() {
		var list []string
		for what, n := range s {
			list = append(list, fmt.Sprint(what, " ", n))
		}
		slices.Sort(list)
		t.Logf("seen: %q", list)
	}
}
