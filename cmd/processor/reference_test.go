package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/config"
	"sellerpulse/internal/intake"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/registry"
	"sellerpulse/internal/state"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/worker"
)

//go:generate go test -run TestReferenceIsCurrent -update

var update = flag.Bool("update", false, "write the generated reference page")

// Generated pages.
const (
	referenceFile = "../../docs/reference/processor.md"
	metricsFile   = "../../docs/reference/metrics.md"
)

func TestReferenceIsCurrent(t *testing.T) {
	for file, want := range map[string]string{referenceFile: reference(), metricsFile: metricsReference()} {
		if *update {
			if err := os.MkdirAll("../../docs/reference", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the program has now: run `go generate ./cmd/processor`", file)
		}
	}
}

// described is a registerer that keeps what metrics say of themselves.
type described []string

func (d *described) Register(c prometheus.Collector) error {
	all := make(chan *prometheus.Desc, 16)
	c.Describe(all)
	close(all)
	for desc := range all {
		*d = append(*d, desc.String())
	}
	return nil
}

func (d *described) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		_ = d.Register(c) // It cannot fail.
	}
}

func (d *described) Unregister(prometheus.Collector) bool { return false }

// description is how a metric prints itself.
var description = regexp.MustCompile(`fqName: "([^"]+)", help: "([^"]*)", unit: "[^"]*", constLabels: {[^}]*}, variableLabels: [{\[]([^}\]]*)[}\]]`)

// metricsReference is the page about all metrics of the service.
func metricsReference() string {
	var all described
	task.NewMetrics(&all)
	worker.NewMetrics(&all)
	forward.NewMetrics(&all)
	intake.NewMetrics(&all, nil)
	_ = all.Register(memory.NewMeter(memory.Default)) // It cannot fail.
	guard, err := access.New(access.Options{})
	if err != nil {
		panic(err) // There is nothing to read.
	}
	schemas, err := registry.New(registry.Options{URLs: []string{"http://registry:8081"}})
	if err != nil {
		panic(err) // It asks nothing.
	}
	all.MustRegister(&state.DB{}, guard, schemas)
	var b strings.Builder
	b.WriteString("# Metrics\n\n<!-- Generated from the metrics by `go generate ./cmd/processor`; do not edit. -->\n\n" +
		"At `/metrics` of `processor run`, beside those of the Go runtime and the process. `processor intake` has those of them whose names begin with `sellerpulse_intake`,\n`sellerpulse_http` and `sellerpulse_schema_registry`.\n\n| metric | labels | what it is |\n|---|---|---|\n")
	slices.Sort(all)
	for _, text := range all {
		m := description.FindStringSubmatch(text)
		if m == nil {
			panic("no description: " + text)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m[1], m[3], m[2])
	}
	return b.String()
}

const referenceHead = `# processor

<!-- Generated from the flags by ` + "`go generate ./cmd/processor`" + `; do not edit. -->

Every flag can be set on the command line, by its environment variable, or in the YAML file of ` + "`--config`" + `, whose keys are the names of the
flags. The command line goes first, then the environment, then the file. One file may serve all commands. An empty environment variable sets
nothing; one that begins with ` + "`SELLERPULSE_`" + ` and is none of these is warned of. Files may begin with a byte order mark, may be written with
anchors and aliases, and are refused, with the line, where they hold something else than values and lists of values.

Exit codes: 0 done; 1 failed, with one line on standard error; 2 wrong usage, a bad value of a flag included. Standard output carries the
answer alone; logs and progress go to standard error.

`

// reference is the page about all commands and flags.
func reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	root := newRoot(&session{})
	for _, sub := range root.Commands() {
		if sub.Name() == "completion" {
			writeCommand(&b, sub)
		}
	}
	for _, cmd := range ownCommands(root) {
		writeCommand(&b, cmd)
	}
	b.WriteString("## Flags of all commands\n\n")
	writeFlagTable(&b, root.PersistentFlags())
	return b.String()
}

func writeCommand(b *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(b, "## processor %s\n\n", nameOf(cmd))
	if ownFlags(cmd) && cmd.Long != "" {
		fmt.Fprintf(b, "%s\n\n", cmd.Long)
	} else {
		fmt.Fprintf(b, "%s.\n\n", cmd.Short)
	}
	fmt.Fprintf(b, "```sh\n%s\n```\n\n", unindented(cmd.Example))
	own := pflag.NewFlagSet("own", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if cmd.Root().PersistentFlags().Lookup(f.Name) == nil && f.Name != "help" {
			own.AddFlag(f)
		}
	})
	if own.HasFlags() {
		writeFlagTable(b, own)
	}
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

func writeFlagTable(b *strings.Builder, flags *pflag.FlagSet) {
	b.WriteString("| flag | what it is | default | environment |\n|---|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		value, use := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if value != "" {
			name += " " + value
		}
		def := defaultText(f)
		if def != "" {
			def = "`" + def + "`"
		}
		escaped := strings.NewReplacer("|", "\\|", "<", "&lt;").Replace(use)
		fmt.Fprintf(b, "| `%s` | %s | %s | `%s` |\n", name, escaped, def, config.Variable(f.Name))
	})
	b.WriteString("\n")
}
