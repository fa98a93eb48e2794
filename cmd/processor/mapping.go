package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mappingfile"
)

// newMapping is `processor mapping`.
func newMapping(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "mapping COMMAND", Short: "Check, test and try mappings: what makes events of records of others", Args: unknownCommand,
		Long: `Works with mapping files, by which "intake", "run --intake" and "produce --mapping" make events of records in somebody else's form. Where a FILE is asked for, the
name of a mapping will do that is part of the program, such as shopify. docs/intake.md teaches the language of the files.`,
		Example: `  processor mapping list
  processor mapping print shopify > mine.yaml
  processor mapping check mine.yaml
  processor mapping test mine.txt
  processor mapping try mine.yaml --topic shop.orders --from earliest`,
		RunE: func(*cobra.Command, []string) error {
			return usage("name a command: see --help for those that there are")
		},
	}
	cmd.AddCommand(newMappingList(s), newMappingPrint(s), newMappingCheck(s), newMappingTest(s), newMappingTry(s))
	return cmd
}

// constants is a flag of constants of a mapping, such as "seller=S1", given once for each.
type constants map[string]string

func (c *constants) String() string { return strings.Join(c.GetSlice(), ",") }
func (c *constants) Type() string   { return "name=value" }

// Set adds to what was given before.
func (c *constants) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return errors.New("use name=value, such as seller=S1")
	}
	if *c == nil {
		*c = constants{}
	}
	(*c)[name] = value
	return nil
}

// Append makes it a flag of several values, which a file may write as a list.
func (c *constants) Append(text string) error { return c.Set(text) }

// Replace forgets what was given before.
func (c *constants) Replace(list []string) error {
	*c = nil
	for _, text := range list {
		if err := c.Set(text); err != nil {
			return err
		}
	}
	return nil
}

// GetSlice is all that was given.
func (c *constants) GetSlice() (texts []string) {
	for _, name := range slices.Sorted(maps.Keys(*c)) {
		texts = append(texts, name+"="+(*c)[name])
	}
	return texts
}

// mappingFlags say how a mapping is read.
type mappingFlags struct {
	set    constants
	topics []string
	schema schemaLookup // nil: of values of Avro none is read by a registry
}

func (m *mappingFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&m.set, "set", "constant of the mapping to set, as `name=value`, given once for each")
}

// addMapping adds the flag that names a mapping, whose use says what for.
func addMapping(cmd *cobra.Command, file *string, use string) {
	cmd.Flags().StringVar(file, "mapping", "", "mapping `file`, or the name of one that is part of the program"+use)
	_ = cmd.RegisterFlagCompletionFunc("mapping", completeMappings) // The flag exists.
}

// addTopics adds the flag that says where the records are.
func (m *mappingFlags) addTopics(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&m.topics, "from-topics", nil, "`names` of the topics to read instead of those that the mapping names, separated by commas; of several sources as source=topic")
}

// parse reads a mapping with its tables. Its errors are of usage.
func (m *mappingFlags) parse(s *session, name string) (*mapping.Mapping, error) {
	parsed, err := m.read(s, name)
	if err != nil {
		return nil, usage("%w", err)
	}
	if len(m.topics) > 0 {
		if err := parsed.From(m.topics); err != nil {
			return nil, usage("--from-topics: %w", err)
		}
	}
	return parsed, nil
}

func (m *mappingFlags) read(s *session, name string) (*mapping.Mapping, error) {
	return mappingfile.Parse(name, mapping.Options{Set: m.set, Environment: s.environment, Schema: m.schema})
}

// someMappings says how many mappings a command takes.
func someMappings(least, most int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage("name a mapping file or a mapping: `processor mapping list` has the mappings")
		case len(args) > most:
			return usage("unexpected argument %q", args[most])
		}
		return nil
	}
}

// completeMappings completes mapping files: those of the program, and whatever files there are.
func completeMappings(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return mappingfile.Names(), cobra.ShellCompDirectiveDefault
}

// sourceText is where a source's records are, for a person.
func sourceText(s *mapping.Source) string {
	var from []string
	if len(s.Topics) > 0 {
		from = append(from, "topics "+strings.Join(s.Topics, ", "))
	}
	if s.Pattern != nil {
		from = append(from, fmt.Sprintf("topics like %v", s.Pattern))
	}
	if s.Files != "" {
		from = append(from, "files "+s.Files)
	}
	return strings.Join(from, "; ")
}
