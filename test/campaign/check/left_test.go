package check_test

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/schemas"
	"sellerpulse/test/campaign/market"
	"sellerpulse/test/oracle"
)

// left is what a processor leaves in Kafka.
type left struct {
	t       *testing.T
	alerts  []*message
	reports []*message
	dead    []*kgo.Record
	clocks  [partitions]clock
	offsets [partitions][events.NumTopics]int64
	open    bool // a transaction

	further   []*kgo.Record // whatever else
	enlarged  int           // partitions that the inputs and the changelog have in the end; 0: as many as before
	elsewhere []committed   // by the group, in partitions that there were not before
}

type committed struct {
	topic     string
	partition int
	at        int64
}

// message is a record of a schema.
type message struct {
	topic, schema string
	partition     int
	key           string
	fields        map[string]any
}

// of is the message of another seller.
func (m *message) of(seller string) *message {
	other := *m
	other.key, other.fields = seller, maps.Clone(m.fields)
	other.fields["seller_id"] = seller
	if _, alert := m.fields["alert_id"]; alert {
		other.fields["alert_id"] = seller + "/odr/1"
	}
	return &other
}

type clock struct {
	streamTime int64
	offsets    [events.NumTopics]int64
}

// leaveRight makes what must come of records that are read at once.
func leaveRight(t *testing.T, sent []market.Record) *left {
	t.Helper()
	var logs [partitions][events.NumTopics][]oracle.Record
	for i := range sent {
		log := &logs[sent[i].Partition][sent[i].Topic]
		*log = append(*log, sent[i].Record)
	}
	var ordered [partitions][]oracle.Record
	for p := range logs {
		ordered[p] = oracle.Merge(logs[p], partitions)
	}
	return leave(t, sent, ordered)
}

// leaveInOrder makes what must come of records of each partition in their order.
func leaveInOrder(t *testing.T, applied []market.Record) *left {
	t.Helper()
	var ordered [partitions][]oracle.Record
	for i := range applied {
		p := applied[i].Partition
		ordered[p] = append(ordered[p], applied[i].Record)
	}
	return leave(t, applied, ordered)
}

func leave(t *testing.T, sent []market.Record, ordered [partitions][]oracle.Record) *left {
	t.Helper()
	l := &left{t: t}
	values := map[oracle.DeadLetter]*market.Record{}
	for i := range sent {
		r := &sent[i]
		values[oracle.DeadLetter{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}] = r
		l.offsets[r.Partition][r.Topic]++
	}
	for p := range ordered {
		result := oracle.Run(ordered[p], oracle.Options{ValidTracking: tracking.Valid, Partitions: partitions})
		for i := range result.Alerts {
			a := &result.Alerts[i]
			l.alerts = append(l.alerts, &message{app.Alerts(), "alerts", p, a.SellerID, alertFields(a)})
		}
		for _, seller := range result.Sellers() {
			report := result.Report(seller)
			l.reports = append(l.reports, &message{app.SellerHealth(), "seller_report", p, seller, reportFields(&report)})
		}
		for _, d := range result.DeadLetters {
			l.dead = append(l.dead, deadLetter(d, values[oracle.DeadLetter{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset}]))
		}
		l.clocks[p] = clock{result.StreamTime, l.offsets[p]}
	}
	return l
}

// dropAlert drops the last alert of one of some partitions.
func (l *left) dropAlert(of func(partition int) bool) { l.alerts = drop(l.alerts, of) }

// dropReport drops a report likewise.
func (l *left) dropReport(of func(partition int) bool) { l.reports = drop(l.reports, of) }

func drop(messages []*message, of func(int) bool) []*message {
	for i, m := range slices.Backward(messages) {
		if of(m.partition) {
			return slices.Delete(slices.Clone(messages), i, i+1)
		}
	}
	panic("there is none")
}

// dropDead drops a dead letter likewise.
func (l *left) dropDead(of func(partition int) bool) {
	i := slices.IndexFunc(l.dead, func(r *kgo.Record) bool { return of(int(r.Partition)) })
	l.dead = slices.Delete(slices.Clone(l.dead), i, i+1)
}

func (l *left) records() []*kgo.Record {
	records := slices.Concat(l.dead, l.further)
	for _, m := range append(l.alerts, l.reports...) {
		records = append(records, &kgo.Record{Topic: m.topic, Partition: int32(m.partition), Key: []byte(m.key), Value: l.encode(m)})
	}
	for p, c := range l.clocks {
		value := binary.AppendVarint(nil, c.streamTime)
		for _, offset := range c.offsets {
			value = binary.AppendVarint(value, offset)
		}
		records = append(records, &kgo.Record{Topic: app.Changelog(), Partition: int32(p), Key: []byte("c"), Value: value})
	}
	return records
}

