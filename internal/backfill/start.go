package backfill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/rules"
)

// Plan is how a candidate is to be begun. One that has been begun must have been so.
type Plan struct {
	From          From
	Zone          *time.Location
	RetentionDays int32
	HistoryDays   int32 // for which counts are kept, where they outlive orders; else no more than the retention
	Rules         *rules.Set
	Applied       bool // the rules are those that were applied to the live application, and change with them
}

// Start begins the candidate, or finds that it has been begun, and makes its topics. It may be interrupted anywhere and called again, and by several
// processes at once: all get the same description, which the candidate is changed to.
func Start(ctx context.Context, client *stream.Client, c *Candidate, p *Plan) (*Description, error) {
	size, err := provision.SizeOf(ctx, client, c.Topics)
	if err != nil {
		return nil, err
	}
	control := OpenControl(client, c)
	d, err := control.Establish(ctx, size.ReplicationFactor, func(ctx context.Context) (*Description, error) {
		return p.propose(ctx, client, c, size.Partitions)
	})
	if err == nil {
		err = p.compare(c, d)
	}
	if err != nil {
		return nil, fmt.Errorf("backfill %q: %w", c.Name, err)
	}
	c.Describe(d)
	if err := complete(ctx, client, c, d); err != nil {
		return nil, fmt.Errorf("backfill %q: %w", c.Name, err)
	}
	if size, err = provision.SizeOf(ctx, client, c.Topics); err != nil {
		return nil, err
	}
	if n := d.Partitions(); n != size.Partitions {
		return nil, fmt.Errorf("backfill %q: it was begun when the inputs had %d partitions, and they have %d: sellers are in other partitions now; %s, and begin it anew",
			c.Name, n, size.Partitions, discardIt(c.Name))
	}
	return d, provision.Add(ctx, client, c.Topics, size)
}

func discardIt(name string) string {
	return fmt.Sprintf("remove it with `processor backfill discard %s`", name)
}

// propose makes the description of a candidate that is begun now. It refuses what is left over from an earlier one.
func (p *Plan) propose(ctx context.Context, client *stream.Client, c *Candidate, partitions int32) (*Description, error) {
	if err := leftovers(ctx, client, c); err != nil {
		return nil, err
	}
	from, err := p.From.resolve(ctx, client, c.Topics, partitions)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	d := &Description{
		Version: descriptionVersion, Name: c.Name, Live: c.Live, CreatedAt: now, Changelog: c.Topics.Changelog,
		Inputs: from.inputs, From: p.from(), Offsets: from.table(),
		Zone: p.Zone.String(), RetentionDays: p.RetentionDays, HistoryDays: p.lasting(), Rules: definitions(p.Rules), Applied: p.Applied,
	}
	d.WholeSince, err = from.wholeSince(ctx, client, now)
	return d, err
}

