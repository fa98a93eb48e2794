package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/market"
)

// What an intake has carried over is found where it lies, in the order of its log; what is missing, and what is behind that before which it was sent, is told.
func TestArrived(t *testing.T) {
	m := market.New(market.Options{Seed: 4, Sellers: 20, Partitions: partitions, Strangers: 50, StrangePartitions: 1})
	m.Arrive(2000)
	all := m.All()
	for name, test := range map[string]struct {
		spoil   func([]market.Record) []market.Record // what arrives
		problem string                                // empty for none
	}{
		"all":          {func(all []market.Record) []market.Record { return all }, ""},
		"not the last": {func(all []market.Record) []market.Record { return all[:len(all)-1] }, "was not carried over to partition"},
		"another order": {func(all []market.Record) []market.Record {
			for i := range all {
				for j := range i {
					if all[i].Topic == all[j].Topic && all[i].Partition == all[j].Partition {
						all[i], all[j] = all[j], all[i]
						return all
					}
				}
			}
			return nil
		}, "was carried over behind the one at"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent, carried []market.Record
			for i, r := range all {
				if r.Strange == nil {
					continue
				}
				strange := *r.Strange
				strange.Offset = int64(i)
				r.Strange = &strange
				sent = append(sent, r)
				if strange.Refused == "" {
					carried = append(carried, r)
				}
			}
			carried = test.spoil(carried)
			broker := brokertest.Embedded(t)
			produce(t, broker, carried)
			checker, err := check.New(check.Options{Addresses: broker.Addresses, App: app, SettleTimeout: time.Second})
			must(t, err)
			defer checker.Close()
			arrived, err := checker.Arrived(t.Context(), sent)
			must(t, err)
			if len(arrived) != len(carried) || len(sent) == len(arrived) && test.problem == "" {
				t.Errorf("%d records arrived of %d, %d of which were carried over", len(arrived), len(sent), len(carried))
			}
			last := map[[2]int]int64{}
			for _, r := range arrived {
				log := [2]int{int(r.Topic), r.Partition}
				if want := last[log]; r.Offset != want {
					t.Errorf("record of %v at offset %d, want %d", log, r.Offset, want)
				}
				last[log]++
			}
			result, _ := checker.Compare(t.Context(), check.Moment{}) // There is no group that it could compare.
			if told := strings.Contains(strings.Join(result.Problems, "\n"), "carried over"); told != (test.problem != "") || told && !strings.Contains(strings.Join(result.Problems, "\n"), test.problem) {
				t.Errorf("problems %q, want %q", result.Problems, test.problem)
			}
		})
	}
}

// produce has records lie in topics of their own.
func produce(t *testing.T, broker *brokertest.Broker, all []market.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer client.Close()
	created, err := kadm.NewClient(client).CreateTopics(t.Context(), partitions, 1, nil, app.Topics()...)
	must(t, err)
	must(t, created.Error())
	var records []*kgo.Record
	for i := range all {
		records = append(records, &kgo.Record{Topic: app.Input(all[i].Topic), Partition: int32(all[i].Partition), Key: all[i].Key, Value: all[i].Value})
	}
	must(t, client.ProduceSync(t.Context(), records...).FirstErr())
}
