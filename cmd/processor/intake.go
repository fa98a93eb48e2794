package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/intake"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
)

// intakeFlags is what `processor intake` is told.
type intakeFlags struct {
	mapping        mappingFlags
	file           string
	memory         size
	http           httpFlags
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
What cannot be mapped goes to the dead letters with its place and what to do. "run --intake" does the same within the service. "intake status" tells how far all of them
are, and with --listen each tells it of itself. docs/intake.md leads from a topic to the first alert.`,
		Example: `  processor intake --mapping mine.yaml
  processor intake --mapping shopify --set seller=S1 --from-topics orders=shop.orders
  processor intake --mapping mine.yaml --listen :8080 --http-tokens-file tokens --http-tls-cert server.pem --http-tls-key server.key
  processor intake --mapping mine.yaml --until-end`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.intake(cmd.Context(), &flags) },
	}
	flags.mapping.add(cmd)
	flags.mapping.addTopics(cmd)
	f := cmd.Flags()
	addMapping(cmd, &flags.file, "")
	f.Var(&flags.memory, "memory", "`size` up to which the process may be in memory, as 512MiB or 2GiB, at least 192MiB (default as of run)")
	flags.http.add(f, "", "where /metrics, /livez, /readyz and /api/v1/intake are, as 127.0.0.1:8081; empty for nowhere")
	flags.sessionTimeout = positive(10 * time.Second)
	f.Var(&flags.sessionTimeout, "session-timeout", "silence after which the group takes a process for dead")
	flags.commitInterval = positive(100 * time.Millisecond)
	f.Var(&flags.commitInterval, "commit-interval", "time between two transactions")
	addToggle(f, &flags.untilEnd, "until-end", "stop at the end that the topics have now")
	cmd.AddCommand(newIntakeStatus(s))
	return cmd
}

func (s *session) intake(ctx context.Context, flags *intakeFlags) error {
	options, err := s.intakeOptions(ctx, flags)
	if err != nil {
		return err
	}
	carried, err := app.CarryOver(ctx, options, func(in *intake.Intake) (stop func()) {
		if !flags.untilEnd || !terminal(s.stderr) {
			return func() {}
		}
		return showLine(s.stderr, func() string { return intakeText(in.Status(), in.Carried()) })
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "carried over %s: %s, %s\n", plural(carried.Records, "record"), plural(carried.Events, "event"), plural(carried.DeadLetters, "dead letter"))
	return nil
}

// intakeOptions is the process that flags ask for.
func (s *session) intakeOptions(ctx context.Context, flags *intakeFlags) (o app.Options, err error) {
	if flags.file == "" {
		return o, usage("name a mapping with --mapping: `processor mapping list` has those that are part of the program")
	}
	if flags.mapping.schema = s.schemaNow(); flags.untilEnd {
		flags.mapping.schema = s.schemaOf(ctx)
	}
	m, err := flags.mapping.parse(s, flags.file)
	if err != nil {
		return o, err
	}
	guard, err := s.guard(&flags.http)
	if err != nil {
		return o, err
	}
	meter, err := limitMemory(flags.memory)
	if err != nil {
		return o, err
	}
	return app.Options{
		Kafka: s.kafka(), Listen: string(flags.http.listen), Access: guard, PublicMetrics: flags.http.publicMetrics, Connections: int(flags.http.connections), Version: versionName(), Logger: s.log,
		SchemaRegistry: s.shared.registry.client, Intake: m,
		Worker: worker.Options{SessionTimeout: time.Duration(flags.sessionTimeout), Options: task.Options{
			Topics: s.shared.topics(), AppID: s.shared.appID, CommitInterval: time.Duration(flags.commitInterval), UntilEnd: flags.untilEnd, Memory: meter,
		}},
	}, nil
}

// intakeText sums up how far an intake is.
func intakeText(all []intake.UnitStatus, carried intake.Carried) string {
	if len(all) == 0 {
		return "joining the group"
	}
	lag, failed := int64(0), ""
	for i := range all {
		for j := range all[i].Sources {
			lag += all[i].Sources[j].Lag()
		}
		if f := all[i].Failure; f != nil && f.Lasts {
			failed = "; some have failed"
		}
	}
	return fmt.Sprintf("%s, %s to read, %s carried over%s", plural(int64(len(all)), "partition"), plural(lag, "record"), grouped(carried.Records), failed)
}
