package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
)

const partitions = 2

var app = cluster.App{ID: "app", Prefix: "p-", Partitions: partitions}

// inspect puts records into a broker of their own, and what a processor left of those that it read at once, and has it checked.
func inspect(t *testing.T, sent []market.Record, left *left) check.Result {
	t.Helper()
	return inspectBy(t, sent, left, func(checker *check.Checker) check.Result {
		checker.SentAtOnce(sent)
		result, err := checker.Compare(t.Context(), check.Moment{})
		must(t, err)
		return result
	})
}

// inspectBy leaves it to judge what the checker is told and asked.
func inspectBy(t *testing.T, sent []market.Record, left *left, judge func(*check.Checker) check.Result) check.Result {
	t.Helper()
	broker := brokertest.Embedded(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer client.Close()
	admin := kadm.NewClient(client)
	created, err := admin.CreateTopics(t.Context(), partitions, 1, nil, app.Topics()...)
	must(t, err)
	must(t, created.Error())
	if left.enlarged > 0 {
		grown, err := admin.UpdatePartitions(t.Context(), left.enlarged, app.Keyed()...)
		must(t, err)
		must(t, grown.Error())
	}
	records := left.records()
	for i := range sent {
		records = append(records, &kgo.Record{Topic: app.Input(sent[i].Topic), Partition: int32(sent[i].Partition), Key: sent[i].Key, Value: sent[i].Value})
	}
	must(t, client.ProduceSync(t.Context(), records...).FirstErr())
	offsets := kadm.Offsets{}
	for topic := range events.NumTopics {
		for partition := range int32(partitions) {
			offsets.AddOffset(app.Input(topic), partition, left.offsets[partition][topic], -1)
		}
	}
	for _, o := range left.elsewhere {
		offsets.AddOffset(o.topic, int32(o.partition), o.at, -1)
	}
	must(t, admin.CommitAllOffsets(t.Context(), app.ID, offsets))
	if left.open {
		leaveOpen(t, broker)
	}
	checker, err := check.New(check.Options{Addresses: broker.Addresses, App: app, SettleTimeout: time.Second})
	must(t, err)
	defer checker.Close()
	return judge(checker)
}

// leaveOpen begins a transaction that nobody ends.
func leaveOpen(t *testing.T, broker *brokertest.Broker) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.TransactionalID(app.ID+"-0"), kgo.TransactionTimeout(time.Minute))
	must(t, err)
	t.Cleanup(client.Close)
	must(t, client.BeginTransaction())
	must(t, client.ProduceSync(t.Context(), &kgo.Record{Topic: app.Changelog(), Value: []byte("x")}).FirstErr())
}

// arrive makes records up and gives them the offsets that they will have.
func arrive() []market.Record {
	m := market.New(market.Options{Seed: 3, Sellers: 20, Partitions: partitions})
	m.Arrive(3000)
	return offsets{}.give(m.All())
}

// offsets gives records the offsets that they will have.
type offsets map[[2]int]int64

func (o offsets) give(records []market.Record) []market.Record {
	for i := range records {
		log := [2]int{int(records[i].Topic), records[i].Partition}
		records[i].Offset = o[log]
		o[log]++
	}
	return records
}

func TestWhatIsRightIsFoundRight(t *testing.T) {
	sent := arrive()
	result := inspect(t, sent, leaveRight(t, sent))
	for _, problem := range result.Problems {
		t.Error(problem)
	}
	if result.Alerts < 100 || result.DeadLetters < 20 || result.Reports < 15 {
		t.Errorf("only %d alerts, %d dead letters and %d reports were compared", result.Alerts, result.DeadLetters, result.Reports)
	}
	if result.Lost > 0 || result.Doubled > 0 {
		t.Errorf("%d lost, %d doubled", result.Lost, result.Doubled)
	}
}