func (l *left) encode(m *message) []byte {
	l.t.Helper()
	codec, err := goavro.NewCodec(schemas.Text(m.schema))
	must(l.t, err)
	header := binary.LittleEndian.AppendUint64([]byte{0xC3, 0x01}, schemas.Fingerprint(m.schema))
	value, err := codec.BinaryFromNative(header, m.fields)
	must(l.t, err)
	return value
}

func deadLetter(d oracle.DeadLetter, source *market.Record) *kgo.Record {
	return &kgo.Record{Topic: app.DeadLetters(), Partition: int32(d.Partition), Key: source.Key, Value: source.Value, Headers: []kgo.RecordHeader{
		{Key: "reason", Value: []byte(d.Reason)},
		{Key: "error", Value: []byte("it is so")},
		{Key: "source.topic", Value: []byte(app.Input(d.Topic))},
		{Key: "source.partition", Value: []byte(strconv.Itoa(d.Partition))},
		{Key: "source.offset", Value: []byte(strconv.FormatInt(d.Offset, 10))},
	}}
}

// deadLetterOf is what a record became that was undecodable.
func deadLetterOf(r *market.Record) *kgo.Record {
	return deadLetter(oracle.DeadLetter{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Reason: oracle.Undecodable}, r)
}

func date(d oracle.Day) time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

func union[T any](branch string, value *T, as func(T) any) any {
	if value == nil {
		return nil
	}
	return goavro.Union(branch, as(*value))
}

func same[T any](v T) any  { return v }
func long(n int) any       { return int64(n) }
func day(d oracle.Day) any { return date(d) }

func window(w oracle.Window) map[string]any {
	return map[string]any{"days": int32(w.Days), "from": date(w.From), "to": date(w.To)}
}

func alertFields(a *oracle.Alert) map[string]any {
	cause := map[string]any{"kind": a.Cause.Kind, "topic": nil, "partition": nil, "offset": nil, "event_id": nil, "order_id": nil}
	if c := &a.Cause; c.Kind == oracle.CauseEvent {
		cause = map[string]any{
			"kind": c.EventKind.String(), "topic": goavro.Union("string", app.Input(c.Topic)), "partition": goavro.Union("int", int32(c.Partition)),
			"offset": goavro.Union("long", c.Offset), "event_id": goavro.Union("string", c.EventID), "order_id": goavro.Union("string", c.OrderID),
		}
	}
	orders := []any{}
	for _, id := range a.OrderIDs {
		orders = append(orders, id)
	}
	return map[string]any{
		"alert_id": a.AlertID, "kind": a.Kind, "seller_id": a.SellerID, "rule": a.Rule, "metric": a.Metric, "class": a.Class, "channel": a.Channel,
		"provisional": a.Provisional, "state": string(a.State), "previous_state": string(a.PreviousState), "as_of": time.UnixMilli(a.AsOf),
		"window": window(a.Window), "numerator": int64(a.Numerator), "denominator": int64(a.Denominator), "rate": union("double", a.Rate, same),
		"target": goavro.Union("string", a.Target), "order_ids": orders, "cause": cause,
		"components": union("sellerpulse.AlertComponents", a.Components, func(c oracle.Components) any {
			return map[string]any{"negative_feedback": int64(c.NegativeFeedback), "claims": int64(c.Claims), "chargebacks": int64(c.Chargebacks)}
		}),
		"defects_to_breach": union("long", a.DefectsToBreach, long), "orders_to_recover": union("long", a.OrdersToRecover, long),
		"recovers_on": union("int.date", a.RecoversOn, day),
	}
}

func reportFields(r *oracle.Report) map[string]any {
	rules, metrics := []any{}, []any{}
	for _, x := range r.Rules {
		rules = append(rules, map[string]any{
			"rule": x.Rule, "metric": x.Metric, "class": "ADVISORY", "channel": x.Channel, "provisional": false, "window": window(x.Window),
			"numerator": int64(x.Numerator), "denominator": int64(x.Denominator), "rate": union("double", x.Rate, same), "target": goavro.Union("string", x.Target),
			"target_met": union("boolean", x.TargetMet, same), "state": string(x.State), "since": nil,
		})
	}
	for _, x := range r.Metrics {
		metrics = append(metrics, map[string]any{
			"metric": x.Metric, "channel": x.Channel, "product_line": union("string", x.ProductLine, same), "window": window(x.Window),
			"numerator": int64(x.Numerator), "denominator": int64(x.Denominator), "rate": union("double", x.Rate, same),
		})
	}
	return map[string]any{
		"seller_id": r.SellerID, "as_of": time.UnixMilli(r.AsOf), "status": r.Status, "rules": rules, "metrics": metrics,
		"product_lines_omitted": int64(r.ProductLinesOmitted),
	}
}
