package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"sellerpulse/internal/rulefile"
	"sellerpulse/pkg/rules"
)

// packJSON is a pack of the program, as JSON.
type packJSON struct {
	Pack    string   `json:"pack"`
	Title   string   `json:"title"`
	Rules   int      `json:"rules"`
	Figures *string  `json:"figures"` // the day on which somebody last read the sources; null where the pack does not say
	Days    int      `json:"days"`    // over which its rules look back
	Sources []string `json:"sources"`
}

// newRulesList is `processor rules list`.
func newRulesList(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "List the packs: rules of marketplaces that are part of the program", Args: noArguments,
		Long: `Lists the packs that are part of the program. Their names stand for their files, as in "processor rules print walmart-us". A pack says what a marketplace has
published, on the day that it gives; the marketplace's own pages are what counts.`,
		Example: `  processor rules list
  processor rules list --output json | jq -r 'select(.days <= 120) | .pack'`,
		RunE: func(*cobra.Command, []string) error {
			t := newTable(s.stdout, "PACK", "MARKETPLACE", "RULES", "FIGURES OF", "LOOKS BACK")
			for _, name := range rulefile.Names() {
				p, err := packOfProgram(name)
				if err != nil {
					return err
				}
				if output.value == "json" {
					if err := s.writeJSON(p); err != nil {
						return err
					}
					continue
				}
				figures := "-"
				if p.Figures != nil {
					figures = *p.Figures
				}
				t.row(p.Pack, p.Title, strconv.Itoa(p.Rules), figures, plural(int64(p.Days), "day"))
			}
			if output.value == "json" {
				return nil
			}
			return t.write()
		},
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

func packOfProgram(name string) (*packJSON, error) {
	text, err := rulefile.Pack(name)
	if err != nil {
		return nil, err
	}
	set, err := rules.ParseAll(historyOfRules, rules.File{Name: name, Text: text})
	if err != nil {
		return nil, err
	}
	of := set.Packs()[0]
	p := &packJSON{Pack: name, Title: rulefile.Title(text), Rules: len(set.Rules()), Sources: append([]string{}, of.Sources...)}
	if of.Figures != nil {
		figures := of.Figures.String()
		p.Figures = &figures
	}
	for _, v := range set.Versions() {
		p.Days = max(p.Days, v.Needs())
	}
	return p, nil
}
