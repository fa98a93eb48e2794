package engine

import (
	"errors"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/rules"
)

// Reports that are to be published again are, though a rebuild was under way when that came up.
func TestANewTopicOfReportsDuringARebuild(t *testing.T) {
	health := func(id string) map[string]state.Topic {
		return map[string]state.Topic{state.SellerHealth: {Name: "seller-health", ID: id, Partitions: 1}}
	}
	o := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames, Topics: health("a"), FactsVersion: 7}
	m := newMachine(t, o)
	log := randomLog(rand.New(rand.NewPCG(1, 43)), 300)
	for i := range log {
		m.apply(&log[i])
	}
	m.commit()
	sellers := map[string]bool{}
	m.must(m.engine.store.Sellers(func(id string, _ bool) (bool, error) {
		sellers[id] = true
		return true, m.engine.publishReport(id)
	}))
	m.commit()
	m.must(m.state.Close())
	m.options.FactsVersion = 0
	for commits, underWay := 1, false; !underWay; m.must(m.state.Close()) {
		if m.rebuildFor(commits); !m.rebuilding() {
			t.Fatal("the rebuild ended before a seller was committed")
		}
		stored, err := m.engine.store.Partition.Settings()
		m.must(err)
		underWay = stored.Rebuild != nil && len(stored.Rebuild.After) > 0
		commits++
	}
	m.options.Topics = health("b")
	m.rebuildFor(1 << 30)
	if m.rebuilding() {
		t.Fatal("the rebuild did not end")
	}
	m.commit()
	published := map[string]bool{}
	m.must(m.engine.store.Sellers(func(id string, _ bool) (bool, error) { return true, m.engine.publishReport(id) }))
	for _, r := range m.engine.pending.Reports {
		published[r.SellerID] = true
	}
	if !maps.Equal(published, sellers) || len(sellers) < 2 {
		t.Errorf("published %d of %d sellers", len(published), len(sellers))
	}
}

// A state that has lost what it rests on has lost more: it is not taken for one of whatever is in force.
func TestAStateWithoutSettingsIsRefused(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	m.commit()
	m.state.Put([]byte{'m'}, nil)
	m.must(m.state.Checkpoint(state.Saved{Position: 1}))
	if err := New(m.state, m.options).Open(); !errors.Is(err, ErrNoSettings) {
		t.Errorf("error %v, want that settings are missing", err)
	}
}

// Facts that a newer version has written are not passed over, nor lost.
func TestSettingsOfANewerVersionAreRefused(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	m.commit()
	for name, value := range map[string]string{
		"a fact":            `{"zone":"UTC","retention_days":120,"rules":{},"currency":"EUR"}`,
		"one of a topic":    `{"zone":"UTC","retention_days":120,"rules":{},"topics_by_use":{"orders":{"name":"orders","partitions":1,"cluster":"x"}}}`,
		"one of a rebuild":  `{"zone":"UTC","retention_days":120,"rules":{},"rebuild":{"for":"x","phase":2}}`,
		"rows":              `{"zone":"UTC","retention_days":120,"rules":{},"row_version":4}`,
		"one of other kind": `{"zone":["UTC"],"retention_days":120,"rules":{}}`,
	} {
		m.state.Put([]byte{'m'}, []byte(value))
		m.must(m.state.Checkpoint(state.Saved{Position: 1}))
		err := New(m.state, m.options).Open()
		if !errors.Is(err, state.ErrSettings) || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("%s: error %v, want that a newer version wrote it", name, err)
		}
	}
}
