package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// applyFlags is what `processor rules apply` is told.
type applyFlags struct {
	revision, comment string
	retention         days
	history           keptDays
	patience          positive
	dry               bool
	noWait            bool
}

// newRulesApply is `processor rules apply`.
func newRulesApply(s *session) *cobra.Command {
	flags := applyFlags{retention: 120, patience: positive(time.Minute)}
	cmd := &cobra.Command{
		Use: "apply [FILE...] [flags]", Short: "Put rules in force while the service runs",
		Long: `Checks rule files, or takes a revision that was in force before, and writes them as a new revision to the topic of rules. Every partition takes it at a
point between two events of its log, which is recorded with its state: rules that are the same keep their states and numbers, one that is gone falls
silent, and one that is another is evaluated at once (cause RULES). What nobody counted yet is counted first, beside live work, from the orders that are
kept. It then waits until all partitions go by it. A set that is not right changes nothing. It is refused while processes run that were given their rules by --rules.`,
		Example: `  processor rules apply rules.yaml --comment "2 % from March on"
  processor rules apply amazon-2022 walmart-us
  processor rules apply rules.d
  processor rules apply --revision 3
  processor rules apply rules.yaml --dry-run`,
		ValidArgsFunction: completeFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (flags.revision == "") {
				return usage("name rule files or packs, or one --revision to go back to: `processor rules history` lists those that there are")
			}
			return s.apply(cmd.Context(), args, &flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.revision, "revision", "", "`number` of a revision to put in force again")
	f.StringVar(&flags.comment, "comment", "", "`text` that the history tells of it")
	f.Var(&flags.retention, "retention", "for how long orders count, where no process runs that tells it")
	f.Var(&flags.history, "history", "for how long counts are kept, likewise (default the retention)")
	f.Var(&flags.patience, "patience", "time to wait until all partitions go by the rules, while none comes nearer to it")
	addToggle(f, &flags.dry, "dry-run", "check, and apply nothing")
	addToggle(f, &flags.noWait, "no-wait", "do not wait until all partitions go by them")
	return cmd
}

func (s *session) apply(ctx context.Context, names []string, flags *applyFlags) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	book, err := rulebook.Open(ctx, client, s.shared.topics().Rules)
	if err != nil {
		return err
	}
	if err := book.Read(ctx); err != nil {
		return err
	}
	revision := rulebook.Revision{AppliedAt: time.Now().UTC(), Comment: flags.comment}
	if revision.Files, err = revisionFiles(book, names, flags.revision); err != nil {
		return err
	}
	history, err := s.takenBy(ctx, client, max(int(flags.history), int(flags.retention)))
	if err != nil {
		return err
	}
	set, err := rules.ParseAll(history, app.RuleFiles(revision.Files)...)
	if err != nil {
		return err
	}
	if err := writeOver(s.stderr, set, todayInUTC()); err != nil {
		return err
	}
	if flags.dry {
		_, err := fmt.Fprintf(s.stdout, "They are right: %s. Nothing was applied.\n", plural(int64(len(set.Rules())), "rule"))
		return err
	}
	if revision, err = book.Apply(ctx, s.shared.appID, revision); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.stdout, "Revision %d is applied: %s.\n", revision.Number, plural(int64(len(set.Rules())), "rule")); err != nil {
		return err
	}
	if flags.noWait {
		return nil
	}
	return s.awaitRules(ctx, client, revision.Number, time.Duration(flags.patience))
}

// revisionFiles are the rule files that are to be applied: those that are named, or those of an earlier revision.
func revisionFiles(book *rulebook.Book, names []string, number string) (files []rulebook.File, err error) {
	if number != "" {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, usage("--revision: %q is no number: `processor rules history` lists them", number)
		}
		r := book.Find(n)
		if r == nil {
			return nil, fmt.Errorf("there is no revision %d, or none any more: `processor rules history` lists those that there are", n)
		}
		return r.Files, nil
	}
	read, err := rulefile.ReadAll(names)
	if err != nil {
		return nil, usage("%w", err)
	}
	return revisionOf(read), nil
}

// revisionOf is files as a revision has them: by their names without a path, but for two of one name.
func revisionOf(read []rules.File) (files []rulebook.File) {
	times := map[string]int{}
	for _, f := range read {
		times[filepath.Base(f.Name)]++
	}
	files = app.RevisionFiles(read)
	for i := range files {
		if name := filepath.Base(files[i].Name); times[name] == 1 {
			files[i].Name = name
		}
	}
	return files
}

// takenBy looks whether the processes that run take what is applied, and tells for how long they keep counts.
func (s *session) takenBy(ctx context.Context, client *stream.Client, otherwise int) (history int, err error) {
	members, err := worker.Members(ctx, client, s.shared.appID)
	if err != nil {
		return 0, err
	}
	history = otherwise
	for i := range members {
		m := &members[i]
		if by := m.Fact(state.FactRules); by != "" && by != worker.AppliedRules {
			return 0, fmt.Errorf("process %s was given its rules by --rules: change its file and have it read again by SIGHUP, or start it without --rules to have it take what is applied", m.Member)
		}
		if n, err := strconv.Atoi(trimDays(cmp.Or(m.Fact(state.FactHistory), m.Fact(state.FactRetention)))); err == nil {
			history = n
		}
	}
	return history, nil
}
