package main

import (
	"testing"

	"sellerpulse/internal/brokertest"
)

// short is a campaign of few faults. The numbers of rounds, bursts and faults bound it, not a clock.
func short(seed uint64, brokers int) options {
	return options{Seed: seed, Brokers: brokers, Rounds: 2, Bursts: 2, Processors: 3, Sellers: 60, Events: 1000, Faults: 6}
}

func TestCampaignOnOneBroker(t *testing.T) { test(t, short(11, 1)) }

// With three brokers each topic is replicated thrice, and two replicas must have what is acknowledged.
func TestCampaignOnThreeBrokers(t *testing.T) { test(t, short(12, 3)) }

func test(t *testing.T, o options) {
	if testing.Short() {
		t.Skip("skipped: takes minutes")
	}
	brokertest.NeedKafka(t)
	o.Progress = t.Output()
	result, err := run(t.Context(), o)
	if err != nil {
		t.Error(err)
	}
	for _, problem := range result.Problems {
		t.Error(problem)
	}
	if result.Kills == 0 || result.Alerts == 0 || result.DeadLetters == 0 || result.Reports == 0 {
		t.Errorf("nothing was put to the test: %+v", result)
	}
	for _, row := range result.table() {
		t.Logf("%s: %s", row[0], row[1])
	}
}
