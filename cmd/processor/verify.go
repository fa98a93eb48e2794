package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/verify"
)

// verifyFlags is what `processor verify` is told.
type verifyFlags struct {
	stateDirectory directory
	url            string
	tokenFile      string
	rules          []string
	zone           zone
	retention      days
	output         choice
}

// newVerify is `processor verify`.
func newVerify(s *session) *cobra.Command {
	flags := verifyFlags{stateDirectory: "sellerpulse-state", zone: zone{time.UTC}, retention: 120, output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "verify [flags]", Short: "Recompute a state and print what differs", Args: noArguments,
		Long: `Recomputes every bucket, rule state, timer, index and date entry and parked count of a state from its order rows, and prints where what is
stored differs. It changes nothing. The exit code is 0 if nothing differs, 1 otherwise, also if nothing could be checked.

It reads the state directory of a process that has stopped, with the rules of its ` + "`processor run`" + `; or it has a running process verify
itself, as of its last commit. Partitions that are being restored or rebuilt, or were when their process was killed, are left out.`,
		Example: `  processor verify --state-dir /var/lib/sellerpulse
  processor verify --state-dir /var/lib/sellerpulse --rules rules.yaml --time-zone Europe/Stockholm
  processor verify --url http://127.0.0.1:8080 --output json | jq .differences_total
  processor verify --url https://sellerpulse.example:8080 --token-file operator.token`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := s.verify(cmd, &flags)
			if err != nil {
				return err
			}
			if err := s.writeAnswer(&answer, flags.output.value); err != nil {
				return err
			}
			return checkAnswer(&answer)
		},
	}
	f := cmd.Flags()
	f.Var(&flags.stateDirectory, "state-dir", "`directory` of the local state of a process that has stopped")
	f.StringVar(&flags.url, "url", "", "`address` of a running process that is to verify itself instead, such as http://127.0.0.1:8080")
	f.StringVar(&flags.tokenFile, "token-file", "", "`file` with an operator's token and nothing else, for a process that asks who asks")
	addRules(cmd, f, &flags.rules, "rule `files`, folders of them or packs that the state was built with, instead of the built-in rules")
	f.Var(&flags.zone, "time-zone", "time zone that the state must have been built with, if given")
	f.Var(&flags.retention, "retention", "retention that the state must have been built with, if given")
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

func (s *session) verify(cmd *cobra.Command, flags *verifyFlags) (verify.Answer, error) {
	if flags.url != "" {
		if u, err := url.Parse(flags.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return verify.Answer{}, usage("--url: %q is not an address such as http://127.0.0.1:8080", flags.url)
		}
		token, err := s.token(flags.tokenFile, flags.url)
		if err != nil {
			return verify.Answer{}, err
		}
		return app.VerifyRunning(cmd.Context(), flags.url, token)
	}
	if flags.tokenFile != "" {
		return verify.Answer{}, usage("--token-file goes with --url")
	}
	return s.verifyStopped(cmd.Context(), cmd, flags)
}

func (s *session) verifyStopped(ctx context.Context, cmd *cobra.Command, flags *verifyFlags) (verify.Answer, error) {
	o := verify.Options{}
	if cmd.Flags().Changed("time-zone") {
		o.Zone = flags.zone.location
	}
	most := maxRetentionDays // The state's own is not known yet.
	if cmd.Flags().Changed("retention") {
		o.RetentionDays, most = int32(flags.retention), int(flags.retention)
	}
	var err error
	if o.Rules, err = readRules(flags.rules, most); err != nil {
		return verify.Answer{}, err
	}
	show, finish := s.verified()
	defer finish()
	o.Progress = show
	return app.VerifyStopped(ctx, string(flags.stateDirectory), o)
}

// verified shows how many orders are verified, if someone looks.
func (s *session) verified() (show func(verify.Result), finish func()) {
	if !terminal(s.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(s.stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("orders"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	before := int64(0)
	return func(r verify.Result) {
		if r.Orders < before {
			before = 0 // Another partition.
		}
		bar.Describe(fmt.Sprintf("partition %d", r.Partition))
		_ = bar.Add64(r.Orders - before) // What is shown matters to nobody else.
		before = r.Orders
	}, func() { _ = bar.Finish() }
}

// checkAnswer is an error if anything differs or nothing was checked.
func checkAnswer(a *verify.Answer) error {
	switch {
	case a.Total > 0:
		return fmt.Errorf("%s between the state and what its orders add up to: keep the state directory for a report, then delete it to have it restored from the changelog, and verify again", plural(a.Total, "difference"))
	case a.Checked() == 0:
		return errors.New("nothing was verified: no partition of the state could be checked: those listed say why; a process that was killed soon after its first start has nothing on its disk yet, and restores it from the changelog")
	}
	return nil
}

func (s *session) writeAnswer(a *verify.Answer, output string) error {
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(a)
	}
	t := newTable(s.stdout, "PARTITION", "SELLERS", "ORDERS", "BUCKETS", "TIMERS", "DATES", "PARKED", "DIFFERENCES")
	t.right(1, 2, 3, 4, 5, 6, 7, 8)
	for i := range a.Partitions {
		r := &a.Partitions[i]
		found := grouped(r.Total)
		if r.Skipped != "" {
			found = "skipped: " + r.Skipped
		}
		t.row(grouped(int64(r.Partition)), grouped(r.Sellers), grouped(r.Orders), grouped(r.Buckets), grouped(r.Timers), grouped(r.Dates), grouped(r.Parked), found)
	}
	if err := errors.Join(t.write(), s.writeFrozen(a)); err != nil || a.Total == 0 {
		return err
	}
	if _, err := fmt.Fprintln(s.stdout); err != nil {
		return err
	}
	return s.writeDifferences(a)
}

// writeFrozen says how much could not be recomputed.
func (s *session) writeFrozen(a *verify.Answer) error {
	frozen := int64(0)
	for i := range a.Partitions {
		frozen += a.Partitions[i].Frozen
	}
	if frozen == 0 {
		return nil
	}
	_, err := fmt.Fprintf(s.stdout, "\nLeft out: %s that outlived their orders. Buckets and states were held to them.\n", plural(frozen, "day's frozen count"))
	return err
}

func (s *session) writeDifferences(a *verify.Answer) error {
	t := newTable(s.stdout, "PARTITION", "KIND", "SELLER", "ORDER", "DATE", "RULE", "STORED", "COMPUTED")
	t.right(1)
	t.narrow(3, 4)
	for i := range a.Partitions {
		for _, d := range a.Partitions[i].Differences {
			t.row(grouped(int64(a.Partitions[i].Partition)), string(d.Kind), d.Seller, d.Order, d.Date, d.Rule, d.Stored, d.Computed)
		}
	}
	return t.write()
}
