package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/intake"
)

// intakeFlags is what `processor intake` is told.
type intakeFlags struct {
	mapping        mappingFlags
	file           string
	sessionTimeout positive
	commitInterval positive
	untilEnd       bool
}

// newIntake is `processor intake`.
func newIntake(s *session) *cobra.Command {
	var flags intakeFlags
	cmd := &cobra.Command{
		Use: "intake [flags]", Short: "Carry records of other topics into ours, as a mapping makes events of them", Args: noArguments,
		Long: `Reads the topics that a mapping names, makes events of their records, and writes these to the input topics under their sellers' keys, each exactly once: events and the
offsets behind them are one transaction. Events of one source partition stay in their order. Several processes with the same --app-id and mapping share the partitions.
What cannot be mapped goes to the dead letters with its place and what to do. "run --intake" does the same within the service. docs/intake.md leads from a topic to the
first alert.`,
		Example: `  processor intake --mapping mine.yaml
  processor intake --mapping shopify --set seller=S1 --from-topics orders=shop.orders
  processor intake --mapping mine.yaml --until-end`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.intake(cmd.Context(), &flags) },
	}
	flags.mapping.add(cmd)
	flags.mapping.addTopics(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.file, "mapping", "", "mapping `file`, or the name of one that is part of the program")
	_ = cmd.RegisterFlagCompletionFunc("mapping", completeMappings) // The flag exists.
	flags.sessionTimeout = positive(10 * time.Second)
	f.Var(&flags.sessionTimeout, "session-timeout", "silence after which the group takes a process for dead")
	flags.commitInterval = positive(100 * time.Millisecond)
	f.Var(&flags.commitInterval, "commit-interval", "time between two transactions")
	addToggle(f, &flags.untilEnd, "until-end", "stop at the end that the topics have now")
	return cmd
}

func (s *session) intake(ctx context.Context, flags *intakeFlags) error {
	if flags.file == "" {
		return usage("name a mapping with --mapping: `processor mapping list` has those that are part of the program")
	}
	if flags.mapping.schema = s.schemaNow(); flags.untilEnd {
		flags.mapping.schema = s.schemaOf(ctx)
	}
	m, err := flags.mapping.parse(s, flags.file)
	if err != nil {
		return err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	encoder, err := s.encoder(ctx)
	if err != nil {
		return err
	}
	in, err := intake.New(ctx, intake.Options{
		Client: client, Mapping: m, Encoder: encoder, Topics: s.shared.topics(), AppID: s.shared.appID, SessionTimeout: time.Duration(flags.sessionTimeout),
		CommitInterval: time.Duration(flags.commitInterval), UntilEnd: flags.untilEnd, Logger: s.log,
	})
	if err != nil {
		return err
	}
	if err := in.Run(ctx); err != nil {
		return err
	}
	carried := in.Carried()
	fmt.Fprintf(s.stderr, "carried over %s: %s, %s\n", plural(carried.Records, "record"), plural(carried.Events, "event"), plural(carried.DeadLetters, "dead letter"))
	return nil
}
