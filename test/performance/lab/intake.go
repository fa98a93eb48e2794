package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mapping/cases"
	"sellerpulse/internal/mappingfile"
	"sellerpulse/mappings"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/performance/market"
)

// IntakeOptions say what is carried over.
type IntakeOptions struct {
	Mapping string // one that is part of the program; empty for events that are under no key, which are put under their sellers'
	Source  string // of the mapping
	Records int
}

// intake is records of somebody else, and how they are read.
type intake struct {
	source   *mapping.Source
	values   [][]byte // one after the other, over and over
	flags    []string // of `processor intake`, without the topic
	registry *srfake.Registry
}

// Intake measures how fast the processor carries records over that are there, with a schema registry and without, and how fast the mapping alone is.
func (r *Run) Intake(ctx context.Context, o IntakeOptions) (figures map[string]float64, err error) {
	figures = map[string]float64{}
	for _, registry := range []bool{false, true} {
		in, err := r.intake(o, registry)
		if err != nil {
			return nil, err
		}
		err = r.carry(ctx, o, in, figures)
		if in.registry != nil {
			in.registry.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	figures["cost"] = 100 * (figures["cpu"]/figures["cpu_registry"] - 1)
	return figures, nil
}

// carry fills a topic, runs the processor until it has carried all of it over, and then the mapping alone.
func (r *Run) carry(ctx context.Context, o IntakeOptions, in *intake, figures map[string]float64) error {
	topic := r.place.prefix + "source"
	if in.registry != nil {
		topic += "-registry"
	}
	if err := r.lab.fillSource(ctx, topic, int32(r.topics.Partitions), o.Records, in.values); err != nil {
		return err
	}
	from := topic
	if o.Source != "" {
		from = o.Source + "=" + topic
	}
	flags := append([]string{"--from-topics", from, "--until-end", "--memory", r.program.Memory}, in.flags...)
	command := processor(r.program.binary, r.place, "intake", flags...)
	if in.registry == nil {
		r.Command = r.anonymous(command)
	}
	carried, p, err := r.lab.ended(ctx, command, r.place.state+"-intake.log")
	if err != nil {
		return err
	}
	cpu := (p.command.ProcessState.UserTime() + p.command.ProcessState.SystemTime()).Seconds()
	if in.registry != nil {
		figures["cpu_registry"] = carried / cpu
		return nil
	}
	r.topics.Events = int64(carried)
	figures["cpu"], figures["resident"] = carried/cpu, peakOf(p.command.ProcessState)
	figures["clock"] = carried / p.started.Add(p.lasted).Sub(p.lastSaid("source partitions assigned")).Seconds()
	figures["alone"], err = in.alone()
	figures["share"] = 100 * figures["cpu"] / figures["alone"]
	return err
}

var carriedOver = regexp.MustCompile(`carried over [0-9,]+ records: ([0-9,]+) events, ([0-9,]+) dead letters`)

// ended runs an intake to its end, and tells how many events it has made.
func (l *Lab) ended(ctx context.Context, command *exec.Cmd, log string) (made float64, p *process, err error) {
	if p, err = start(command, log); err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.Limit)
	defer cancel()
	if err := p.await(ctx); err != nil {
		return 0, p, err
	}
	said, err := os.ReadFile(log)
	if err != nil {
		return 0, p, fmt.Errorf("read log: %w", err)
	}
	all := carriedOver.FindAllSubmatch(said, -1)
	if len(all) == 0 || string(all[len(all)-1][2]) != "0" {
		return 0, p, fmt.Errorf("carry records over: the intake says %q", said)
	}
	digits := regexp.MustCompile(`[^0-9]`).ReplaceAll(all[len(all)-1][1], nil)
	made, err = strconv.ParseFloat(string(digits), 64)
	return made, p, err
}

// intake makes the records, and says how they are read.
func (r *Run) intake(o IntakeOptions, registry bool) (in *intake, err error) {
	in = &intake{}
	if registry {
		in.registry = srfake.New()
		in.flags = append(in.flags, "--schema-registry", in.registry.URL())
	}
	if o.Mapping == "" {
		err = in.events(r.lab.Folder, r.place.prefix)
	} else {
		err = in.cases(o)
	}
	if err == nil && len(in.values) == 0 {
		err = fmt.Errorf("mapping %s has no cases of source %s: name another", o.Mapping, o.Source)
	}
	return in, err
}

// cases has the records of a mapping's own cases.
func (in *intake) cases(o IntakeOptions) error {
	text, err := mappings.Cases(o.Mapping)
	if err != nil {
		return err
	}
	set := cases.Settings(string(text))
	m, err := mappingfile.Parse(o.Mapping, mapping.Options{Set: set})
	if err != nil {
		return err
	}
	all, err := cases.Parse(string(text))
	if err != nil {
		return err
	}
	if in.source, err = m.Source(o.Source); err != nil {
		return err
	}
	for _, c := range all {
		of, err := m.Source(c.From)
		if err != nil {
			return err
		}
		if of == in.source && len(c.Events) > 0 {
			in.values = append(in.values, []byte(c.Record))
		}
	}
	in.flags = append(in.flags, "--mapping", o.Mapping)
	for name, value := range set {
		in.flags = append(in.flags, "--set", name+"="+value)
	}
	return nil
}

// events has orders of a marketplace, by the registry's schema where there is one.
func (in *intake) events(folder, prefix string) error {
	encoder := events.Encoder{}
	text := "mapping: rekey\nsources:\n  - {topics: [" + prefix + "source], events: ., key: seller_id, into: orders}\n"
	if in.registry != nil {
		const id = 501
		in.registry.SeedSchema(prefix+"orders-value", 1, id, sr.Schema{Schema: schemas.Text(events.Orders.String())})
		encoder.SchemaIDs = &[events.NumTopics]uint32{events.Orders: id}
	}
	file := filepath.Join(folder, "rekey.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write mapping: %w", err)
	}
	m, err := mappingfile.Parse(file, mapping.Options{})
	if err != nil {
		return err
	}
	in.source, in.flags = m.Sources[0], append(in.flags, "--mapping", file)
	for _, e := range (market.Options{Seed: 1, Sellers: 1_000, Orders: 2, Start: 1_700_000_000_000}).Events() {
		if e.Topic == events.Orders {
			in.values = append(in.values, encoder.AppendAvro(nil, e))
		}
	}
	return nil
}

