package main

import (
	"fmt"
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
	LeftOut []string `json:"left_out"` // of the marketplace's rules
}

// newRulesList is `processor rules list`.
func newRulesList(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "List the packs: rules of marketplaces that are part of the program", Args: noArguments,
		Long: `Lists the packs that are part of the program. Their names stand for their files, as in "processor rules print walmart-us". A pack says what a marketplace has
published, on the day that it gives, and what of that it leaves out; the marketplace's own pages are what counts.`,
		Example: `  processor rules list
  processor rules list --output json | jq -r 'select(.days <= 120) | .pack'`,
		RunE: func(*cobra.Command, []string) error {
			var all []*packJSON
			for _, name := range rulefile.Names() {
				p, err := packOfProgram(name)
				if err != nil {
					return err
				}
				all = append(all, p)
			}
			if output.value == "table" {
				return s.writePacks(all)
			}
			for _, p := range all {
				if err := s.writeJSON(p); err != nil {
					return err
				}
			}
			return nil
		},
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

func (s *session) writePacks(all []*packJSON) error {
	t := newTable(s.stdout, "PACK", "MARKETPLACE", "RULES", "FIGURES OF", "LOOKS BACK")
	for _, p := range all {
		figures := "-"
		if p.Figures != nil {
			figures = *p.Figures
		}
		t.row(p.Pack, p.Title, strconv.Itoa(p.Rules), figures, plural(int64(p.Days), "day"))
	}
	if err := t.write(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(s.stdout, "\nWhat they leave out of the marketplaces' rules:"); err != nil {
		return err
	}
	for _, p := range all {
		for _, left := range p.LeftOut {
			if _, err := fmt.Fprintf(s.stdout, "  %s: %s\n", p.Pack, left); err != nil {
				return err
			}
		}
	}
	return nil
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
	p := &packJSON{Pack: name, Title: rulefile.Title(text), Rules: len(set.Rules()), Sources: append([]string{}, of.Sources...), LeftOut: append([]string{}, rulefile.LeftOut(text)...)}
	if of.Figures != nil {
		figures := of.Figures.String()
		p.Figures = &figures
	}
	for _, v := range set.Versions() {
		p.Days = max(p.Days, v.Needs())
	}
	return p, nil
}