// Whatever a processor did wrong is found.
func TestWhatIsWrongIsFound(t *testing.T) {
	sent := arrive()
	for _, c := range []struct {
		name          string
		harm          func(*left)
		want          string
		lost, doubled int
	}{
		{"alert lost", func(l *left) { l.alerts = l.alerts[:len(l.alerts)-1] }, "alerts of seller", 1, 0},
		{"alert doubled", func(l *left) { l.alerts = append(l.alerts, l.alerts[3]) }, "is there twice", 0, 1},
		{"alerts in another order", func(l *left) { swapStream(l.alerts) }, "alerts of seller", 0, 0},
		{"number of an alert wrong", func(l *left) { l.alerts[5].fields["numerator"] = int64(999) }, "999/", 0, 0},
		{"orders of an alert missing", func(l *left) { l.alerts[5].fields["order_ids"] = []any{} }, "alerts of seller", 0, 0},
		{"cause of an alert wrong", func(l *left) { l.alerts[5].fields["cause"].(map[string]any)["kind"] = "RULES" }, "RULES", 0, 0},
		{"alert of nobody", func(l *left) { l.alerts = append(l.alerts, l.alerts[5].of("nobody")) }, `seller "nobody"`, 0, 0},
		{"alert under another key", func(l *left) { l.alerts[5].key = "x" }, "has the key", 0, 0},
		{"dead letter lost", func(l *left) { l.dead = l.dead[1:] }, "dead letters that are not there", 1, 0},
		{"dead letter doubled", func(l *left) { again := *l.dead[0]; l.dead = append(l.dead, &again) }, "is there twice", 0, 1},
		{"dead letter of another reason", func(l *left) { l.dead[0].Headers[0].Value = []byte("future") }, "that must not be", 1, 0},
		{"dead letter without its bytes", func(l *left) { l.dead[0].Value = []byte("x") }, "is not the record", 0, 0},
		{"report lost", func(l *left) { l.reports = l.reports[1:] }, "report of seller", 0, 0},
		{"report old", func(l *left) { l.reports[0].fields["metrics"] = []any{} }, "report of seller", 0, 0},
		{"lines omitted wrong", func(l *left) { l.reports[0].fields["product_lines_omitted"] = int64(7) }, "omitted 7", 0, 0},
		{"status wrong", func(l *left) { l.reports[0].fields["status"] = otherThan(l.reports[0].fields["status"]) }, "status", 0, 0},
		{"report of nobody", func(l *left) { l.reports = append(l.reports, l.reports[0].of("nobody")) }, "sellers have a report", 0, 0},
		{"offset behind", func(l *left) { l.offsets[1][events.Returns]-- }, "group is at offset", 0, 0},
		{"changelog behind", func(l *left) { l.clocks[1].offsets[events.Claims]-- }, "changelog is at offset", 0, 0},
		{"stream time behind", func(l *left) { l.clocks[0].streamTime-- }, "stream time of partition 0", 0, 0},
		{"transaction open", func(l *left) { l.open = true }, "transaction of app-0 is left in state Ongoing", 0, 0},
		{"readers held back", func(l *left) { l.open = true }, "readers are held back", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			left := leaveRight(t, sent)
			c.harm(left)
			result := inspect(t, sent, left)
			if all := strings.Join(result.Problems, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("want a problem with %q, got %q", c.want, all)
			}
			if result.Lost != c.lost || result.Doubled != c.doubled {
				t.Errorf("%d lost and %d doubled, want %d and %d", result.Lost, result.Doubled, c.lost, c.doubled)
			}
		})
	}
}

// swapStream puts two alerts of one seller and rule into each other's place.
func swapStream(alerts []*message) {
	last := map[any]int{}
	for i, a := range alerts {
		of := [2]any{a.fields["seller_id"], a.fields["rule"]}
		if j, some := last[of]; some {
			alerts[i], alerts[j] = alerts[j], alerts[i]
			return
		}
		last[of] = i
	}
}

func otherThan(status any) string {
	if status == "ACTIVE" {
		return "UNDER_REVIEW"
	}
	return "ACTIVE"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
