package stream

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/test/brokertest"
)

// One record is read wherever it is in its batch, and what is not there is said to be gone: deleted, behind the end, or the marker of a transaction.
func TestRecordAt(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp := TopicPartition{broker.Prefix + "records", 1}
		createTopic(t, client, tp.Topic, 2)
		if _, err := open(t, client, broker.Prefix+"records").Commit(t.Context(), Commit{Outputs: []Output{output(tp, numbered("v", 10)...)}}); err != nil {
			t.Fatal(err)
		}
		await(t, "the records can be read", func() bool {
			ends, err := client.Ends(t.Context(), []TopicPartition{tp})
			return err == nil && ends[tp].LastStable == 11
		})
		for _, offset := range []int64{0, 4, 9} {
			r, err := client.RecordAt(t.Context(), Position{tp, offset})
			if want := fmt.Sprint("v", offset); err != nil || r.Offset != offset || string(r.Value) != want {
				t.Errorf("at %d: %+v, error %v, want %s", offset, r, err, want)
			}
		}
		deleteBefore(t, broker, tp, 4)
		for name, offset := range map[string]int64{"deleted": 3, "a marker": 10, "the end": 11, "behind the end": 100} {
			if _, err := client.RecordAt(t.Context(), Position{tp, offset}); !errors.Is(err, ErrGone) {
				t.Errorf("%s: error %v, want that it is gone", name, err)
			}
		}
		if r, err := client.RecordAt(t.Context(), Position{tp, 4}); err != nil || string(r.Value) != "v4" {
			t.Errorf("the first that is left: %+v, error %v", r, err)
		}
	})
}

// deleteBefore deletes the records of a log before an offset.
func deleteBefore(t *testing.T, broker *brokertest.Broker, tp TopicPartition, offset int64) {
	t.Helper()
	to := kadm.Offsets{}
	to.AddOffset(tp.Topic, tp.Partition, offset, -1)
	if deleted, err := brokertest.Admin(t, broker).DeleteRecords(t.Context(), to); err != nil || deleted.Error() != nil {
		t.Fatal(err, deleted.Error())
	}
}
