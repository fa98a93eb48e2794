package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
)

// newWhy is `processor why`.
func newWhy(s *session) *cobra.Command {
	var ask askFlags
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "why ALERT_ID [flags]", Short: "Explain an alert", Args: anAlert, ValidArgsFunction: cobra.NoFileCompletions,
		Long: `Explains an alert: what changed since the alert before of the same seller and rule, what tipped it, the orders behind it, and how far it was to
recover. It reads the alerts in Kafka alone, so it works whether or not a processor runs.

With --url or --state-dir it also asks a running process, or reads the state directory of one that has stopped: where the seller stands now, and what
makes each of the orders count.`,
		Example: `  processor why S1/odr-early/3
  processor why S1/odr-early/3 --url http://127.0.0.1:8080
  processor why S1/odr-early/3 --output json | jq .changed`,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.explain(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if s.given(cmd) {
				err = s.ask(cmd, &ask, func(from inquire.Source) error { return e.ask(cmd.Context(), from) })
			}
			if err != nil {
				return err
			}
			if output.value == "json" {
				return s.writeJSON(e.forPrograms())
			}
			return writeExplanation(s.stdout, e)
		},
	}
	ask.add(cmd, "")
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

// anAlert takes the id of one alert.
func anAlert(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage("name the alert by its id, such as S1/odr-early/3: `processor alerts --from-beginning --until-end --output json` lists those that there are")
	case len(args) > 1:
		return usage("unexpected argument %q: one alert at a time", args[1])
	}
	if _, _, _, ok := outputs.ParseAlertID(args[0]); !ok {
		return usage("%q is no alert's id: use a seller, a rule and a number from 1 on, such as S1/odr-early/3", args[0])
	}
	return nil
}

// explanation is an alert, and what is behind it.
type explanation struct {
	alert, previous *outputs.Alert // previous: nil where there is none, or it is not kept
	orders          []alertOrder
	now             *inspect.Standing // under the rule; nil where no state was asked, or the rule is gone
	asked           *inspect.Standings
}

// alertOrder is an order behind an alert, and what a state has of it.
type alertOrder struct {
	id    string
	order *inspect.Order // nil where no state was asked, or it has nothing of it
}

// explain reads an alert, and the one before.
func (s *session) explain(ctx context.Context, id string) (*explanation, error) {
	client, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	e := new(explanation)
	if e.alert, e.previous, err = follow.Alert(ctx, client, s.shared.topics().Alerts, id); err != nil {
		return nil, err
	}
	for _, order := range e.alert.OrderIDs {
		e.orders = append(e.orders, alertOrder{id: order})
	}
	return e, nil
}

// ask asks a state where the seller stands now, and what it has of the orders.
func (e *explanation) ask(ctx context.Context, from inquire.Source) (err error) {
	if e.asked, err = inquire.Rules(ctx, from, e.alert.SellerID); err != nil {
		return err
	}
	for i := range e.asked.Rules {
		if r := &e.asked.Rules[i]; r.Rule == e.alert.Rule && inspect.SamePart(r.Part, e.alert.Part) {
			e.now = r
		}
	}
	for i := range e.orders {
		o := &e.orders[i]
		if o.order, err = inquire.Order(ctx, from, e.alert.SellerID, o.id); err != nil && !unknownOrder(err) {
			return err
		}
	}
	return nil
}

// unknownOrder is whether an error says that nothing is known of an order.
func unknownOrder(err error) bool {
	var refused *inquire.RefusedError
	return errors.As(err, new(*inspect.UnknownOrderError)) || errors.As(err, &refused) && refused.Status == http.StatusNotFound
}