// alone is how many events a CPU second the mapping makes without Kafka, with as much garbage as the processor allows itself.
func (in *intake) alone() (float64, error) {
	const seconds = 2
	defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	runner := in.source.NewRunner(events.Encoder{})
	var to []mapping.Message
	made := 0
	begin, now := cpuSeconds(), cpuSeconds()
	for now-begin < seconds {
		for _, value := range in.values {
			var err error
			if to, err = runner.Map(&mapping.Record{Topic: "t", Value: value}, to[:0]); err != nil {
				return 0, err
			}
			made += len(to)
		}
		now = cpuSeconds()
	}
	return float64(made) / (now - begin), nil
}

// garbagePercent is what the processor has.
const garbagePercent = 200

func cpuSeconds() float64 {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // Of itself it cannot fail.
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// fillSource makes a topic with records under no key.
func (l *Lab) fillSource(ctx context.Context, topic string, partitions int32, records int, values [][]byte) error {
	answers, err := l.admin.CreateTopics(ctx, partitions, 1, nil, topic)
	for _, answer := range answers.Sorted() {
		err = errors.Join(err, answer.Err)
	}
	if err != nil {
		return fmt.Errorf("create topic: %w", err)
	}
	l.Log("%s: sending %d records", topic, records)
	for i := range records {
		record := &kgo.Record{Topic: topic, Partition: int32(i) % partitions, Value: values[i%len(values)]}
		l.client.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err != nil {
				l.failed.CompareAndSwap(nil, &err)
			}
		})
	}
	return l.flush(ctx)
}