// leftovers refuses what an earlier candidate of the name has left: the topics and offsets of this one come after its description.
func leftovers(ctx context.Context, client *stream.Client, c *Candidate) error {
	found, err := client.Identify(ctx, c.own())
	if err != nil {
		return err
	}
	live, err := inForce(ctx, client, c)
	if err != nil {
		return err
	}
	if live[c.Topics.Changelog] {
		return fmt.Errorf("topic %q is the changelog of %q since an earlier one was cut over to: begin it under another name", c.Topics.Changelog, c.Live)
	}
	var left []string
	for _, topic := range c.own() {
		if _, ok := found[topic]; ok && topic != c.Control {
			left = append(left, fmt.Sprintf("%q", topic))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("topics %s are left over from an earlier one: %s, and begin it anew", strings.Join(left, ", "), discardIt(c.Name))
	}
	at, err := readUpTo(ctx, client, c)
	if err == nil && at != nil {
		err = fmt.Errorf("group %q is left over from an earlier one, at offset %d of %v: %s, and begin it anew", c.AppID, at.Offset, at.TopicPartition, discardIt(c.Name))
	}
	return err
}

// complete refuses a candidate whose changelog is gone, though it was there; and one that was named as a former state and never became it, for its
// changelog is that of the live state.
func complete(ctx context.Context, client *stream.Client, c *Candidate, d *Description) error {
	at, err := readUpTo(ctx, client, c)
	if err != nil {
		return err
	}
	if d.Former && at == nil {
		return fmt.Errorf("the cut-over by which the live state was to become this one was not carried out: %s", discardIt(c.Name))
	}
	found, err := client.Identify(ctx, []string{c.Topics.Changelog})
	if err != nil || len(found) > 0 {
		return err
	}
	if at != nil {
		err = fmt.Errorf("its changelog %q is gone, and its group is at offset %d of %v: %s, and begin it anew", c.Topics.Changelog, at.Offset, at.TopicPartition, discardIt(c.Name))
	}
	return err
}

// readUpTo is an offset that the candidate's group has; nil if it has none.
func readUpTo(ctx context.Context, client *stream.Client, c *Candidate) (*stream.Position, error) {
	offsets, err := committed(ctx, client, c.AppID, &c.Topics)
	if err != nil {
		return nil, err
	}
	for p, of := range offsets {
		for _, log := range c.Topics.InputPartitions(int32(p)) {
			if at, ok := of[log]; ok {
				return &stream.Position{TopicPartition: log, Offset: at.Offset}, nil
			}
		}
	}
	return nil, nil
}

// earliest is how it is written that a candidate begins with the first records that there are.
const earliest = "earliest"

func (p *Plan) from() string {
	if p.From.Text == "" {
		return earliest
	}
	return p.From.Text
}

// lasting is for how many days counts are kept that outlive orders; 0 for none.
func (p *Plan) lasting() int32 {
	if p.HistoryDays > p.RetentionDays {
		return p.HistoryDays
	}
	return 0
}

// definitions are the definitions of rules.
func definitions(set *rules.Set) (all []string) {
	for _, r := range set.Rules() {
		all = append(all, r.Canonical())
	}
	return all
}

// compare refuses a candidate that was begun in another way than is asked for.
func (p *Plan) compare(c *Candidate, d *Description) error {
	differs := func(flag, was, is string) error {
		return fmt.Errorf("it was begun with %s %s, not %s: give the same, or %s and begin it anew", flag, was, is, discardIt(c.Name))
	}
	for i, input := range c.Topics.Inputs {
		if d.Inputs[i] != input && !d.Former { // A former state keeps the inputs that were the live ones.
			return differs("the input", d.Inputs[i], input)
		}
	}
	switch {
	case p.From.Text != "" && p.From.Text != d.From:
		return differs("--from", d.From, p.From.Text)
	case p.Zone.String() != d.Zone:
		return differs("--time-zone", d.Zone, p.Zone.String())
	case p.RetentionDays != d.RetentionDays:
		return differs("--retention", fmt.Sprintf("%dd", d.RetentionDays), fmt.Sprintf("%dd", p.RetentionDays))
	}
	if was := max(d.HistoryDays, d.RetentionDays); max(p.HistoryDays, p.RetentionDays) != was {
		return differs("--history", fmt.Sprintf("%dd", was), fmt.Sprintf("%dd", max(p.HistoryDays, p.RetentionDays)))
	}
	return p.compareRules(c, d)
}

func (p *Plan) compareRules(c *Candidate, d *Description) error {
	switch {
	case d.Former:
	case p.Applied && d.Applied:
		return nil
	case d.Applied:
		return fmt.Errorf("it was begun by the rules that were applied to %q, and not with --rules: leave that out, or %s and begin it anew", c.Live, discardIt(c.Name))
	}
	now := definitions(p.Rules)
	for _, rule := range d.Rules {
		if !slices.Contains(now, rule) {
			return fmt.Errorf("it was begun with the rule %q, which --rules has not: give the same rules, or %s and begin it anew", rule, discardIt(c.Name))
		}
	}
	for _, rule := range now {
		if !slices.Contains(d.Rules, rule) {
			return fmt.Errorf("it was begun without the rule %q, which --rules has: give the same rules, or %s and begin it anew", rule, discardIt(c.Name))
		}
	}
	return nil
}
