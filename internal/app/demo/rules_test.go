package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// setOf is the rules of packs.
func setOf(t *testing.T, names ...string) *rules.Set {
	t.Helper()
	files, err := rulefile.ReadAll(names)
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.ParseAll(800, files...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// alertsOf are the alerts of a history under rules.
func alertsOf(t *testing.T, set *rules.Set, sellers int) (kinds map[outputs.AlertKind]int) {
	t.Helper()
	db, err := state.Open(state.Options{FileSystem: vfs.NewMem(), Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.Partition(0)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(p, engine.Options{Rules: set, Zone: time.UTC, RetentionDays: int32(Days(set, 120))})
	if err := e.Open(); err != nil {
		t.Fatal(err)
	}
	kinds = map[outputs.AlertKind]int{}
	commit := func() {
		c := e.Commit([events.NumTopics]int64{})
		e.Committed()
		for i := range c.Alerts {
			kinds[c.Alerts[i].Kind()]++
		}
	}
	o := Options{Sellers: sellers, Seed: 1, HistoryDays: 120}
	o.Worker.Rules = set
	for event := range simulate.New(o.options(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC).UnixMilli())).History() {
		in := engine.Apply(&engine.Record{Message: state.Message{Topic: event.Topic, Timestamp: event.OccurredAt, Key: []byte(event.SellerID)}, Event: event})
		for done := false; !done; commit() {
			if done, err = e.Step(in); err != nil {
				t.Fatal(err)
			}
			if done && e.Waiting().Keys < 10_000 {
				break
			}
		}
	}
	commit()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	return kinds
}

// Under each pack that is part of the program somebody breaches in the history of the demo.
func TestEveryPackHasSomethingToSee(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds a pack")
	}
	for _, name := range rulefile.Names() {
		t.Run(name, func(t *testing.T) {
			if kinds := alertsOf(t, setOf(t, name), 12); kinds[outputs.KindBreached] == 0 {
				t.Errorf("alerts by kind: %v", kinds)
			}
		})
	}
}

func TestTheMarketplaceHasWhatRulesAskFor(t *testing.T) {
	of := func(names ...string) simulate.Options {
		o := Options{}
		o.Worker.Rules = setOf(t, names...)
		return o.options(0)
	}
	if o := of("amazon-2022"); o.Marketplaces != nil || o.Countries != nil {
		t.Errorf("the built-in rules ask for %+v", o)
	}
	if o, want := of("zalando", "amazon-us", "amazon-2022"), []string{"ATVPDKIKX0DER", "ZALANDO"}; !slices.Equal(o.Marketplaces, want) {
		t.Errorf("marketplaces %q, want %q", o.Marketplaces, want)
	}
	if o := of("ebay-us"); !slices.Equal(o.Countries, []string{"US"}) || len(o.Marketplaces) != 19 {
		t.Errorf("eBay's rules ask for %+v", o)
	}
	if got := Days(setOf(t, "amazon-2022"), 120); got != 120 {
		t.Errorf("the built-in rules need %d days", got)
	}
	if got := Days(setOf(t, "ebay-us"), 120); got != 403 {
		t.Errorf("eBay's rules need %d days", got)
	}
}
