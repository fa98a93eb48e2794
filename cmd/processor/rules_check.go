package main

import (
	"io"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"sellerpulse/pkg/rules"
)

// newRulesCheck is `processor rules check`.
func newRulesCheck(s *session) *cobra.Command {
	var history days
	cmd := &cobra.Command{
		Use: "check FILE... [flags]", Short: "Check rule files, alone and together", Args: fileOrPack(1, math.MaxInt),
		Long: `Reads rule files as one set, as a processor would that has them all, and tells what is in them and over how many days they look back. The first thing
that is wrong is told with its file, line, column and key and what to write instead; the exit code is then 1.`,
		Example: `  processor rules check rules.yaml
  processor rules check rules.yaml walmart-us --history 400
  processor rules check rules.d`,
		ValidArgsFunction: completeFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := parseRules(args, history)
			if err != nil {
				return err
			}
			return writeCheck(s.stdout, set)
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
