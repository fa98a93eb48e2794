package diff

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Options say what to compare.
type Options struct {
	Client          *stream.Client
	Name            string // of the candidate
	Live, Candidate Topics

	// AlertsSince is when the first alerts were published that are compared: those of a former state from before it became one are the live one's too.
	AlertsSince events.Millis

	Seller   string        // whose orders are compared too; empty for all sellers, without orders
	Most     int           // how many sellers, or orders of one, are handed out; 0 for all. All are counted
	Wait     time.Duration // for how long those that move are looked at again; default 15 s
	Progress *Progress     // told how far it is; nil for nobody

	BatchAlerts int // about how many alerts are held at the same time; default 250,000
}

// Progress is how far a comparison is. Anybody may read it at any time.
type Progress struct {
	Records atomic.Int64 // read
	Waiting atomic.Int64 // sellers that move; 0 in the first look
}

const (
	defaultWait        = 15 * time.Second
	defaultBatchAlerts = 250_000
	pause              = 500 * time.Millisecond // between two looks
)

// diff is a comparison under way.
type diff struct {
	o          Options
	table      *table
	orders     [2]rows
	partitions map[string]int32 // of each topic
	ends       map[stream.TopicPartition]stream.Range
	looked     []int32 // partitions of the changelogs that are read

	states, outputs sources
}

// Run compares, and hands out one seller after another that differs, then those that moved, each in the order of their ids. It returns what there was.
func Run(ctx context.Context, o Options, each func(*Seller) error) (*Summary, error) {
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.BatchAlerts == 0 {
		o.BatchAlerts = defaultBatchAlerts
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	d := &diff{o: o, table: newTable(o.Seller)}
	for topic, name := range o.Live.Inputs {
		d.table.others[topic] = name != o.Candidate.Inputs[topic]
	}
	d.states = sources{client: o.Client, read: &o.Progress.Records}
	d.outputs = d.states
	for side := range d.orders {
		d.orders[side].of(o.Seller)
	}
	if err := d.describe(ctx); err != nil {
		return nil, err
	}
	v, err := d.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("compare with backfill %q: %w", o.Name, err)
	}
	return d.tell(ctx, v, each)
}

// describe finds out about the topics. A candidate that never ran has no reports and no alerts.
func (d *diff) describe(ctx context.Context) error {
	sides := [...]Topics{d.o.Live, d.o.Candidate}
	var names []string
	for _, t := range sides {
		names = append(names, t.Changelog, t.SellerHealth, t.Alerts)
	}
	found, err := d.o.Client.Identify(ctx, names)
	if err != nil {
		return err
	}
	d.partitions = map[string]int32{}
	for i, name := range names {
		t, ok := found[name]
		switch {
		case !ok && i < len(names)/len(sides):
			return fmt.Errorf("topic %q does not exist: create it with `processor topics`", name)
		case !ok && name == d.o.Candidate.Changelog:
			return fmt.Errorf("backfill %q: its changelog %q is gone, and with it its state: discard it, and begin it anew", d.o.Name, name)
		}
		d.partitions[name] = t.Partitions
	}
	if l, c := d.partitions[d.o.Live.Changelog], d.partitions[d.o.Candidate.Changelog]; l != c {
		return fmt.Errorf("backfill %q has %d partitions, and the live state has %d: discard it, and start another", d.o.Name, c, l)
	}
	var inputs []stream.TopicPartition
	for _, topic := range d.o.Candidate.Inputs {
		for p := range d.partitions[d.o.Live.Changelog] {
			inputs = append(inputs, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	d.ends, err = d.o.Client.Ends(ctx, inputs)
	return err
}

// look looks at both sides again and again until every seller has settled, or for as long as it may.
func (d *diff) look(ctx context.Context) (*verdicts, error) {
	var v *verdicts
	var begun time.Time
	for {
		d.table.begin()
		if err := d.read(ctx); err != nil {
			return nil, err
		}
		if v == nil {
			v, begun = d.table.all(), time.Now()
		}
		d.table.settle(v)
		d.o.Progress.Waiting.Store(int64(len(v.pending)))
		left := d.o.Wait - time.Since(begun)
		if len(v.pending) == 0 || left <= 0 {
			d.table.giveUp(v)
			return v, nil
		}
		if !wait.For(ctx, min(pause, left)) {
			return nil, ctx.Err()
		}
	}
}

// read reads the changelogs and then the outputs to their ends, from where the look before came to. Reports are read by what the changelogs tell of zones.
func (d *diff) read(ctx context.Context) error {
	later := d.table.look > 1
	if !later {
		if err := d.openStates(ctx); err != nil {
			return err
		}
		if err := d.openOutputs(ctx); err != nil {
			return err
		}
		return d.outputs.readOn(ctx, false)
	}
	if err := d.states.readOn(ctx, true); err != nil {
		return err
	}
	return d.outputs.readOn(ctx, true)
}

// openStates opens the changelogs and reads them. Of one seller that is the partition of its key, unless producers put it elsewhere.
func (d *diff) openStates(ctx context.Context) error {
	all := d.partitions[d.o.Live.Changelog]
	if d.o.Seller == "" {
		return d.readStates(ctx, partitionsBut(all, -1))
	}
	home := stream.PartitionFor([]byte(d.o.Seller), all)
	if err := d.readStates(ctx, []int32{home}); err != nil || len(d.table.sellers) > 0 {
		return err
	}
	d.states.all = nil
	return d.readStates(ctx, partitionsBut(all, home))
}

func (d *diff) readStates(ctx context.Context, partitions []int32) error {
	d.looked = append(d.looked, partitions...)
	for side, topic := range [...]string{d.o.Live.Changelog, d.o.Candidate.Changelog} {
		if err := d.states.add(ctx, topic, partitions, d.stateTaker(side)); err != nil {
			return err
		}
	}
	return d.states.readOn(ctx, false)
}

// partitionsBut lists so many partitions but one.
func partitionsBut(n, but int32) (all []int32) {
	for p := range n {
		if p != but {
			all = append(all, p)
		}
	}
	return all
}

// openOutputs opens the topics of reports and of alerts.
func (d *diff) openOutputs(ctx context.Context) error {
	for side, t := range [...]Topics{d.o.Live, d.o.Candidate} {
		zone, err := zoneOf(d.table.settings[side])
		if err != nil {
			return err
		}
		if err := d.outputs.add(ctx, t.SellerHealth, d.outputPartitions(t.SellerHealth), d.reportTaker(side, zone)); err != nil {
			return err
		}
		if err := d.outputs.add(ctx, t.Alerts, d.outputPartitions(t.Alerts), d.alertTaker(side)); err != nil {
			return err
		}
	}
	return nil
}

// outputPartitions are the partitions of a topic that tasks write to in which what is compared may be.
func (d *diff) outputPartitions(topic string) []int32 {
	n := d.partitions[topic]
	if d.o.Seller != "" && n > 0 {
		return []int32{stream.PartitionFor([]byte(d.o.Seller), n)}
	}
	return partitionsBut(n, -1)
}

// zoneOf is the time zone of a state; UTC where it rests on nothing yet.
func zoneOf(settings *state.Settings) (*time.Location, error) {
	if settings == nil {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("load time zone of the state: %w", err)
	}
	return zone, nil
}

// calendarOf is a calendar of a state.
func calendarOf(settings *state.Settings) (*windows.Calendar, error) {
	zone, err := zoneOf(settings)
	if err != nil {
		return nil, err
	}
	return windows.NewCalendar(zone), nil
}
