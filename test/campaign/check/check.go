package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
	"sellerpulse/test/oracle"
)

// Options say what to check. All must be given that have no default.
type Options struct {
	Addresses []string // of brokers
	App       cluster.App

	RetentionDays, HistoryDays int // for which orders are kept, and counts; 0: as by default

	SettleTimeout time.Duration // for transactions to end, and for reports that are due to come; default 1 min
}

// Result is what a comparison found. Problems are empty when all is right.
type Result struct {
	Alerts, DeadLetters int // that were compared, since the start
	Reports             int // that were compared this time
	Frozen              int // counts of orders that expired, in the changelog, since the start
	Lost, Doubled       int // alerts and dead letters, since the start
	Problems            []string
}

// Moment is when a comparison is. The zero value is when all records have been applied, and no processor runs.
type Moment struct {
	Live    bool            // processors run, with nothing left to do
	Held    *cluster.Rotten // one partition has got to this batch, and no further
	Refused bool            // processors have ended, as they had to, without having applied all; reports that were due have not come
}

// Checker follows a campaign. It is for one goroutine at a time.
type Checker struct {
	options Options
	client  *kgo.Client
	admin   *kadm.Client
	decode  decoders
	moment  Moment // of the comparison
	result  Result

	references []*oracle.Result // by partition
	inputs     []log            // by partition and topic: what was sent
	applied    []compared       // by partition: of the reference's output, what was compared before

	inputsRead []int64              // by partition and topic: records that were seen in Kafka
	ends       kadm.ListedOffsets   // of all topics
	positions  map[string][]int64   // of the reader, by topic and partition
	seen       map[string]bool      // alerts and dead letters that were read
	alerts     map[stream][]string  // that were read and not compared
	dead       []string             // likewise
	skipped    map[string]*skipping // by the name of the dead letter
	refused    map[string]*refusal  // likewise: what no mapping makes an event of
	arrivedAt  []int64              // by partition and topic: where records that were carried over are yet to be looked for
	reports    map[string]report    // the latest of each seller
	clocks     map[string][]clock   // the latest of each partition of each changelog
	replayed   bool                 // The live state was built in another order than that in which records were applied.
	changelogs []string             // of each partition, the one that is its state
}

// log is what was sent to one partition of one topic, in order. Transactions leave gaps between offsets.
type log []market.Record

// compared is how many of a partition's alerts and dead letters were compared.
type compared struct{ alerts, deadLetters int }

// stream is what alerts are numbered in.
type stream struct{ seller, rule string }

// New makes a checker of empty topics. Close is to follow.
func New(o Options) (*Checker, error) {
	partitions := o.App.Partitions
	c := &Checker{
		options: o, seen: map[string]bool{}, alerts: map[stream][]string{}, reports: map[string]report{}, clocks: map[string][]clock{}, changelogs: slices.Repeat([]string{o.App.Changelog()}, partitions),
		inputs: make([]log, partitions*int(events.NumTopics)), applied: make([]compared, partitions), positions: map[string][]int64{},
		inputsRead: make([]int64, partitions*int(events.NumTopics)), skipped: map[string]*skipping{}, refused: map[string]*refusal{},
		arrivedAt: make([]int64, partitions*int(events.NumTopics)),
	}
	if o.SettleTimeout == 0 {
		c.options.SettleTimeout = time.Minute
	}
	var err error
	if c.decode, err = newDecoders(); err != nil {
		return nil, err
	}
	for range partitions {
		c.references = append(c.references, oracle.Run(nil, oracle.Options{
			ValidTracking: tracking.Valid, Partitions: partitions, RetentionDays: o.RetentionDays, HistoryDays: o.HistoryDays,
		}))
	}
	for _, topic := range o.App.Topics() {
		c.positions[topic] = make([]int64, partitions)
	}
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(o.Addresses...)); err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	c.admin = kadm.NewClient(c.client)
	return c, nil
}

// Close ends the connections.
func (c *Checker) Close() { c.client.Close() }

// Sent tells of records that lie in Kafka and will be applied before any that is told of later: those of a partition in the order given.
func (c *Checker) Sent(records []market.Record) {
	for i := range records {
		c.note(&records[i])
		c.references[records[i].Partition].Take(records[i].Record)
	}
}

// Rule tells that other rules are in force, for all partitions, of which just that is applied which it was told of. It gives the number of alerts that must
// come of that.
func (c *Checker) Rule(packs []oracle.Pack) (alerts int) {
	for _, reference := range c.references {
		before := len(reference.Alerts)
		reference.SetRules(packs)
		alerts += len(reference.Alerts) - before
	}
	return alerts
}

// SentAtOnce tells of records that are applied, of each partition, in the order in which a bounded replay takes them.
func (c *Checker) SentAtOnce(records []market.Record) {
	merging := make([][events.NumTopics][]oracle.Record, c.options.App.Partitions)
	for i := range records {
		r := &records[i]
		c.note(r)
		logs := &merging[r.Partition]
		logs[r.Topic] = append(logs[r.Topic], r.Record)
	}
	for partition, logs := range merging {
		for _, r := range oracle.Merge(logs, c.options.App.Partitions) {
			c.references[partition].Take(r)
		}
	}
}

func (c *Checker) note(r *market.Record) {
	i := c.index(r.Topic, r.Partition)
	if n := len(c.inputs[i]); n > 0 && r.Offset <= c.inputs[i][n-1].Offset {
		c.problem("record sent to offset %d of partition %d of %v, behind %d", r.Offset, r.Partition, r.Topic, c.inputs[i][n-1].Offset)
	}
	c.inputs[i] = append(c.inputs[i], *r)
}

func (c *Checker) index(topic events.Topic, partition int) int {
	return int(topic)*c.options.App.Partitions + partition
}

// at is what was sent to an offset; nil for nothing.
func (l log) at(offset int64) *market.Record {
	i, found := slices.BinarySearchFunc(l, offset, func(r market.Record, offset int64) int { return cmp.Compare(r.Offset, offset) })
	if !found {
		return nil
	}
	return &l[i]
}

// Compare reads what Kafka holds, which nobody is to change meanwhile but as the moment has it, and says what is wrong with it.
func (c *Checker) Compare(ctx context.Context, moment Moment) (Result, error) {
	c.moment = moment
	defer func() { c.result.Problems = nil }()
	for _, step := range []func(context.Context) error{c.findChangelogs, c.settle, c.readAll, c.compareTransactions, c.compareOffsets, c.compareReports} {
		if err := step(ctx); err != nil {
			return c.result, err
		}
	}
	c.compareInputs()
	c.compareAlerts()
	c.compareDeadLetters()
	return c.result, nil
}

// mostProblems bounds what is told.
const mostProblems = 200

func (c *Checker) problem(format string, arguments ...any) {
	if len(c.result.Problems) < mostProblems {
		c.result.Problems = append(c.result.Problems, fmt.Sprintf(format, arguments...))
	}
}
