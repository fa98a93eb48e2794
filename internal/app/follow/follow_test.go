package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

const partitions = 3

// open1 makes a topic and who writes to it in transactions.
func open1(t *testing.T) (*stream.Client, *stream.Producer, string) {
	t.Helper()
	broker := brokertest.Embedded(t)
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	topic := broker.Prefix + "published"
	if err := client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: topic, Partitions: partitions, ReplicationFactor: 1}}); err != nil {
		t.Fatal(err)
	}
	producer, err := client.OpenTransactional(t.Context(), broker.Prefix+"writer", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return client, producer, topic
}

// publish writes one value of a seller, nil for a tombstone, where tasks would.
func publish(t *testing.T, producer *stream.Producer, topic, seller string, value []byte) {
	t.Helper()
	tp := stream.TopicPartition{Topic: topic, Partition: stream.PartitionFor([]byte(seller), partitions)}
	messages := []stream.Message{{Key: []byte(seller), Value: value, Timestamp: 1_700_000_000_000}}
	if _, err := producer.Commit(t.Context(), stream.Commit{Outputs: []stream.Output{{TopicPartition: tp, Messages: messages}}}); err != nil {
		t.Fatal(err)
	}
}

func alert(seller string, n int64) []byte {
	rule := rules.BuiltIn().Versions()[0]
	a := outputs.Alert{SellerID: seller, Rule: rule.Name, Transition: n, Metric: rule.Metric.FullName(), Target: rule.Target, State: rules.Breached, Window: rule.Window(), Cause: outputs.TimeCause()}
	return a.AppendAvro(nil)
}

func report(seller string, status rules.Status) []byte {
	return (&outputs.Report{SellerID: seller, Status: status}).AppendAvro(nil)
}

func TestAlertsFromBeginningUntilEnd(t *testing.T) {
	client, producer, topic := open1(t)
	for n := range int64(3) {
		for _, seller := range []string{"S1", "S2", "S3", "S4"} {
			publish(t, producer, topic, seller, alert(seller, n+1))
		}
	}
	bySeller := map[string][]int64{}
	err := Alerts(t.Context(), client, AlertOptions{Topic: topic, FromBeginning: true, UntilEnd: true}, func(a *outputs.Alert) error {
		bySeller[a.SellerID] = append(bySeller[a.SellerID], a.Transition)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(bySeller); got != "map[S1:[1 2 3] S2:[1 2 3] S3:[1 2 3] S4:[1 2 3]]" {
		t.Errorf("alerts %s, want three of each seller in order", got)
	}
}

func TestAlertsFromNowOn(t *testing.T) {
	client, producer, topic := open1(t)
	publish(t, producer, topic, "S1", alert("S1", 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	options := AlertOptions{Topic: topic, Opened: func() { publish(t, producer, topic, "S1", alert("S1", 2)) }}
	var seen []string
	err := Alerts(ctx, client, options, func(a *outputs.Alert) error {
		seen = append(seen, a.ID())
		cancel()
		return nil
	})
	if err != nil || !slices.Equal(seen, []string{"S1/odr/2"}) {
		t.Errorf("alerts %v, error %v; want the second alone, and that a stop is no error", seen, err)
	}
}

func TestAlertsOfEmptyTopicUntilEnd(t *testing.T) {
	client, _, topic := open1(t)
	err := Alerts(t.Context(), client, AlertOptions{Topic: topic, FromBeginning: true, UntilEnd: true}, func(a *outputs.Alert) error {
		return errors.New("an alert")
	})
	if err != nil {
		t.Error(err)
	}
}

// An alert is found with the one before it of its rule, whatever is published between and behind them.
func TestAlertAndTheOneBefore(t *testing.T) {
	client, producer, topic := open1(t)
	for n := range int64(3) {
		for _, seller := range []string{"S1", "a/b", "S3"} {
			publish(t, producer, topic, seller, alert(seller, n+1))
		}
	}
	other := outputs.Alert{SellerID: "S1", Rule: "other", Transition: 4, Target: rules.BuiltIn().Versions()[0].Target, Cause: outputs.TimeCause()}
	publish(t, producer, topic, "S1", other.AppendAvro(nil))
	for id, want := range map[string]string{
		"S1/odr/1": "S1/odr/1 after none", "S1/odr/3": "S1/odr/3 after S1/odr/2", "a/b/odr/2": "a/b/odr/2 after a/b/odr/1", "S1/other/4": "S1/other/4 after none",
	} {
		found, previous, err := Alert(t.Context(), client, topic, id)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		before := "none"
		if previous != nil {
			before = previous.ID()
		}
		if got := found.ID() + " after " + before; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	for _, id := range []string{"S1/odr/4", "S1/odr/0", "S1/odr/01", "S2/odr/1", "S1", "/", "b/odr/1", ""} {
		if found, previous, err := Alert(t.Context(), client, topic, id); !errors.Is(err, ErrNoAlert) {
			t.Errorf("%q is %v after %v, error %v; want none", id, found, previous, err)
		}
	}
	publish(t, producer, topic, "S1", []byte("no alert"))
	if _, _, err := Alert(t.Context(), client, topic, "S1/odr/9"); err == nil || errors.Is(err, ErrNoAlert) {
		t.Errorf("error %v, want that a record cannot be read", err)
	}
}

func TestLatestReports(t *testing.T) {
	client, producer, topic := open1(t)
	publish(t, producer, topic, "S2", report("S2", rules.StatusAtRisk))
	publish(t, producer, topic, "S1", report("S1", rules.StatusActive))
	publish(t, producer, topic, "S3", report("S3", rules.StatusActive))
	publish(t, producer, topic, "S2", report("S2", rules.StatusUnderReview))
	publish(t, producer, topic, "S3", nil)

	var all []string
	err := Reports(t.Context(), client, topic, func(r *outputs.Report) error {
		all = append(all, r.SellerID+" "+r.Status.String())
		return nil
	})
	if want := []string{"S1 ACTIVE", "S2 UNDER_REVIEW"}; err != nil || !slices.Equal(all, want) {
		t.Errorf("reports %v, error %v; want %v", all, err, want)
	}
	for seller, want := range map[string]string{"S2": "UNDER_REVIEW", "S3": "none", "S4": "none"} {
		r, err := Report(t.Context(), client, topic, seller)
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		if r != nil {
			got = r.Status.String()
		}
		if got != want {
			t.Errorf("report of %s is %s, want %s", seller, got, want)
		}
	}
}

func TestMissingTopicIsNamed(t *testing.T) {
	client, _, topic := open1(t)
	_, err := Report(t.Context(), client, topic+"-none", "S1")
	if want := fmt.Sprintf("topic %q does not exist: create it with `processor topics`", topic+"-none"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
