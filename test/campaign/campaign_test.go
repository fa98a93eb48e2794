package main

import (
	"maps"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

// short is a campaign of few faults, in which topics are enlarged and states cut over to only if it is said. The numbers of rounds, bursts and faults bound it, not a clock.
func short(seed uint64, brokers int) options {
	weights := maps.Clone(weights)
	delete(weights, enlargeTopics)
	return options{
		History: noHistory, Weights: weights, Seed: seed, Brokers: brokers, Rounds: 2, Bursts: 2, Processors: 3, Least: 2, Sellers: 60, Events: 1000, Faults: 6,
		SessionTimeout: 3 * time.Second,
	}
}

// The first has counts that outlive their orders, a partition that fails and topics that are enlarged, the second intakes and a backfill: one that is carried
// through leaves no records for the others.
func TestCampaignOnOneBroker(t *testing.T) {
	o := short(11, 1)
	o.Surely, o.History = []fault{poisonOne, enlargeTopics}, 150
	if result := test(t, o); result.Poisoned == 0 || result.Enlarged == 0 || result.Frozen == 0 {
		t.Errorf("%d partitions were poisoned, topics enlarged %d times, %d counts frozen", result.Poisoned, result.Enlarged, result.Frozen)
	}
}

// With three brokers each topic is replicated thrice, and two replicas must have what is acknowledged.
func TestCampaignOnThreeBrokers(t *testing.T) {
	o := short(12, 3)
	o.Surely, o.Strangers = []fault{intakeOne, backfillOne}, 30
	if result := test(t, o); result.Backfills == 0 || result.Carried == 0 {
		t.Errorf("%d backfills were begun, %d records carried over", result.Backfills, result.Carried)
	}
}

func test(t *testing.T, o options) figures {
	t.Helper()
	t.Parallel() // For most of the time it waits for sessions to end.
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
	return result
}
