package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
)

// ordersFlags is what `processor orders` is told.
type ordersFlags struct {
	ask           askFlags
	seller, order string
	events        bool
	of            ofFlags
	which         choice
	numberFlags
	limit  count
	output choice
}

// newOrders is `processor orders`.
func newOrders(s *session) *cobra.Command {
	flags := ordersFlags{
		which:  choice{"", []string{string(inspect.Numerator), string(inspect.Denominator), string(inspect.Miss), string(inspect.All)}},
		output: choice{"table", []string{"table", "json"}},
	}
	cmd := &cobra.Command{
		Use: "orders [flags]", Short: "Print the orders behind a number", Args: noArguments,
		Long: `Prints the orders that make up a seller's number, and what makes each of them count. With a rule or a metric alone those are the misses in its
window today; without either, all orders that are kept. A rule that has a state for each value of a field is asked with --part. With --order it prints
all that is known of one order: its facts with since when, the rules that count it and until when, or why not, and what its events have told. With --events it prints the events behind that order instead, in the order in which they
occurred, as their topics have them; as JSON with all their fields.

It asks a running process, or reads the state directory of one that has stopped. Either is as of its last checkpoint, some seconds ago. Events are not
in a state: with --state-dir they are read from Kafka.`,
		Example: `  processor orders --seller S1 --rule odr-early
  processor orders --seller S1 --rule ebay-us/late-shipment --part US
  processor orders --seller S1 --metric late_shipment_rate --which denominator --from 2026-03-01 --to 2026-03-07 --product-line toys
  processor orders --seller S1 --rule odr --output json | jq -r .order_id
  processor orders --seller S1 --order O1 --state-dir /var/lib/sellerpulse
  processor orders --seller S1 --order O1 --events`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			return s.ask(cmd, &flags.ask, func(from inquire.Source) error {
				if flags.events {
					return s.orderEvents(cmd.Context(), from, &flags)
				}
				if flags.order != "" {
					return s.order(cmd.Context(), from, &flags)
				}
				var to ordersPrinter = &ordersTable{to: s.stdout}
				if flags.output.value == "json" {
					to = ordersLines{s}
				}
				return s.orders(cmd.Context(), from, flags.seller, flags.query(cmd), int64(flags.limit), to)
			})
		},
	}
	f := cmd.Flags()
	addSeller(f, &flags.seller)
	f.StringVar(&flags.order, "order", "", "`id` of one order, to print all that is known of it")
	f.BoolVar(&flags.events, "events", false, "print the events behind the order instead")
	flags.of.add(cmd, &flags.ask, "whose orders are printed")
	addChoice(cmd, f, &flags.which, "which", "`which` of its orders: those in a count of the rate, or those that the target does not want, which is the default")
	flags.add(cmd, "default that of the window today; with --to alone as far back as orders are kept")
	f.Var(&flags.limit, "limit", "`number` of orders to print at most; all unless it is given")
	flags.ask.add(cmd, defaultURL)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

// check checks what flags cannot check alone.
func (o *ordersFlags) check(cmd *cobra.Command) error {
	given := func(flag string) bool { return cmd.Flags().Changed(flag) }
	switch {
	case o.seller == "":
		return errNoSeller
	case given("order") && (given("rule") || given("metric") || given("part") || given("which")):
		return usage("--order prints one order: leave out --rule, --part, --metric and --which")
	case o.events && !given("order"):
		return usage("--events prints those of one order: name it with --order")
	case given("order") && o.order == "":
		return usage("--order: it is empty: give the id of an order")
	case given("which") && o.which.value != string(inspect.All) && !given("rule") && !given("metric"):
		return usage("--which %s of what: name a --rule or a --metric", o.which.value)
	}
	return o.of.check(cmd)
}

// query is what is asked for.
func (o *ordersFlags) query(cmd *cobra.Command) inspect.OrdersQuery {
	q := inspect.OrdersQuery{Rule: o.of.rule, Part: o.of.partOf(cmd), Metric: o.of.metric, Which: inspect.Which(o.which.value), From: o.from.date, To: o.to.date}
	q.Channel, q.ProductLine = o.wanted(cmd)
	return q
}

// ordersPrinter prints orders, page by page.
type ordersPrinter interface {
	page(*inspect.Orders) error
	end(printed int64, more bool) error // more: there may be another page
}

// pageOrders is how many orders are asked for at a time.
const pageOrders = 500

func (s *session) orders(ctx context.Context, from inquire.Source, seller string, q inspect.OrdersQuery, limit int64, to ordersPrinter) error {
	printed := int64(0)
	for {
		q.Limit = pageOrders
		if limit > 0 {
			q.Limit = int(min(limit-printed, pageOrders))
		}
		page, err := inquire.Orders(ctx, from, seller, q)
		if err != nil {
			return err
		}
		if err := to.page(page); err != nil {
			return err
		}
		printed += int64(len(page.Orders))
		if page.Next == nil || limit > 0 && printed >= limit {
			return to.end(printed, page.Next != nil)
		}
		if *page.Next == q.Cursor {
			return errors.New("list orders: a page leads to itself: use a process of this version")
		}
		q.Cursor = *page.Next
	}
}

// numberFlags say of which orders a number is.
type numberFlags struct {
	orderDates
	channel choice
	line    string
}

func (n *numberFlags) add(cmd *cobra.Command, otherwise string) {
	f := cmd.Flags()
	n.orderDates.add(f, otherwise)
	n.channel.values = []string{rules.AllChannels.String(), rules.AFN.String(), rules.MFN.String()}
	addChoice(cmd, f, &n.channel, "channel", "`channel` of the orders, default that of the metric")
	f.StringVar(&n.line, "product-line", "", "`name` of the one product line whose orders count")
}

// wanted is the channel, nil for the metric's, and the product line, nil for all.
func (n *numberFlags) wanted(cmd *cobra.Command) (channel *rules.Channel, line *string) {
	if c, err := rules.ParseChannel(n.channel.value); err == nil {
		channel = &c
	}
	if cmd.Flags().Changed("product-line") {
		line = &n.line
	}
	return channel, line
}

func addSeller(f *pflag.FlagSet, to *string) { f.StringVar(to, "seller", "", "`id` of the seller") }

var errNoSeller = usageError{errors.New("name a seller with --seller")}
