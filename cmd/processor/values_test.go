package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/config"
)

// prepared is a session whose flags have their values, as `processor run` has them.
func prepared(t *testing.T, environment map[string]string, args ...string) (*session, *cobra.Command) {
	t.Helper()
	return preparedFor(t, environment, append([]string{"run"}, args...)...)
}

func preparedFor(t *testing.T, environment map[string]string, args ...string) (*session, *cobra.Command) {
	t.Helper()
	s := &session{environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok }, stderr: t.Output()}
	cmd, rest, err := newRoot(s).Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = s.prepare(cmd)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, cmd
}

func TestListsOfBrokers(t *testing.T) {
	want := []string{"a:1", "b:2"}
	for name, c := range map[string]struct {
		args []string
		env  string
		file string
	}{
		"plain":               {args: []string{"--brokers", "a:1,b:2"}},
		"comma at the end":    {args: []string{"--brokers", "a:1,b:2,"}},
		"spaces":              {args: []string{"--brokers", " a:1 , b:2 "}},
		"spaces alone":        {args: []string{"--brokers", "a:1 b:2"}},
		"nothing between":     {args: []string{"--brokers", ",a:1,,b:2"}},
		"twice the same":      {args: []string{"--brokers", "a:1,b:2,a:1"}},
		"two flags":           {args: []string{"--brokers", "a:1,", "--brokers", "b:2"}},
		"environment":         {env: "a:1, b:2,"},
		"lines":               {env: "a:1\nb:2\n"},
		"text in the file":    {file: "brokers: a:1, b:2,\n"},
		"list in the file":    {file: "brokers:\n  - a:1\n  - 'b:2,'\n  - ''\n"},
		"block in the file":   {file: "brokers: |\n  a:1\n  b:2\n"},
		"empty environment":   {env: "", file: "brokers: [a:1, b:2]\n"},
		"spaces of the shell": {env: "\n", file: "brokers: [a:1, b:2]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			environment := map[string]string{"SELLERPULSE_BROKERS": c.env}
			if c.file != "" {
				environment["SELLERPULSE_CONFIG"] = write(t, "c.yaml", c.file)
			}
			if s, _ := prepared(t, environment, c.args...); !slices.Equal(s.shared.brokers, want) {
				t.Errorf("brokers %q, want %q", s.shared.brokers, want)
			}
		})
	}
}

func TestTogglesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"true": "true", "True": "true", "yes": "true", "YES": "true", "on": "true", "1": "true", "false": "false", "no": "false", "Off": "false", "0": "false",
	} {
		file := write(t, "c.yaml", "until-end: "+text+"\n")
		_, byFile := prepared(t, map[string]string{"SELLERPULSE_CONFIG": file})
		_, byVariable := prepared(t, map[string]string{"SELLERPULSE_UNTIL_END": text})
		_, byFlag := prepared(t, nil, "--until-end="+text)
		for source, cmd := range map[string]*cobra.Command{"file": byFile, "environment": byVariable, "flag": byFlag} {
			if f := cmd.Flags().Lookup("until-end"); f.Value.String() != want || !f.Changed {
				t.Errorf("%s of the %s is %s, want %s", text, source, f.Value, want)
			}
		}
	}
	if _, cmd := prepared(t, nil, "--until-end"); cmd.Flags().Lookup("until-end").Value.String() != "true" {
		t.Error("--until-end alone is not on")
	}
}

// An empty variable sets no flag of any command, whatever its type.
func TestEmptyVariablesSetNothing(t *testing.T) {
	root := newRoot(&session{})
	environment := map[string]string{}
	for _, key := range append(settable(root), "config") {
		environment[config.Variable(key)] = ""
	}
	for _, sub := range root.Commands() {
		if !ownFlags(sub) {
			continue
		}
		_, cmd := preparedFor(t, environment, sub.Name())
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Changed || f.Value.String() != f.DefValue {
				t.Errorf("%s: --%s is %q, want its default", sub.Name(), f.Name, f.Value)
			}
		})
	}
}

// The files of settings that were taken for something else.
func TestSharedFilesOfSettings(t *testing.T) {
	for name, want := range map[string]string{"bom.yaml": "sellerpulse-state", "anchors.yaml": "/tmp/sellerpulse-anchored"} {
		file := filepath.Join("../../../shared/data/cases", name)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
			t.Skip("the cases lie beside the project, and are not there")
		}
		s, cmd := prepared(t, nil, "--config", file)
		if got := cmd.Flags().Lookup("state-dir").Value.String(); got != want || !slices.Equal(s.shared.brokers, []string{"127.0.0.1:9092"}) {
			t.Errorf("%s: state in %q, brokers %q", name, got, s.shared.brokers)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]size{
		"512MiB": 512 << 20, "2GiB": 2 << 30, "2 GiB": 2 << 30, "2Gi": 2 << 30, "1.5GiB": 3 << 29, "1GB": 1_000_000_000, "1073741824": 1 << 30, "192mib": 192 << 20,
	} {
		var s size
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%s: %d, error %v, want %d", text, s, err, want)
		}
	}
	for _, s := range []size{192 << 20, 512 << 20, 2 << 30} {
		var again size
		if err := again.Set(s.String()); err != nil || again != s {
			t.Errorf("%s is read back as %d, error %v", s.String(), again, err)
		}
	}
	s, cmd := prepared(t, map[string]string{"SELLERPULSE_MEMORY": "512MiB"})
	if got := cmd.Flags().Lookup("memory").Value.String(); s == nil || got != "512MiB" {
		t.Errorf("by the environment: %s", got)
	}
}
