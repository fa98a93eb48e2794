package lab

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sellerpulse/pkg/rules"
	"sellerpulse/test/performance/record"
)

// candidateName is that of the one backfill which a run has.
const candidateName = "mended"

// candidate is a backfill of the processor's run: that again, with a group, outputs and a state of its own, and with a rule that is another. The
// topics that it makes are deleted with the run's.
func (r *Run) candidate() (*Run, error) {
	file, err := r.lab.otherRules()
	if err != nil {
		return nil, err
	}
	program := r.program
	program.command = func(in place) *exec.Cmd {
		return processor(program.binary, in, "backfill start "+candidateName, "--state-dir", in.state, "--memory", program.Memory, "--rules", file)
	}
	c := &Run{lab: r.lab, program: program, topics: r.topics, place: r.place, group: r.place.appID + "-backfill-" + candidateName}
	c.place.state += "-" + candidateName
	return c, nil
}

// end stops a candidate and deletes its files.
func (r *Run) end() error {
	r.stop()
	return os.RemoveAll(r.place.state)
}

// otherRules writes the built-in rules, of which one asks for less, so that some sellers stand otherwise.
func (l *Lab) otherRules() (file string, err error) {
	before, after, ok := bytes.Cut(rules.BuiltInFile(), []byte("name: late-shipment-30d"))
	changed := bytes.Replace(after, []byte("< 0.04"), []byte("< 0.6"), 1)
	if !ok || bytes.Equal(changed, after) {
		return "", errors.New("change a built-in rule: there is none late-shipment-30d of less than 0.04: name another")
	}
	file = filepath.Join(l.Folder, "rules.yaml")
	if err := os.WriteFile(file, append(before, append([]byte("name: late-shipment-30d"), changed...)...), 0o600); err != nil {
		return "", fmt.Errorf("write rules: %w", err)
	}
	return file, nil
}

// follow samples until a candidate that runs is within a second of the end of the inputs, which others add to.
func (r *Run) follow(ctx context.Context, rate int) (series []record.Point, last usage, err error) {
	far := func() string {
		p := series[len(series)-1]
		return fmt.Sprintf("%s: %.0f s, %d events, %.0f CPU seconds, %.0f MiB", r.group, p.Seconds, p.Events, p.CPU, p.Resident)
	}
	err = r.lab.poll(ctx, far, sampleInterval, func() (bool, error) {
		ends, err := r.lab.ends(ctx, r.topics)
		if err != nil {
			return false, err
		}
		left := int64(0)
		for _, end := range ends {
			left += end
		}
		p, used, err := r.sample(ctx)
		if err != nil {
			return false, err
		}
		series, last = append(series, p), used
		return left-p.Events <= int64(rate), nil
	})
	return series, last, err
}

// Backfill measures how a candidate catches up beside the program, which works on live events, and what that costs the delay of its alerts.
func (r *Run) Backfill(ctx context.Context, o LiveOptions) (figures map[string]float64, series []record.Point, err error) {
	c, err := r.candidate()
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	l, err := r.live(ctx, o, nil)
	if err != nil {
		return nil, nil, err
	}
	defer l.end()
	alone := time.Now()
	if err := l.pass(ctx, o.Measure); err != nil {
		return nil, nil, err
	}
	beside := time.Now()
	if err := c.start(); err != nil {
		return nil, nil, err
	}
	series, end, err := c.follow(ctx, o.Rate)
	if err := errors.Join(err, l.process.alive()); err != nil {
		return nil, nil, err
	}
	to := time.Now()
	if err := errors.Join(c.end(), l.settle(ctx)); err != nil {
		return nil, nil, err
	}
	caughtUp := record.CatchUpFigures(series)
	figures = map[string]float64{"cpu": caughtUp["cpu"], "clock": caughtUp["clock"], "resident": end.peak, "seconds": to.Sub(beside).Seconds()}
	for name, delay := range l.alerts.figures(alone, beside) {
		figures[name+"_alone"] = delay
	}
	for name, delay := range l.alerts.figures(beside, to) {
		figures[name] = delay
	}
	return figures, series, nil
}

// call runs a subcommand of the processor to its end, whatever its exit code, and decodes the last line that it wrote, of JSON.
func (r *Run) call(ctx context.Context, into any, subcommand string, arguments ...string) (*process, error) {
	log := filepath.Join(r.lab.Folder, "call.log")
	p, err := start(processor(r.program.binary, r.place, subcommand, arguments...), log)
	if err != nil {
		return nil, err
	}
	defer os.Remove(log) // It goes with the folder, if not now.
	ctx, cancel := context.WithTimeout(ctx, r.lab.Limit)
	defer cancel()
	ended := p.await(ctx)
	text, err := os.ReadFile(log)
	if err != nil {
		return nil, fmt.Errorf("read what %s wrote: %w", subcommand, err)
	}
	for line := range bytes.Lines(text) {
		if line[0] == '{' {
			text = line
		}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return nil, fmt.Errorf("processor %s: read its answer: %w", subcommand, cmp.Or(ended, err))
	}
	return p, nil
}
