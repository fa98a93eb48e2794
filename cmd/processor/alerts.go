package main

import (
	"context"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/follow"
	"sellerpulse/pkg/outputs"
)

// newAlerts is `processor alerts`.
func newAlerts(s *session) *cobra.Command {
	options := follow.AlertOptions{}
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "alerts [flags]", Short: "Subscribe to the alerts", Args: noArguments,
		Long: `Prints alerts as they are published, each exactly once, those of a seller in their order. It reads Kafka alone: no processor needs
to run. Without --from-beginning it begins with the next alert; without --until-end it goes on until it is interrupted.`,
		Example: `  processor alerts
  processor alerts --from-beginning --until-end --output json | jq 'select(.kind == "BREACHED")'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Topic = s.shared.topics().Alerts
			return s.alerts(cmd.Context(), options, output.value)
		},
	}
	f := cmd.Flags()
	addToggle(f, &options.FromBeginning, "from-beginning", "begin with the oldest alert that is kept")
	addToggle(f, &options.UntilEnd, "until-end", "stop after the last alert that there is now")
	addChoice(cmd, f, &output, "output", "`form` of the output")
	return cmd
}

func (s *session) alerts(ctx context.Context, options follow.AlertOptions, output string) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if output == "json" {
		var line []byte
		return follow.Alerts(ctx, client, options, func(a *outputs.Alert) error {
			line = append(a.AppendJSON(line[:0]), '\n')
			_, err := s.stdout.Write(line)
			return err
		})
	}
	lines := alertLines{to: s.stdout, colours: s.colours(s.stdout)}
	if !options.UntilEnd {
		options.Opened = func() { s.log.Info("waiting for alerts", "topic", options.Topic) }
	}
	return follow.Alerts(ctx, client, options, lines.write)
}
