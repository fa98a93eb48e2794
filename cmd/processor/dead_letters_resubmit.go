package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// deadLettersResubmitFlags is what `processor dead-letters resubmit` is told.
type deadLettersResubmitFlags struct {
	chosen
	ledger            ledgerFlag
	all, dryRun, edit bool
	with              string
	mapping           string
	mapped            mappingFlags
	partitioner       choice
	output            choice
	places            []stream.Position
}

// newDeadLettersResubmit is `processor dead-letters resubmit`.
func newDeadLettersResubmit(s *session) *cobra.Command {
	flags := deadLettersResubmitFlags{partitioner: choice{"murmur2", []string{"murmur2", "any"}}, output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "resubmit [PLACE...] [flags]", Short: "Send what is in dead letters to the inputs again, once", ValidArgsFunction: cobra.NoFileCompletions,
		Long: `Sends the records of dead letters to the inputs again, those at places (of dead letters, or of the records in them) or those that the flags choose: with
their values and headers as they came, keyed by seller and to the partition of that key. A header resubmitted.from has the place where a record was refused.

A record is sent once. What is sent, and the note that it was, are written by one transaction, so that it may be interrupted and begun again, with the same flags
or with others. Of two at a time the later one goes on. A record that would be refused again for what is in it is not sent, and told; so is one that was cut,
unless its source still has it. With --mapping what is sent is what a mapping makes of the record, such as one that "processor intake" refused; a letter whose record
is of a topic for which the mapping has no source is left. Whether its order is known, or too old, only a processor can say: such a record is sent, and may come back as another dead letter.`,
		Example: `  processor dead-letters resubmit --reason misrouted --dry-run
  processor dead-letters resubmit --reason misrouted
  processor dead-letters resubmit --reason orphan --seller S1 --from 2026-03-01T00:00:00Z
  processor dead-letters resubmit orders/2@17 --edit
  processor dead-letters resubmit orders/2@17 --with event.json
  processor dead-letters resubmit --reason invalid --mapping mine.yaml`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if flags.places, err = placesOf(args); err != nil {
				return err
			}
			if err := errors.Join(flags.check(cmd), flags.ledger.check(s)); err != nil {
				return err
			}
			return s.letters(cmd.Context(), &flags.ledger, flags.partitioner.value == "any", func(r *letters.Reader) error {
				return s.resubmit(cmd.Context(), r, &flags)
			})
		},
	}
	f := cmd.Flags()
	flags.add(cmd)
	addToggle(f, &flags.all, "all", "every dead letter")
	addToggle(f, &flags.dryRun, "dry-run", "tell what would be done, and do nothing")
	addToggle(f, &flags.edit, "edit", "open the event as JSON in $VISUAL or $EDITOR, and send what is left there instead; with one PLACE")
	f.StringVar(&flags.with, "with", "", "`file` with one event as JSON to send instead, - for standard input; with one PLACE")
	addChoice(cmd, f, &flags.partitioner, "partitioner", "`how` sellers are spread over partitions, as `processor run` has it; with any, records stay in their partitions")
	addMapping(cmd, &flags.mapping, ": what it makes of the records is sent instead")
	flags.mapped.add(cmd)
	flags.ledger.add(cmd)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

// check checks what flags cannot check alone.
func (r *deadLettersResubmitFlags) check(cmd *cobra.Command) error {
	filtered := false
	for _, name := range []string{"reason", "topic", "from", "to", "seller"} {
		filtered = filtered || cmd.Flags().Changed(name)
	}
	named := len(r.places) > 0
	switch {
	case r.edit && r.dryRun:
		return usage("--edit sends what was written: leave out --dry-run, or give a file by --with")
	case r.edit && r.with != "":
		return usage("--edit and --with exclude each other")
	case (r.edit || r.with != "") && len(r.places) != 1:
		return usage("--edit and --with are about one record: name its place, such as orders/2@17")
	case r.mapping != "" && (r.edit || r.with != ""):
		return usage("--mapping makes the events, --edit and --with give one: leave out either")
	case named && (filtered || r.all):
		return usage("places and flags that choose exclude each other: leave out either")
	case r.all && filtered:
		return usage("--all is every dead letter: leave out --reason, --topic, --from, --to and --seller")
	case !named && !filtered && !r.all:
		return usage("say which: places, or --reason, --topic, --from, --to or --seller, or --all")
	}
	return r.chosen.check()
}

// resubmit sends again what the flags choose, and tells what became of it.
func (s *session) resubmit(ctx context.Context, r *letters.Reader, flags *deadLettersResubmitFlags) error {
	how, done, err := s.resubmission(ctx, r, flags)
	if err != nil {
		return done(err)
	}
	choice := flags.choice(s, flags.places)
	told := outcomes{s: s, json: flags.output.value == "json"}
	if err = r.Resubmit(ctx, &choice, how, told.tell); err == nil {
		err = told.end()
	}
	if err == nil {
		err = told.missing(flags.places)
	}
	return done(err)
}

// resubmission says what is sent. Whatever came of it is to be told to done.
func (s *session) resubmission(ctx context.Context, r *letters.Reader, flags *deadLettersResubmitFlags) (how letters.Resubmission, done func(error) error, err error) {
	how.DryRun = flags.dryRun
	how.Instead, done, err = s.replacement(ctx, r, flags)
	if err == nil && flags.mapping != "" {
		flags.mapped.schema = s.schemaOf(ctx)
		how.Mapping, err = flags.mapped.parse(s, flags.mapping)
	}
	if err == nil && !how.DryRun && (how.Instead != nil || how.Mapping != nil) { // A record that is sent as it came needs no schema of ours.
		how.Encoder, err = s.encoder(ctx)
	}
	return how, done, err
}

// replacement is the event that is sent instead, or nil. Whatever came of it is to be told to done.
func (s *session) replacement(ctx context.Context, r *letters.Reader, flags *deadLettersResubmitFlags) (instead *events.Event, done func(error) error, err error) {
	done = func(err error) error { return err }
	if !flags.edit && flags.with == "" {
		return nil, done, nil
	}
	letter, err := s.only(ctx, r, flags.places[0])
	if err != nil {
		return nil, done, err
	}
	if flags.edit {
		return s.edited(ctx, letter)
	}
	text, err := s.readEvent(flags.with)
	if err == nil {
		instead, err = parseReplacement(text, letter.Topic)
	}
	if err != nil {
		return nil, done, fmt.Errorf("--with %s: %w", flags.with, err)
	}
	return instead, done, nil
}

// only is the dead letter of a place that is to be replaced. It is its own memory.
func (s *session) only(ctx context.Context, r *letters.Reader, at stream.Position) (*replaced, error) {
	var found *replaced
	choice := letters.Choice{From: events.None, To: events.None, Places: []stream.Position{at}}
	err := r.Each(ctx, &choice, func(l *letters.Letter) error {
		if l.Sent {
			return fmt.Errorf("%v was sent again already: look for what became of it with `processor dead-letters list --seller %s`", deadletter.Place(l.Source), l.Seller)
		}
		if found != nil {
			return nil // Of the same record.
		}
		var err error
		found, err = replacedBy(ctx, r, l)
		return err
	})
	if err == nil && found == nil {
		err = noLetter(at)
	}
	return found, err
}
