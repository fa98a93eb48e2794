package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/whatif"
	"sellerpulse/pkg/rules"
)

// whatIfFlags is what `processor rules what-if` is told.
type whatIfFlags struct {
	url, tokenFile string
	stateDirectory directory
	revision       string
	limit          count
	output         choice
}

// newRulesWhatIf is `processor rules what-if`.
func newRulesWhatIf(s *session) *cobra.Command {
	flags := whatIfFlags{limit: 50, output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "what-if [FILE...] [flags]", Short: "Tell who would change if rules were put in force",
		Long: `Tries rule files, or a revision that was in force before, as one set on the sellers as they stand now: how many would be in which state of each rule, who
would change, from what to what and by which numbers, and how many alerts "processor rules apply" would publish. Orders are counted anew where the rules count
what was not counted yet. Nothing is published and nothing is changed.

A process that runs asks all others that work on partitions, with the operator's token that it is given; each tells of its last checkpoint, some seconds
ago, and tries rules for one who asks at a time, for --verify-timeout at most. With --state-dir it is the directory of a process that has stopped, or a copy of
one. The exit code is 1 if nothing can be told of a partition, which is told with its reason.`,
		Example: `  processor rules what-if own.yaml
  processor rules what-if amazon-2022 walmart-us --url https://sellerpulse.example:8080 --token-file operator.token
  processor rules what-if own.yaml --output json --limit 10000 | jq -r '.changes[] | select(.to == "BREACHED") | .seller_id'
  processor rules what-if --revision 3
  processor rules what-if own.yaml --state-dir /var/lib/sellerpulse`,
		ValidArgsFunction: completeFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (flags.revision == "") {
				return usage("name rule files or packs, or one --revision that was applied: `processor rules history` lists those that there are")
			}
			if flags.limit > app.MaxChanges {
				return usage("--limit: at most %d changes are told", app.MaxChanges)
			}
			return s.whatIf(cmd, args, &flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.url, "url", defaultURL, "`address` of a running process to ask; goes before --state-dir")
	f.StringVar(&flags.tokenFile, "token-file", "", "`file` with an operator's token and nothing else, for a process that asks who asks")
	f.Var(&flags.stateDirectory, "state-dir", "`directory` of the local state of a process that has stopped, or a copy of one, to read instead")
	f.StringVar(&flags.revision, "revision", "", "`number` of a revision of the rules to try")
	f.Var(&flags.limit, "limit", "most changes that are told one by one; all are counted")
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

func (s *session) whatIf(cmd *cobra.Command, names []string, flags *whatIfFlags) error {
	files, err := s.triedFiles(cmd.Context(), names, flags.revision)
	if err != nil {
		return err
	}
	if _, err := rules.ParseAll(historyOfRules, files...); err != nil {
		return err // Before anybody is asked.
	}
	show, finish := s.tried()
	answer, err := s.try(cmd, files, flags, show)
	finish()
	if err != nil {
		return err
	}
	if flags.output.value == "json" {
		err = s.writeJSON(answer)
	} else {
		err = s.writeWhatIf(answer)
	}
	if err == nil && len(answer.Missing) > 0 {
		err = fmt.Errorf("nothing can be told of %s: %s", plural(int64(len(answer.Missing)), "partition"), answer.Missing[0].Why)
	}
	return err
}

// triedFiles are the rule files that are to be tried: those that are named, or those of a revision.
func (s *session) triedFiles(ctx context.Context, names []string, revision string) ([]rules.File, error) {
	if revision == "" {
		files, err := rulefile.ReadAll(names)
		if err != nil {
			return nil, usage("%w", err)
		}
		return files, nil
	}
	client, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	book, err := rulebook.Open(ctx, client, s.shared.topics().Rules)
	if err != nil {
		return nil, err
	}
	if err := book.Read(ctx); err != nil {
		return nil, err
	}
	files, err := revisionFiles(book, nil, revision)
	return app.RuleFiles(files), err
}

// try asks the process, or reads the directory if one is given and no address.
func (s *session) try(cmd *cobra.Command, files []rules.File, flags *whatIfFlags, show func(int32, int64)) (*whatif.Answer, error) {
	ctx, most := cmd.Context(), int(flags.limit)
	if cmd.Flags().Changed("state-dir") && !cmd.Flags().Changed("url") {
		parse := func(days int) (*rules.Set, error) { return rules.ParseAll(days, files...) }
		return whatif.Stopped(ctx, string(flags.stateDirectory), parse, whatif.Options{Most: most, Progress: show})
	}
	token, err := s.token(flags.tokenFile, flags.url)
	if err != nil {
		return nil, err
	}
	return app.WhatIfRunning(ctx, flags.url, token, files, most, show)
}

// tried shows how many sellers are tried, if someone looks.
func (s *session) tried() (show func(partition int32, sellers int64), finish func()) {
	if !terminal(s.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(s.stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("sellers"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	var mutex sync.Mutex
	done := map[int32]int64{}
	return func(partition int32, sellers int64) {
		mutex.Lock()
		defer mutex.Unlock()
		_ = bar.Add64(sellers - done[partition]) // What is shown matters to nobody else.
		done[partition] = sellers
	}, func() { _ = bar.Finish() }
}
