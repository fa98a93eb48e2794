package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// load loads a configuration with the flags name, count, wait, dry and brokers; other is a flag of another command.
func load(t *testing.T, args []string, environment map[string]string, file string) (*pflag.FlagSet, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("name", "default", "")
	flags.Int("count", 1, "")
	flags.Duration("wait", time.Second, "")
	flags.Bool("dry", false, "")
	flags.StringSlice("brokers", []string{"localhost:9092"}, "")
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	from := Sources{
		Environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok },
		Known:       func(key string) bool { return key == "other" || flags.Lookup(key) != nil },
	}
	if file != "" {
		from.File = filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(from.File, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return flags, Load(flags, from)
}

func TestPrecedence(t *testing.T) {
	const variable, file = "SELLERPULSE_NAME", "name: file\n"
	for _, c := range []struct {
		name        string
		args        []string
		environment map[string]string
		file        string
		want        string
	}{
		{"default", nil, nil, "", "default"},
		{"file", nil, nil, file, "file"},
		{"environment over file", nil, map[string]string{variable: "environment"}, file, "environment"},
		{"flag over all", []string{"--name", "flag"}, map[string]string{variable: "environment"}, file, "flag"},
		{"flag that is the default over all", []string{"--name", "default"}, map[string]string{variable: "environment"}, file, "default"},
		{"empty environment over file", nil, map[string]string{variable: ""}, file, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			flags, err := load(t, c.args, c.environment, c.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := flags.Lookup("name").Value.String(); got != c.want {
				t.Errorf("name is %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryTypeFromFile(t *testing.T) {
	flags, err := load(t, nil, nil, "# all of them\nname: \"a: b\"\ncount: 7\nwait: 1m\ndry: true\nother: x\nbrokers:\n  - a:1\n  - b:2\n")
	if err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{"name": "a: b", "count": "7", "wait": "1m0s", "dry": "true", "brokers": "[a:1,b:2]"} {
		if f := flags.Lookup(flag); f.Value.String() != want || !f.Changed {
			t.Errorf("%s is %s, changed %v; want %s", flag, f.Value, f.Changed, want)
		}
	}
}

func TestFilesWithoutValues(t *testing.T) {
	for _, file := range []string{"\n", "# nothing yet\n", "---\n"} {
		if _, err := load(t, nil, nil, file); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct {
		name        string
		environment map[string]string
		file        string
		want        []string
	}{
		{"unknown key", nil, "name: x\n\ntitle: y\n", []string{"c.yaml:3:", `unknown key "title"`}},
		{"bad value", nil, "name: x\ncount: many\n", []string{"c.yaml:2:", "count", `"many"`}},
		{"nested", nil, "name:\n  first: x\n", []string{"c.yaml:1:", "name", "neither a scalar"}},
		{"no value", nil, "name:\n", []string{"c.yaml:1:", "name", "no value"}},
		{"list of nothing in particular", nil, "- name\n", []string{"c.yaml:1:", "flag: value"}},
		{"syntax", nil, "name: [x\n", []string{"c.yaml:1:"}},
		{"twice", nil, "name: x\nname: y\n", []string{"c.yaml:2:", "name"}},
		{"environment", map[string]string{"SELLERPULSE_COUNT": "many"}, "", []string{"SELLERPULSE_COUNT", `"many"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, nil, c.environment, c.file)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	err := Load(flags, Sources{File: filepath.Join(t.TempDir(), "none.yaml")})
	if err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("error %v, want one that names the file", err)
	}
}
