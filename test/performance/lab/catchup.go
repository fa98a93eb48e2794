package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/record"
)

const (
	sampleInterval = 250 * time.Millisecond
	often          = 25 * time.Millisecond // where little happens but what is waited for
	day            = 24 * 3_600_000
)

// CatchUp runs the program from an empty state until all events are committed, and stops it.
func (r *Run) CatchUp(ctx context.Context) (figures map[string]float64, series []record.Point, err error) {
	before, err := r.lab.logBytes(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.start(); err != nil {
		return nil, nil, err
	}
	defer r.stop()
	series, end, err := r.watch(ctx, sampleInterval)
	if err != nil {
		return nil, nil, err
	}
	figures = record.CatchUpFigures(series)
	figures["resident"] = end.peak
	times, known, err := r.process.amplification(ctx)
	if err != nil {
		return nil, nil, err
	}
	if known {
		figures["amplification"] = times
	}
	figures["written"] = end.written / float64(r.topics.Events)
	after, err := r.lab.logBytes(ctx)
	if after > before { // An embedded broker has no disk.
		figures["broker"] = (after - before) / float64(r.topics.Events)
	}
	r.stop()
	figures["state"] = r.stateBytes() / float64(r.topics.Orders)
	return figures, series, err
}

// watch samples until all events are committed, and returns what was used until then.
func (r *Run) watch(ctx context.Context, interval time.Duration) (series []record.Point, last usage, err error) {
	far := func() string {
		p := series[len(series)-1]
		return fmt.Sprintf("%s: %.0f s, %d of %d events, %.0f CPU seconds, %.0f MiB", r.place.appID, p.Seconds, p.Events, r.topics.Events, p.CPU, p.Resident)
	}
	err = r.lab.poll(ctx, far, interval, func() (bool, error) {
		p, used, err := r.sample(ctx)
		if err != nil {
			return false, err
		}
		series, last = append(series, p), used
		return p.Events >= r.topics.Events, nil
	})
	return series, last, err
}

// sample is how far the program is, and what it has used until then.
func (r *Run) sample(ctx context.Context) (p record.Point, used usage, err error) {
	_, done, err := r.committed(ctx)
	if err := errors.Join(err, r.process.alive()); err != nil {
		return p, used, err
	}
	used, err = r.process.usage()
	return record.Point{Seconds: time.Since(r.process.started).Seconds(), Events: done, CPU: used.cpu, Resident: used.current}, used, err
}

// Restore runs the program, whose state was deleted, until it has committed events that are new, and stops it.
func (r *Run) Restore(ctx context.Context) (figures map[string]float64, err error) {
	if err := os.RemoveAll(r.place.state); err != nil {
		return nil, fmt.Errorf("remove state: %w", err)
	}
	if err := r.lab.placeOne(ctx, r.topics, 1); err != nil {
		return nil, err
	}
	records, err := r.lab.changelogRecords(ctx, r.place.appID)
	if err != nil {
		return nil, err
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	defer r.stop()
	series, end, err := r.watch(ctx, often)
	if err != nil {
		return nil, err
	}
	seconds := series[len(series)-1].Seconds
	return map[string]float64{
		"seconds": seconds, "records": float64(records), "clock": float64(records) / seconds, "cpu": float64(records) / end.cpu, "resident": end.peak,
	}, nil
}

// Kill runs the program until it has committed half of the events, kills it, runs it again until every partition has committed more, and
// stops it.
func (r *Run) Kill(ctx context.Context) (figures map[string]float64, err error) {
	if err := r.start(); err != nil {
		return nil, err
	}
	defer r.stop()
	err = r.lab.poll(ctx, waiting("half of the events are committed"), often, func() (bool, error) {
		_, done, err := r.committed(ctx)
		return done >= r.topics.Events/2, errors.Join(err, r.process.alive())
	})
	if err != nil {
		return nil, err
	}
	r.process.kill()
	before, _, err := r.committed(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	ends, err := r.lab.ends(ctx, r.topics)
	if err != nil {
		return nil, err
	}
	err = r.lab.poll(ctx, waiting("every partition goes on"), often, func() (bool, error) {
		now, _, err := r.committed(ctx)
		for p := range now {
			if now[p] <= before[p] && before[p] < ends[p] {
				return false, errors.Join(err, r.process.alive())
			}
		}
		return true, err
	})
	if err != nil {
		return nil, err
	}
	used, err := r.process.usage()
	figures = map[string]float64{"seconds": time.Since(r.process.started).Seconds(), "cpu_seconds": used.cpu}
	if at := r.process.lastSaid("partitions assigned"); !at.IsZero() {
		figures["assigned"] = time.Since(at).Seconds()
	}
	return figures, err
}

// Midnights runs the processor, which must be it, to the end of events, and once more after one event eight days later in every partition. Such
// runs look at no clock, and end by themselves.
func (r *Run) Midnights(ctx context.Context) (figures map[string]float64, err error) {
	if _, err := r.untilEnd(ctx); err != nil {
		return nil, err
	}
	if err := r.lab.placeOne(ctx, r.topics, 8*day); err != nil {
		return nil, err
	}
	p, err := r.untilEnd(ctx)
	if err != nil {
		return nil, err
	}
	state := p.command.ProcessState
	cpu := (state.UserTime() + state.SystemTime()).Seconds()
	return map[string]float64{
		"seconds": p.lasted.Seconds(), "cpu_us": cpu * 1e6 / float64(r.topics.Sellers), "resident": peakOf(state),
	}, nil
}

// untilEnd runs the processor until it has come to the end.
func (r *Run) untilEnd(ctx context.Context) (*process, error) {
	command := r.program.command(r.place)
	command.Args = append(command.Args, "--until-end")
	p, err := start(command, r.place.state+".log")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.lab.Limit)
	defer cancel()
	return p, p.await(ctx)
}

func timeOf(at events.Millis) time.Time { return time.UnixMilli(at) }
