package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// newRulesCheck is `processor rules check`.
func newRulesCheck(s *session) *cobra.Command {
	var history days
	cmd := &cobra.Command{
		Use: "check FILE... [flags]", Short: "Check rule files, alone and together", Args: fileOrPack(1, math.MaxInt),
		Long: `Reads rule files as one set, as a processor would that has them all, and tells what is in them and over how many days they look back. The first thing
that is wrong is told with its file, line, column and key and what to write instead; the exit code is then 1. Overrides whose days are over, by the date
in UTC, are no error, but they are told.`,
		Example: `  processor rules check rules.yaml
  processor rules check rules.yaml walmart-us --history 400
  processor rules check rules.d`,
		ValidArgsFunction: completeFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := parseRules(args, history)
			if err != nil {
				return err
			}
			if err := writeCheck(s.stdout, set); err != nil {
				return err
			}
			return writeOver(s.stdout, set, todayInUTC())
		},
	}
	addHistory(cmd.Flags(), &history)
	return cmd
}

func writeCheck(w io.Writer, set *rules.Set) error {
	t := newTable(w, "PACK", "RULES", "VERSIONS", "METRICS", "FIGURES OF", "LOOKS BACK")
	for _, p := range set.Packs() {
		named, versions, back := 0, 0, 0
		for _, n := range set.Rules() {
			if n.Versions[0].Pack != p.Name {
				continue
			}
			named++
			versions += len(n.Versions)
			for _, v := range n.Versions {
				back = max(back, v.Needs())
			}
		}
		t.row(p.Name, strconv.Itoa(named), strconv.Itoa(versions), strconv.Itoa(len(p.Metrics)), dateText(p.Figures), plural(int64(back), "day"))
	}
	return t.write()
}

// todayInUTC is the date by which commands go that know no processor's time zone.
func todayInUTC() windows.Date { return windows.Date(time.Now().Unix() / 86_400) }

// writeOver tells of overrides that say nothing any more.
func writeOver(w io.Writer, set *rules.Set, today windows.Date) error {
	for i, o := range set.Over(today) {
		if i == 0 {
			fmt.Fprintln(w)
		}
		file, line := o.Place()
		if _, err := fmt.Fprintf(w, "%s: line %d: the days of this override are over: remove it, or give it later ones.\n", file, line); err != nil {
			return err
		}
	}
	return nil
}
