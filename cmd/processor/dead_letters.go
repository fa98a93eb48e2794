package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// newDeadLetters is `processor dead-letters`.
func newDeadLetters(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "dead-letters COMMAND", Short: "List what could not be applied, look at it, and send it again", Args: unknownCommand,
		Long: `Works with the records that no task could apply, which lie in the topic of the dead letters with why and whence. docs/dead-letters.md goes through what
there is to do about them, reason by reason.`,
		Example: `  processor dead-letters list
  processor dead-letters show orders/2@17
  processor dead-letters resubmit --reason misrouted --dry-run
  processor dead-letters resubmit orders/2@17 --edit`,
		RunE: func(*cobra.Command, []string) error {
			return usage("name a command: see --help for those that there are")
		},
	}
	cmd.AddCommand(newDeadLettersList(s), newDeadLettersShow(s), newDeadLettersResubmit(s))
	return cmd
}

// ledgerFlag names the topic of what was sent again.
type ledgerFlag struct{ name string }

// ledgerName is that topic's name, unless another is given.
const ledgerName = "resubmitted"

func (l *ledgerFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.name, "topic-resubmitted", ledgerName, "`name` of the topic with the places of what was sent again; --topic-prefix is put before it")
}

// check refuses a name that Kafka does not allow, or that is another topic's.
func (l *ledgerFlag) check(s *session) error {
	name := s.shared.topicPrefix + l.name
	if !legalName.MatchString(name) {
		return usage("--topic-resubmitted: topic name %q: use up to 249 letters, digits, '.', '_' and '-'", name)
	}
	for _, other := range allTopics(s.shared.topics()) {
		if name == other {
			return usage("--topic-resubmitted: topic %q is another one: give a name of its own", name)
		}
	}
	return nil
}

// letters connects, reads what was sent again, and works with the dead letters.
func (s *session) letters(ctx context.Context, l *ledgerFlag, trust bool, work func(*letters.Reader) error) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	foreign := foreigners{s: s}
	r, err := letters.Open(ctx, letters.Options{
		Client: client, Topics: s.shared.topics(), Ledger: s.shared.topicPrefix + l.name, TrustPartition: trust, Schema: s.schemaOf(ctx), Clock: time.Now, Foreign: foreign.tell,
	})
	if err != nil {
		return err
	}
	return work(r)
}

// foreigners are records of the topic that are no dead letters: the first ones are told one by one.
type foreigners struct {
	s     *session
	count int64
}

func (f *foreigners) tell(at stream.Position, why error) {
	if f.count++; f.count <= refusalsTold {
		f.s.log.Warn("passed over: it is no dead letter of a task", "record", deadletter.Place(at), "error", why)
	}
}

// chosen is flags that say which dead letters are meant.
type chosen struct {
	reasons, topics choices
	from, to        instant
	seller          string
	unsent          bool
}

func (c *chosen) add(cmd *cobra.Command) {
	f := cmd.Flags()
	for _, reason := range task.Reasons() {
		c.reasons.values = append(c.reasons.values, string(reason))
	}
	for topic := range events.NumTopics {
		c.topics.values = append(c.topics.values, topic.String())
	}
	c.from, c.to = instant{at: events.None}, instant{at: events.None}
	addChoices(cmd, f, &c.reasons, "reason", "`word` that says why, given several times any of them")
	addChoices(cmd, f, &c.topics, "topic", "`input` that the record is of, by its name in the contract, likewise")
	f.Var(&c.from, "from", "first `time` at which the dead letter was published")
	f.Var(&c.to, "to", "`time` that ends the span, no longer in it")
	f.StringVar(&c.seller, "seller", "", "`id` of the event's seller, or the record's key where it is no event")
}

// choice is what they choose, and the records at some places alone where there are any.
func (c *chosen) choice(s *session, places []stream.Position) letters.Choice {
	choice := letters.Choice{From: c.from.at, To: c.to.at, Seller: c.seller, Places: places, Unsent: c.unsent}
	for _, reason := range c.reasons.given {
		choice.Reasons = append(choice.Reasons, events.DeadLetterReason(reason))
	}
	for _, name := range c.topics.given {
		topic, _ := events.ParseTopic(name) // It is one of the choices.
		choice.Topics = append(choice.Topics, s.shared.topics().Inputs[topic])
	}
	return choice
}

// check checks what flags cannot check alone.
func (c *chosen) check() error {
	if c.from.at != events.None && c.to.at != events.None && c.from.at >= c.to.at {
		return usage("--from %s is not before --to %s: --to is no longer in the span", c.from.text, c.to.text)
	}
	return nil
}

// placesOf reads the places that a command is given.
func placesOf(args []string) (places []stream.Position, err error) {
	for _, text := range args {
		at, err := deadletter.ParsePlace(text)
		if err != nil {
			return nil, usage("%q is no place: %w", text, err)
		}
		places = append(places, at)
	}
	return places, nil
}
