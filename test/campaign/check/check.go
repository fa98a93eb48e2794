package check

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/oracle"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
)

// Options say what to check. All but SettleTimeout must be given.
type Options struct {
	Addresses  []string // of brokers
	AppID      string
	Partitions int

	SettleTimeout time.Duration // for transactions to end; default 1 min
}

// Result is what a comparison found. Problems are empty when all is right.
type Result struct {
	Alerts, DeadLetters int // that were compared, since the start
	Reports             int // that were compared this time
	Lost, Doubled       int // alerts and dead letters, since the start
	Problems            []string
}

// Checker follows a campaign. It is for one goroutine at a time.
type Checker struct {
	options Options
	client  *kgo.Client
	admin   *kadm.Client
	decode  decoders
	result  Result

	references []*oracle.Result // by partition
	inputs     []log            // by partition and topic: what was sent
	applied    []compared       // by partition: of the reference's output, what was compared before

	inputsRead []int64            // by partition and topic: records that were seen in Kafka
	positions  map[string][]int64 // of the reader, by topic and partition
	seen       map[string]bool    // alerts and dead letters that were read
	alerts     map[stream][]string
	dead       []string
	reports    map[string]report // the latest of each seller
	clocks     []clock           // the latest of each partition
}

// log is what was sent to one partition of one topic, by offset.
type log []market.Record

// compared is how many of a partition's alerts and dead letters were compared.
type compared struct{ alerts, deadLetters int }

// stream is what alerts are numbered in.
type stream struct{ seller, rule string }

// New makes a checker of empty topics. Close is to follow.
func New(o Options) (*Checker, error) {
	c := &Checker{
		options: o, seen: map[string]bool{}, alerts: map[stream][]string{}, reports: map[string]report{}, clocks: make([]clock, o.Partitions),
		inputs: make([]log, o.Partitions*int(events.NumTopics)), applied: make([]compared, o.Partitions), positions: map[string][]int64{},
		inputsRead: make([]int64, o.Partitions*int(events.NumTopics)),
	}
	if o.SettleTimeout == 0 {
		c.options.SettleTimeout = time.Minute
	}
	var err error
	if c.decode, err = newDecoders(); err != nil {
		return nil, err
	}
	for range o.Partitions {
		c.references = append(c.references, oracle.Run(nil, oracle.Options{ValidTracking: tracking.Valid, Partitions: o.Partitions}))
	}
	if err := c.connect(); err != nil {
		return nil, err
	}
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

// SentAtOnce tells of records that are applied, of each partition, in the order in which a bounded replay takes them.
func (c *Checker) SentAtOnce(records []market.Record) {
	merging := make([][events.NumTopics][]oracle.Record, c.options.Partitions)
	for i := range records {
		r := &records[i]
		c.note(r)
		logs := &merging[r.Partition]
		logs[r.Topic] = append(logs[r.Topic], r.Record)
	}
	for partition, logs := range merging {
		for _, r := range oracle.Merge(logs, c.options.Partitions) {
			c.references[partition].Take(r)
		}
	}
}

func (c *Checker) note(r *market.Record) {
	i := c.index(r.Topic, r.Partition)
	if r.Offset != int64(len(c.inputs[i])) {
		c.problem("record sent to offset %d of partition %d of %v, behind %d", r.Offset, r.Partition, r.Topic, len(c.inputs[i]))
	}
	c.inputs[i] = append(c.inputs[i], *r)
}

func (c *Checker) index(topic events.Topic, partition int) int {
	return int(topic)*c.options.Partitions + partition
}

// Compare reads what Kafka holds, which nobody is to change meanwhile, and says what is wrong with it.
func (c *Checker) Compare(ctx context.Context) (Result, error) {
	for _, step := range []func(context.Context) error{c.read, c.compareTransactions, c.compareOffsets} {
		if err := step(ctx); err != nil {
			return c.result, err
		}
	}
	c.compareInputs()
	c.compareAlerts()
	c.compareDeadLetters()
	c.compareReports()
	return c.result, nil
}

// mostProblems bounds what is told.
const mostProblems = 200

func (c *Checker) problem(format string, arguments ...any) {
	if len(c.result.Problems) < mostProblems {
		c.result.Problems = append(c.result.Problems, fmt.Sprintf(format, arguments...))
	}
}

func (c *Checker) connect() (err error) {
	consumed := map[string]map[int32]kgo.Offset{}
	for _, topic := range cluster.Topics(c.options.AppID) {
		c.positions[topic] = make([]int64, c.options.Partitions)
		consumed[topic] = map[int32]kgo.Offset{}
		for partition := range c.options.Partitions {
			consumed[topic][int32(partition)] = kgo.NewOffset().AtStart()
		}
	}
	c.client, err = kgo.NewClient(
		kgo.SeedBrokers(c.options.Addresses...), kgo.ConsumePartitions(consumed),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
	)
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	c.admin = kadm.NewClient(c.client)
	return nil
}
