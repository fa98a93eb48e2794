package config

import (
	"os"
	"path/filepath"
	"slices"
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
		Keys:        []string{"name", "count", "wait", "dry", "brokers", "other"},
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
		{"empty environment", nil, map[string]string{variable: ""}, "", "default"},
		{"empty environment and file", nil, map[string]string{variable: ""}, file, "file"},
		{"environment of a line end", nil, map[string]string{variable: "\r\n"}, file, "file"},
		{"environment with a line end", nil, map[string]string{variable: "environment\r\n"}, file, "environment"},
		{"empty text in the file", nil, nil, "name: ''\n", ""},
		{"empty flag", []string{"--name="}, map[string]string{variable: "environment"}, file, ""},
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

// An empty variable sets nothing, of whatever type the flag is.
func TestEmptyVariablesOfEveryType(t *testing.T) {
	environment := map[string]string{}
	for _, flag := range []string{"name", "count", "wait", "dry", "brokers"} {
		environment[Variable(flag)] = ""
	}
	flags, err := load(t, nil, environment, "")
	if err != nil {
		t.Fatal(err)
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Value.String() != f.DefValue {
			t.Errorf("%s is %s, changed %v; want its default", f.Name, f.Value, f.Changed)
		}
	})
}

// What YAML means, however it is written.
func TestFormsOfYAML(t *testing.T) {
	for name, file := range map[string]string{
		"byte order mark": "\xef\xbb\xbfname: x\nbrokers: [a:1, b:2]\n", "line ends of Windows": "name: x\r\nbrokers:\r\n  - a:1\r\n  - b:2\r\n",
		"anchors": "name: &n x\nbrokers: &b [a:1, b:2]\n", "alias": "other: &n x\nname: *n\nbrokers: [a:1, b:2]\n", "flow": "{name: x, brokers: [\"a:1\", \"b:2\"]}",
		"documents": "name: x\n---\nbrokers: [a:1, b:2]\n", "tag": "name: !!str x\nbrokers: 'a:1,b:2'\n", "explicit key": "? name\n: x\nbrokers: a:1,b:2\n",
		"block": "name: |\n  x\nbrokers: >-\n  a:1,b:2\n",
	} {
		flags, err := load(t, nil, nil, file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name, brokers := flags.Lookup("name").Value.String(), flags.Lookup("brokers").Value.String(); name != "x" || brokers != "[a:1,b:2]" {
			t.Errorf("%s: name %q, brokers %s", file, name, brokers)
		}
	}
}

func TestStrays(t *testing.T) {
	got := Strays([]string{
		"PATH=/bin", "SELLERPULSE_BROKERS=x", "SELLERPULSE_BROKER=x", "SELLERPULSE_STATE-DIR=x", "SELLERPULSE_PROFILE=x", "SELLERPULSE_APP_ID", "sellerpulse_brokers=x",
		// Of a service "sellerpulse", and one "sellerpulse-metrics".
		"SELLERPULSE_SERVICE_HOST=10.0.0.1", "SELLERPULSE_SERVICE_PORT=80", "SELLERPULSE_SERVICE_PORT_HTTP=80", "SELLERPULSE_PORT=tcp://10.0.0.1:80",
		"SELLERPULSE_PORT_80_TCP=x", "SELLERPULSE_PORT_80_TCP_ADDR=x", "SELLERPULSE_METRICS_PORT_80_TCP_PROTO=tcp", "SELLERPULSE_METRICS_SERVICE_HOST=x",
	}, []string{"brokers", "state-dir", "app-id"})
	want := []Stray{{"SELLERPULSE_BROKER", "SELLERPULSE_BROKERS"}, {"SELLERPULSE_STATE-DIR", "SELLERPULSE_STATE_DIR"}, {"SELLERPULSE_PROFILE", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
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
		{"near key", nil, "brokres: x\n", []string{"c.yaml:1:", `unknown key "brokres"`, "did you mean brokers?"}},
		{"key of another style", nil, "--Brokers: x\n", []string{"c.yaml:1:", "did you mean brokers?"}},
		{"list of lists", nil, "brokers: [a:1, [b:2]]\n", []string{"c.yaml:1:", "brokers", "neither a scalar nor a list of scalars"}},
		{"list with nothing", nil, "brokers:\n  - a:1\n  -\n", []string{"c.yaml:1:", "brokers", "neither a scalar nor a list of scalars"}},
		{"list for one value", nil, "name: [x, y]\n", []string{"c.yaml:1:", "name", "a list, but the flag takes one value"}},
		{"list of one for one value", nil, "name:\n  - x\n", []string{"c.yaml:1:", "name", "a list, but the flag takes one value"}},
		{"alias of nothing", nil, "name: *x\n", []string{"c.yaml:1:", "alias *x", "quotes"}},
		{"merge key", nil, "<<: {name: x}\n", []string{"c.yaml:1:", "merge key"}},
		{"binary", nil, "name: !!binary eA==\n", []string{"c.yaml:1:", "tag !!binary"}},
		{"null", nil, "name: ~\n", []string{"c.yaml:1:", "name", "no value: leave the key out"}},
		{"tab", nil, "brokers:\n\t- a:1\n", []string{"c.yaml:2:", "tab", "indent by spaces"}},
		{"twice by an alias", nil, "name: &x name\n*x : y\n", []string{"c.yaml:2:", "name", "already in line 1"}},
		{"UTF-16", nil, "\xff\xfen\x00", []string{"c.yaml: it is in utf-16: save it as UTF-8"}},
		{"large", nil, strings.Repeat("#", 1<<20) + "\n", []string{"c.yaml: larger than 1048576 bytes"}},
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

// Quotes that nothing took off are said, whatever the flag takes, and quotes within a value are its own.
func TestQuotedVariables(t *testing.T) {
	for _, value := range []string{`"x"`, "'x'", `""`} {
		if _, err := load(t, nil, map[string]string{"SELLERPULSE_NAME": value}, ""); err == nil || !strings.Contains(err.Error(), "environment variable SELLERPULSE_NAME: quotes are part of the value "+value) {
			t.Errorf("%s: error %v, want one about the quotes", value, err)
		}
	}
	for _, value := range []string{`"`, `a"b"`, `"a'`} {
		flags, err := load(t, nil, map[string]string{"SELLERPULSE_NAME": value}, "")
		if err != nil || flags.Lookup("name").Value.String() != value {
			t.Errorf("%s: error %v, name %s", value, err, flags.Lookup("name").Value)
		}
	}
}

// A flag that is none of the settings, such as --help, is not set by a variable of its name.
func TestVariablesOfNoSetting(t *testing.T) {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Bool("help", false, "")
	all := func(string) (string, bool) { return "1.2.3", true }
	if err := Load(flags, Sources{Environment: all, Keys: []string{"name"}}); err != nil || flags.Changed("help") {
		t.Errorf("error %v, help %s", err, flags.Lookup("help").Value)
	}
}
