package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/display"
	"sellerpulse/internal/eventfile"
	"sellerpulse/pkg/events"
)

// checkFlags is what `processor produce --dry-run` is told.
type checkFlags struct {
	most   count
	output choice
}

// check reads files as produce does, and tells what there is and what is wrong. It ends with an error if anything is.
func (s *session) check(ctx context.Context, files eventfile.Files, flags *checkFlags) error {
	shown, finish := s.readFiles(files.Bytes)
	o := eventfile.Options{Files: files.List, Shown: shown, Logger: s.log}
	checked, faults, err := feed.Check(ctx, o, int(flags.most))
	finish()
	return s.tellChecked(&checked, faults, err, flags)
}

// tellChecked tells what there is and what is wrong in files that were read until an error, if there is one.
func (s *session) tellChecked(checked *feed.Checked, faults []*eventfile.Fault, err error, flags *checkFlags) error {
	for _, fault := range faults {
		s.tellFault(fault)
	}
	if err != nil {
		return err
	}
	if err := s.writeChecked(checked, flags.output.value); err != nil {
		return err
	}
	if checked.Faults == 0 {
		return nil
	}
	told := ""
	if more := checked.Faults - int64(len(faults)); more > 0 {
		told = fmt.Sprintf(", of which %s more than are told: raise --max-errors to see them", grouped(more))
	}
	return errors.New(plural(checked.Faults, "error") + told)
}

// tellFault writes what is wrong: a line of the log, where that is for programs.
func (s *session) tellFault(fault *eventfile.Fault) {
	if s.shared.logFormat.value == "json" {
		s.log.Error("event is not valid", "file", fault.File, "line", fault.Line, "block", fault.Block, "record", fault.Record, "error", fault.Err.Error())
		return
	}
	fmt.Fprintln(s.stderr, display.Escape(fault.Error()))
}

// checkedSummary is the summary for programs.
type checkedSummary struct {
	Events int64         `json:"events"`
	Errors int64         `json:"errors"`
	Kinds  []kindSummary `json:"kinds"`
}

type kindSummary struct {
	Topic  string `json:"topic"`
	Kind   string `json:"kind"`
	Events int64  `json:"events"`
	First  string `json:"first_occurred_at"`
	Last   string `json:"last_occurred_at"`
}

func summaryOf(c *feed.Checked) checkedSummary {
	summary := checkedSummary{Events: c.Total(), Errors: c.Faults, Kinds: []kindSummary{}}
	for kind := range events.NumKinds {
		if k := &c.Kinds[kind]; k.Events > 0 {
			summary.Kinds = append(summary.Kinds, kindSummary{
				Topic: kind.Topic().String(), Kind: kind.String(), Events: k.Events, First: events.FormatInstant(k.First), Last: events.FormatInstant(k.Last),
			})
		}
	}
	return summary
}

func (s *session) writeChecked(c *feed.Checked, output string) error {
	summary := summaryOf(c)
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(summary)
	}
	t := newTable(s.stdout, "TOPIC", "KIND", "EVENTS", "FIRST (UTC)", "LAST (UTC)")
	t.right(3)
	for kind := range events.NumKinds {
		if k := &c.Kinds[kind]; k.Events > 0 {
			t.row(kind.Topic().String(), kind.String(), grouped(k.Events), timeText(k.First), timeText(k.Last))
		}
	}
	t.row("all", "", grouped(summary.Events), "", "")
	return t.write()
}
