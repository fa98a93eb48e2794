package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// newDeadLettersShow is `processor dead-letters show`.
func newDeadLettersShow(s *session) *cobra.Command {
	var ledger ledgerFlag
	whole, output := false, choice{"text", []string{"text", "json"}}
	cmd := &cobra.Command{
		Use: "show PLACE [flags]", Short: "Show a dead letter: why, whence, what is in it, and what to do", Args: onePlace,
		ValidArgsFunction: cobra.NoFileCompletions,
		Long: `Shows the dead letter at a place, or that of the record which was at a place, as topic/partition@offset: the reason, and what to do about it; key, headers and
bytes as they came; the event in it, as far as it can be read. A record that was cut for the dead letters is read back from its source, as long as that has it. By
the place of the record all dead letters are searched; where it is refused more than once, all of them are shown.`,
		Example: `  processor dead-letters show orders/2@17
  processor dead-letters show dead-letters/0@3 --bytes
  processor dead-letters show orders/2@17 --output json | jq -r .value | base64 -d > value`,
		RunE: func(cmd *cobra.Command, args []string) error {
			places, err := placesOf(args)
			if err = errors.Join(err, ledger.check(s)); err != nil {
				return err
			}
			return s.letters(cmd.Context(), &ledger, false, func(r *letters.Reader) error {
				return s.show(cmd.Context(), r, places[0], whole, output.value == "json")
			})
		},
	}
	ledger.add(cmd)
	addToggle(cmd.Flags(), &whole, "bytes", "all bytes of the value, instead of the first 256")
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

// onePlace wants a record's place and nothing else.
func onePlace(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("name a record by its place, such as orders/2@17: `processor dead-letters list` has them")
	case 1:
		return nil
	default:
		return usage("unexpected argument %q: one place at a time", args[1])
	}
}

// show writes the dead letters of a place.
func (s *session) show(ctx context.Context, r *letters.Reader, at stream.Position, whole, json bool) error {
	shown := 0
	choice := letters.Choice{From: events.None, To: events.None, Places: []stream.Position{at}}
	err := r.Each(ctx, &choice, func(l *letters.Letter) error {
		if shown++; shown > 1 && !json {
			fmt.Fprintln(s.stdout)
		}
		v, err := viewOf(ctx, r, l)
		if err != nil {
			return err
		}
		if json {
			return s.writeJSON(v)
		}
		return s.showText(v, l, whole)
	})
	if err == nil && shown == 0 {
		return noLetter(at)
	}
	return err
}

func noLetter(at stream.Position) error {
	return fmt.Errorf("find %v: there is no dead letter at this place, nor one of a record at it: `processor dead-letters list` has those that there are", deadletter.Place(at))
}

// letterView is all that is told of a dead letter.
type letterView struct {
	letterLine
	Remedy    string            `json:"remedy"`
	Key       []byte            `json:"key"`   // null: none. As JSON has bytes, in base64
	Value     []byte            `json:"value"` // likewise, what there is of it
	Form      string            `json:"form"`  // of the value
	Headers   []headerView      `json:"headers"`
	Event     *eventView        `json:"event"` // null: nothing of one
	Fault     string            `json:"fault,omitempty"`
	ValueCut  *deadletter.Whole `json:"value_cut,omitempty"` // what the value was
	KeyCut    *deadletter.Whole `json:"key_cut,omitempty"`
	ReadBack  bool              `json:"read_back"`           // from the source, as the dead letter was cut
	Remainder string            `json:"remainder,omitempty"` // why what was cut could not be read back
}

type headerView struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// viewOf reads a dead letter, back from its source if it was cut.
func viewOf(ctx context.Context, r *letters.Reader, l *letters.Letter) (*letterView, error) {
	v, cut := &letterView{Remedy: task.RemedyOf(l.Reason), Headers: []headerView{}}, l.Cut()
	err := r.Restore(ctx, l)
	if refusal, ok := errors.AsType[*letters.Refusal](err); ok {
		v.Remainder = refusal.Error()
	} else if err != nil {
		return nil, err
	}
	v.letterLine = letterLineOf(l)
	v.Cut, v.ReadBack = cut, cut && !l.Cut()
	v.Key, v.Value, v.ValueCut, v.KeyCut, v.Form = l.Key, l.Value, l.ValueCut, l.KeyCut, formOf(l.Value)
	for _, h := range l.Headers {
		v.Headers = append(v.Headers, headerView(h))
	}
	if l.Fault != nil {
		v.Fault = l.Fault.Error()
	}
	v.Event = eventOf(l)
	return v, nil
}
