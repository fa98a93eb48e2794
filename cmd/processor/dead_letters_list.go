package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/pkg/events"
)

// deadLettersListFlags is what `processor dead-letters list` is told.
type deadLettersListFlags struct {
	chosen
	ledger ledgerFlag
	counts bool
	limit  count
	output choice
}

// newDeadLettersList is `processor dead-letters list`.
func newDeadLettersList(s *session) *cobra.Command {
	flags := deadLettersListFlags{limit: 20, output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "List dead letters: how many by reason and topic, then the newest", Args: noArguments,
		Long: `Counts the dead letters by reason and topic, and lists the newest of them, the last one at the end. As JSON it writes a line of each, those of one
partition in their order, all of them unless --limit is given: then that many of the newest. It reads Kafka alone.`,
		Example: `  processor dead-letters list
  processor dead-letters list --reason invalid,undecodable --topic orders --unsent
  processor dead-letters list --from 2026-03-01T00:00:00Z --seller S1
  processor dead-letters list --counts --output json | jq -s 'map(.count) | add'
  processor dead-letters list --output json | jq -r .error | sort | uniq -c | sort -n`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.limit > maxListed {
				return usage("--limit: at most %d: --output json without it writes all", maxListed)
			}
			if err := errors.Join(flags.check(), flags.ledger.check(s)); err != nil {
				return err
			}
			return s.listLetters(cmd, &flags)
		},
	}
	f := cmd.Flags()
	flags.add(cmd)
	addToggle(f, &flags.unsent, "unsent", "only what was not sent again")
	addToggle(f, &flags.counts, "counts", "only how many there are by reason and topic")
	f.Var(&flags.limit, "limit", "`number` of the newest to list")
	flags.ledger.add(cmd)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

func (s *session) listLetters(cmd *cobra.Command, flags *deadLettersListFlags) error {
	list := letterList{most: int(flags.limit)}
	json := flags.output.value == "json"
	all := json && !flags.counts && !cmd.Flags().Changed("limit")
	err := s.letters(cmd.Context(), &flags.ledger, false, func(r *letters.Reader) error {
		return s.gather(cmd.Context(), r, flags, &list, all)
	})
	switch {
	case err != nil || all:
		return err
	case json && flags.counts:
		return writeLines(s, list.counts())
	case json:
		return writeLines(s, list.newest)
	}
	return s.letterTables(&list, flags.counts)
}

// gather reads the dead letters: into the list, or each to standard output.
func (s *session) gather(ctx context.Context, r *letters.Reader, flags *deadLettersListFlags, list *letterList, all bool) error {
	choice := flags.choice(s, nil)
	return r.Each(ctx, &choice, func(l *letters.Letter) error {
		line := letterLineOf(l)
		if all {
			return s.writeJSON(&line)
		}
		list.add(&line)
		return nil
	})
}

// letterLine is a dead letter in short. It is its own memory.
type letterLine struct {
	Place       deadletter.Place        `json:"place"`
	PublishedAt string                  `json:"published_at"`
	Reason      events.DeadLetterReason `json:"reason"`
	Error       string                  `json:"error"`
	Source      deadletter.Place        `json:"source"`
	SellerID    string                  `json:"seller_id"` // of the event, or else the record's key
	Kind        string                  `json:"kind,omitempty"`
	EventID     string                  `json:"event_id,omitempty"`
	OrderID     string                  `json:"order_id,omitempty"`
	Bytes       int                     `json:"bytes"` // of the value, as far as it is there
	Cut         bool                    `json:"cut"`
	Resubmitted bool                    `json:"resubmitted"`

	at events.Millis
}

func letterLineOf(l *letters.Letter) letterLine {
	return letterLine{
		Place: deadletter.Place(l.Place), PublishedAt: instantJSON(l.At), Reason: l.Reason, Error: l.Error, Source: deadletter.Place(l.Source),
		SellerID: strings.Clone(l.Seller), Kind: l.Event.Kind.String(), EventID: strings.Clone(l.Event.EventID), OrderID: strings.Clone(l.Event.OrderID),
		Bytes: len(l.Value), Cut: l.Cut(), Resubmitted: l.Sent, at: l.At,
	}
}

// maxLetterKinds bounds the reasons and topics that are told apart. A task knows a few of both.
const maxLetterKinds = 1_000

// maxListed bounds the newest that are kept to be listed.
const maxListed = 10_000

// letterList is how many there are of each reason and topic, and the newest of all.
type letterList struct {
	kinds  map[[2]string]*letterCount
	all    int64
	newest []letterLine // by time
	most   int
}

// letterCount is how many there are of a reason and topic. Those of more kinds than are told apart have neither.
type letterCount struct {
	Reason      string `json:"reason"`
	Topic       string `json:"topic"`
	Count       int64  `json:"count"`
	Resubmitted int64  `json:"resubmitted"`
	First       string `json:"first"`
	Last        string `json:"last"`

	first, last events.Millis
}

func (l *letterList) add(line *letterLine) {
	l.all++
	l.count(line)
	if len(l.newest) == l.most && line.at < l.newest[0].at {
		return
	}
	at, _ := slices.BinarySearchFunc(l.newest, line.at+1, func(n letterLine, at events.Millis) int { return cmp.Compare(n.at, at) })
	l.newest = slices.Insert(l.newest, at, *line)
	if len(l.newest) > l.most {
		l.newest = slices.Delete(l.newest, 0, 1)
	}
}

func (l *letterList) count(line *letterLine) {
	if l.kinds == nil {
		l.kinds = map[[2]string]*letterCount{}
	}
	key := [2]string{string(line.Reason), line.Source.Topic}
	if l.kinds[key] == nil && len(l.kinds) >= maxLetterKinds {
		key = [2]string{}
	}
	k := l.kinds[key]
	if k == nil {
		k = &letterCount{Reason: key[0], Topic: key[1], first: line.at, last: line.at}
		l.kinds[key] = k
	}
	k.Count++
	if line.Resubmitted {
		k.Resubmitted++
	}
	k.first, k.last = min(k.first, line.at), max(k.last, line.at)
}

// counts are those of all kinds, the most first.
func (l *letterList) counts() (counts []letterCount) {
	for _, k := range l.kinds {
		k.First, k.Last = instantJSON(k.first), instantJSON(k.last)
		counts = append(counts, *k)
	}
	slices.SortFunc(counts, func(a, b letterCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Topic, b.Topic))
	})
	return counts
}
