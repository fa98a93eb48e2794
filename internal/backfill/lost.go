package backfill

import (
	"context"
	"fmt"
	"slices"

	"sellerpulse/internal/stream"
)

// LostError says that there is no live state to cut over from.
type LostError struct {
	Changelog string
	Partition int32 // that is empty; negative where the topic does not exist
	Alerts    string
	Reports   string
}

// Error names the changelog and what may be done.
func (e *LostError) Error() string {
	what := fmt.Sprintf("the live changelog %q does not exist", e.Changelog)
	if e.Partition >= 0 {
		what = fmt.Sprintf("partition %d of the live changelog %q is empty", e.Partition, e.Changelog)
	}
	return fmt.Sprintf("%s: it is lost, and with it where sellers stand and how their alerts are numbered, so that nothing can be cut over from: have subscribers read %q and %q, or begin anew under another --app-id (docs/backfill.md, \"Reasons\")",
		what, e.Alerts, e.Reports)
}

// checkLost refuses a live state whose changelog is gone, or was made anew and is empty.
func (c *Candidate) checkLost(ctx context.Context, client *stream.Client) error {
	live, err := marks(ctx, client, c, c.Live, c.LiveTopics.Changelog)
	if err != nil {
		return err
	}
	var names []string
	for _, mark := range live {
		if !slices.Contains(names, mark.Changelog) {
			names = append(names, mark.Changelog)
		}
	}
	found, err := client.Identify(ctx, names)
	if err != nil {
		return err
	}
	var logs []stream.TopicPartition
	for p, mark := range live {
		if _, exists := found[mark.Changelog]; !exists {
			return &LostError{mark.Changelog, -1, c.Topics.Alerts, c.Topics.SellerHealth}
		}
		logs = append(logs, stream.TopicPartition{Topic: mark.Changelog, Partition: int32(p)})
	}
	ends, err := client.Ends(ctx, logs)
	if err != nil {
		return err
	}
	for _, log := range logs {
		if ends[log].LastStable == ends[log].First {
			return c.emptyError(ctx, client, log)
		}
	}
	return nil
}

// emptyError is what an empty partition of the live changelog means: the state is lost where the live group has read, else there is none yet.
func (c *Candidate) emptyError(ctx context.Context, client *stream.Client, log stream.TopicPartition) error {
	committed, err := client.Offsets(ctx, c.Live, c.LiveTopics.InputPartitions(log.Partition))
	if err != nil {
		return err
	}
	for _, at := range committed {
		if at.Offset >= 0 {
			return &LostError{log.Topic, log.Partition, c.Topics.Alerts, c.Topics.SellerHealth}
		}
	}
	return fmt.Errorf("the live application has no state of partition %d yet: see to it that its processes run, and try again", log.Partition)
}
