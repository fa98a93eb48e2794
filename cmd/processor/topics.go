package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/provision"
)

// newTopics is `processor topics`.
func newTopics(s *session) *cobra.Command {
	partitions, replication, check := count(provision.DefaultPartitions), count(1), false
	cmd := &cobra.Command{
		Use: "topics [flags]", Short: "Create or check all topics", Args: noArguments,
		Long: `Creates the topics that do not exist, the changelog too, and checks those that do: the same number of partitions of all inputs and
the changelog, arrival times on inputs (LogAppendTime), so that old events are kept too, retention, cleanup policies, and that each takes the
largest record that is written to it. What is not as it should be is told with the command that changes it.`,
		Example: `  processor topics --partitions 12 --replication-factor 3
  processor topics --check`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			size := provision.Size{ReplicationFactor: int(replication)}
			if cmd.Flags().Changed("partitions") {
				size.Partitions = int32(partitions)
			}
			return s.topics(cmd.Context(), size, check)
		},
	}
	f := cmd.Flags()
	f.Var(&partitions, "partitions", "partitions of every topic; at most so many processes share the work. Those of topics that exist go on, if it is not set")
	f.Var(&replication, "replication-factor", "copies of each topic that is created; 3 for a cluster that may lose a broker")
	addToggle(f, &check, "check", "create nothing, only check")
	return cmd
}

func (s *session) topics(ctx context.Context, size provision.Size, check bool) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	var found provision.Found
	if check {
		found, err = provision.Check(ctx, client, s.shared.topics())
	} else {
		found, err = provision.Create(ctx, client, s.shared.topics(), size)
	}
	if err != nil {
		return err
	}
	if len(found.Topics) > 0 {
		if err := writeTopics(s.stdout, found.Topics); err != nil {
			return err
		}
	}
	found.Findings.Below(provision.Weak).Warn(s.log)
	return found.Findings.Err(provision.Weak)
}

func writeTopics(w io.Writer, topics []provision.Topic) error {
	t := newTable(w, "TOPIC", "PARTITIONS", "REPLICAS", "CLEANUP", "RETENTION", "")
	for _, topic := range topics {
		retention := "for ever"
		if topic.RetentionDays > 0 {
			retention = fmt.Sprintf("%d days", topic.RetentionDays)
		}
		if strings.Contains(topic.Cleanup, "compact") {
			retention = "latest by key"
		}
		made := "exists"
		if topic.Created {
			made = "created"
		}
		t.row(topic.Name, strconv.Itoa(int(topic.Partitions)), strconv.Itoa(topic.ReplicationFactor), topic.Cleanup, retention, made)
	}
	return t.write()
}
