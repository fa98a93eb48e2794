package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/test/brokertest"
)

// result is what a call of the command left.
type result struct {
	code           int
	stdout, stderr string
}

// call runs the command line with an environment of its own.
func call(t *testing.T, environment map[string]string, stdin string, args ...string) result {
	t.Helper()
	return callUntil(t.Context(), 0, environment, stdin, args...)
}

func callUntil(ctx context.Context, dialTimeout time.Duration, environment map[string]string, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	s := &session{
		environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok },
		stdin:       strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, dialTimeout: dialTimeout,
	}
	for variable, value := range environment {
		s.variables = append(s.variables, variable+"="+value)
	}
	code := run(ctx, args, s)
	return result{code, stdout.String(), stderr.String()}
}

// write makes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Nothing answers at this address: port 1 of loopback is not listened on.
const nobody = "127.0.0.1:1"

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "no command given"},
		{"prodce", "did you mean produce?"},
		{"nonsense", `unknown command "nonsense"`},
		{"help nonsense", `unknown command "nonsense"`},
		{"completion", "name a shell"},
		{"completion tcsh", `"tcsh"`},
		{"run --bogus", "unknown flag: --bogus (see"},
		{"run --broker x:1", "unknown flag: --broker; did you mean --brokers?"},
		{"run --app_id x", "unknown flag: --app_id; did you mean --app-id?"},
		{"run -brokers x:1", "in -brokers; did you mean --brokers?"},
		{"alerts --state-dir x", "unknown flag: --state-dir; it is a flag of backfill discard and backfill start and forecast and history and orders and reconcile and report and rules what-if and run and verify and why"},
		{"topics --seller S1", "unknown flag: --seller; it is a flag of backfill diff and dead-letters list and dead-letters resubmit and export and forecast and history and orders and reconcile and report"},
		{"run --until-end=maybe", "--until-end\" flag: use true or false"},
		{"run --commit-interval 10", "with its unit, such as 100ms or 10s; did you mean 10s?"},
		{"run --session-timeout 2d", "with its unit, such as 100ms or 10s; did you mean 48h?"},
		{"run --retention 10h", "use a number of days from 1 to 3660, such as 120d"},
		{"run --state-dir ~/state", "write the path out"},
		{"run --state-dir=/var/${NAME}/state", "write the path out"},
		{"run --partitioner Murmur2", "use murmur2 or any; did you mean murmur2?"},
		{"run extra", `unexpected argument "extra"`},
		{"run --retention x", "--retention"},
		{"run --retention 0", "--retention"},
		{"run --retention 89d", "look back over 90 days"},
		{"run --time-zone Mars/Olympus", "--time-zone"},
		{"run --time-zone Local", "--time-zone"},
		{"run --as-of yesterday --until-end", "--as-of"},
		{"run --as-of 2026-01-01T00:00:00Z", "--until-end"},
		{"run --commit-interval 0s", "--commit-interval"},
		{"run --commit-events 0", "--commit-events"},
		{"run --partitioner crc32", "--partitioner"},
		{"run --memory 512", "use at least 192MiB"},
		{"run --memory 100MiB", "use at least 192MiB"},
		{"run --memory much", "use a number of bytes with its unit, such as 512MiB or 2GiB"},
		{"run --memory -1GiB", "use a number of bytes with its unit"},
		{"run --memory 16EiB", "use a number of bytes with its unit"},
		{"run --web-config-file web.yaml", "unknown flag: --web-config-file"},
		{"run --listen :8080", "--listen :8080: others than this machine could ask, and nothing tells who they are: give --http-tokens-file"},
		{"run --listen 0.0.0.0:8080 --metrics-public", "or --insecure-listen"},
		{"backfill start x --listen :8080", "--insecure-listen"},
		{"demo --listen :8080", "--insecure-listen"},
		{"run --http-tokens-file /none/tokens", "--http-tokens-file: open /none/tokens"},
		{"run --http-tls-cert /none/cert", "--http-tls-cert goes with --http-tls-key"},
		{"run --http-tls-client-ca /none/ca", "--http-tls-client-ca goes with"},
		{"run --http-rate 0", "--http-rate"},
		{"run --http-connections 0", "--http-connections"},
		{"run --http-session 0s", "--http-session"},
		{"run --oidc-client-id x", "the --oidc flags go with --oidc-issuer"},
		{"run --oidc-issuer https://issuer.example", "--oidc-issuer goes with --oidc-client-id"},
		{"token", "name a command: see --help for those that there are"},
		{"token new", "say whose token it is: --name and --role"},
		{"token new --name alice --role admin", "use viewer or operator"},
		{"token new --name a/b --role viewer", `--name: name "a/b": use up to 64 letters`},
		{"verify --token-file /none/token", "--token-file goes with --url"},
		{"verify --url http://127.0.0.1:1 --token-file /none/token", "--token-file: stat /none/token"},
		{"run --listen nowhere", "--listen"},
		{"run --listen :99999", "use host:port, such as 127.0.0.1:8080 or :8080"},
		{"run --listen :nothing", "use host:port, such as 127.0.0.1:8080 or :8080"},
		{"run --advertise processor-1", "no port in it: use where other processes reach this one, as host:port or a URL without a path, such as processor-1.example:8080"},
		{"run --advertise 0.0.0.0:8080", "all interfaces are no address of this process"},
		{"run --advertise http://processor-1:8080/api", "there is something behind the port"},
		{"run --listen= --advertise processor-1:8080", "--advertise goes with --listen"},
		{"backfill start mended --advertise processor-1:8080", "--advertise goes with --listen"},
		{"run --peer-tls-ca /none.pem", "--peer-tls-ca: open /none.pem"},
		{"run --state-dir=", "--state-dir"},
		{"run --skip orders/2", "--skip"},
		{"run --skip orders/2@-1", "--skip"},
		{"run --skip orders/2@17,orders@18", "topic/partition@offset"},
		{"run --skip refunds/2@17", `topic "refunds" is not an input`},
		{"run --skip orders/2@17 --topic-prefix x-", "the inputs are x-orders"},
		{"run --rules /does/not/exist", "/does/not/exist"},
		{"run --config /does/not/exist", "/does/not/exist"},
		{"run --log-level loud", "--log-level"},
		{"run --brokers nowhere", `"nowhere" is not host:port, such as kafka:9092`},
		{"run --brokers PLAINTEXT://kafka:9092", `"PLAINTEXT://kafka:9092" is not host:port, such as kafka:9092`},
		{"run --brokers kafka:http", `"kafka:http" is not host:port`},
		{"run --brokers kafka:0", `"kafka:0" is not host:port`},
		{"run --brokers kafka:9092,:9092", `":9092" is not host:port`},
		{"run --brokers ,", "none given: use host:port, such as kafka:9092"},
		{"run --brokers=", "none given: use host:port, such as kafka:9092"},
		{"run --app-id a/b", "--app-id"},
		{"topics --topic-alerts orders", `"orders" is given twice`},
		{"topics --topic-prefix !", "topic name"},
		{"topics --partitions 0", "--partitions"},
		{"topics --replication-factor none", "--replication-factor"},
		{"produce - file -", `standard input is given twice as "-"`},
		{"produce --max-errors 0", "--max-errors"},
		{"export file", `unexpected argument "file"`},
		{"export --from yesterday", "--from"},
		{"export --from 2026-03-01T00:00:00Z --to 2026-03-01T01:00:00+01:00", "--from 2026-03-01T00:00:00Z is not before --to 2026-03-01T01:00:00+01:00"},
		{"export --output xml", "use json or avro"},
		{"export --compression lzo", "use deflate or null or snappy or zstandard"},
		{"alerts --output xml", "use table or json (see"},
		{"alerts --output tabel", "use table or json; did you mean table?"},
		{"report", "--seller"},
		{"report --seller S1 --all", "exclude each other"},
		{"report --all --output table", "JSON only"},
		{"report --seller S1 --from 2026-01-01", "--from and --to go together"},
		{"report --all --from 2026-01-01 --to 2026-01-02", "leave out --from and --to"},
		{"report --seller S1 --from yesterday", "--from\" flag: use a date such as 2026-03-01"},
		{"orders", "name a seller with --seller"},
		{"orders --seller S1 --metric claim_rate --part DE", "--part is that of a rule: name it with --rule"},
		{"orders --seller S1 --rule odr --metric claim_rate", "--rule and --metric exclude each other"},
		{"orders --seller S1 --which miss", "--which miss of what: name a --rule or a --metric"},
		{"orders --seller S1 --order O1 --rule odr", "leave out --rule, --part, --metric and --which"},
		{"orders --seller S1 --order=", "--order: it is empty"},
		{"orders --seller S1 --channel SFP", "use ALL or AFN or MFN"},
		{"orders --seller S1 --limit 0", "use a whole number from 1 up"},
		{"orders --seller S1 --from 2026-02-30", "use a date such as 2026-03-01"},
		{"orders --seller S1 --url nowhere", "--url: use an address such as http://127.0.0.1:8080"},
		{"orders --seller S1 --state-dir x --rules /does/not/exist", "/does/not/exist"},
		{"history --seller S1", "name a metric with --metric"},
		{"history --metric claim_rate", "name a seller with --seller"},
		{"forecast", "name a seller with --seller"},
		{"forecast --seller S1 --days 0", "--days"},
		{"why", "name the alert by its id, such as S1/odr-early/3"},
		{"why S1/odr/1 S1/odr/2", `unexpected argument "S1/odr/2": one alert at a time`},
		{"why S1/odr", `"S1/odr" is no alert's id`},
		{"verify --state-dir=", "--state-dir"},
		{"verify --url nowhere", "--url"},
		{"verify --rules /does/not/exist", "/does/not/exist"},
		{"verify extra", `unexpected argument "extra"`},
		{"backfill", "name a command: see --help for those that there are"},
		{"backfill lst", `unknown command "lst"; did you mean list?`},
		{"backfill start", "name the backfill: `processor backfill list` lists those that there are"},
		{"backfill status a b", `unexpected argument "b": one backfill at a time`},
		{"backfill status a/b", `backfill "a/b": name it with up to 100 letters, digits, '.', '_' and '-'`},
		{"backfill start x --from yesterday", "--from\" flag: use earliest, a time such as 2026-03-01T00:00:00Z, or records such as orders/2@17,claims/2@5"},
		{"backfill start x --from ,", "use earliest, a time such as"},
		{"backfill start x --from orders/2", "use earliest, a time such as"},
		{"backfill start x --as-of 2026-01-01T00:00:00Z", "--until-end"},
		{"backfill start x --rules /does/not/exist", "/does/not/exist"},
		{"backfill list x", `unexpected argument "x"`},
		{"backfill list --from earliest", "unknown flag: --from; it is a flag of backfill start"},
		{"backfill discard x --output json", "unknown flag: --output; it is a flag of"},
		{"dead-letters", "name a command: see --help for those that there are"},
		{"dead-letters lst", `unknown command "lst"; did you mean list?`},
		{"dead-letters list x", `unexpected argument "x"`},
		{"dead-letters list --reason misroutd", "did you mean misrouted?"},
		{"dead-letters list --reason invalid,x", "use undecodable or invalid or"},
		{"dead-letters list --limit 10001", "--limit: at most 10000"},
		{"dead-letters list --topic refunds", "use orders or shipments or"},
		{"dead-letters list --from 2026-03-02T00:00:00Z --to 2026-03-01T00:00:00Z", "is not before --to"},
		{"dead-letters list --topic-resubmitted a/b", `--topic-resubmitted: topic name "a/b"`},
		{"dead-letters list --topic-resubmitted orders", `--topic-resubmitted: topic "orders" is another one`},
		{"dead-letters show", "name a record by its place, such as orders/2@17"},
		{"dead-letters show orders/2", `"orders/2" is no place: use topic/partition@offset, such as orders/2@17`},
		{"dead-letters show orders/2@1 orders/2@2", `unexpected argument "orders/2@2": one place at a time`},
		{"dead-letters resubmit", "say which: places, or --reason"},
		{"dead-letters resubmit orders/2@x", "is no place"},
		{"dead-letters resubmit orders/2@1 --reason invalid", "places and flags that choose exclude each other"},
		{"dead-letters resubmit orders/2@1 --all", "places and flags that choose exclude each other"},
		{"dead-letters resubmit --all --seller S1", "--all is every dead letter: leave out"},
		{"dead-letters resubmit --reason invalid --edit", "--edit and --with are about one record"},
		{"dead-letters resubmit orders/2@1 orders/2@2 --with x", "--edit and --with are about one record"},
		{"dead-letters resubmit orders/2@1 --edit --with x", "--edit and --with exclude each other"},
		{"dead-letters resubmit orders/2@1 --edit --dry-run", "leave out --dry-run"},
		{"dead-letters resubmit orders/2@1 --partitioner crc32", "use murmur2 or any"},
		{"reconcile --with x", "name a seller with --seller"},
		{"reconcile --seller S1", "name a file with the marketplace's figures with --with"},
		{"reconcile --seller S1 --with x --from 2026-01-01", "--from and --to go together"},
		{"reconcile --seller S1 --with x --output xml", "use table or json"},
		{"demo --sellers 0", "--sellers"},
		{"demo --sellers 2147483647", "at most 10000 --sellers"},
		{"demo --rate 100001", "100000 for --rate"},
		{"demo --duration -1s", "--duration"},
		{"demo --duration 10", "such as 10s or 2h; did you mean 10s?"},
		{"demo --seed -1", "use a whole number from 0 up"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := call(t, nil, "", strings.Fields(c.args)...)
			if got.code != exitUsage || got.stdout != "" {
				t.Errorf("exit code %d, output %q; want code 2 and no output", got.code, got.stdout)
			}
			if !strings.Contains(got.stderr, c.want) || !strings.Contains(got.stderr, "--help`") {
				t.Errorf("error %q, want %q in it and where to find help", got.stderr, c.want)
			}
		})
	}
}

func TestBadRulesAreUsageErrors(t *testing.T) {
	file := write(t, "rules.yaml", "rules:\n  - name: x\n    metric: nonsense\n    window: 60d\n    target: \"< 0.01\"\n    class: advisory\n")
	got := call(t, nil, "", "run", "--rules", file)
	if got.code != exitUsage || !strings.Contains(got.stderr, "rules.yaml") || !strings.Contains(got.stderr, "line 3") {
		t.Errorf("code %d, error %q; want 2 and the line", got.code, got.stderr)
	}
}

func TestFailuresAreOneLine(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"topics --brokers " + nobody, "--brokers"},
		{"alerts --brokers " + nobody, "--brokers"},
		{"report --seller S1 --brokers " + nobody, "--brokers"},
		{"produce --brokers " + nobody, "--brokers"},
		{"run --listen= --brokers " + nobody + " --state-dir " + t.TempDir(), "--brokers"},
		{"verify --url http://" + nobody, "--url"},
		{"orders --seller S1 --url http://" + nobody, "ask http://" + nobody + ": "},
		{"report --seller S1 --from 2026-01-01 --to 2026-01-02 --url http://" + nobody, "--state-dir"},
		{"history --seller S1 --metric claim_rate --state-dir /does/not/exist", "there is no state"},
		{"why S1/odr/1 --brokers " + nobody, "--brokers"},
		{"backfill start x --brokers " + nobody, "--brokers"},
		{"backfill list --brokers " + nobody, "--brokers"},
		{"backfill status x --brokers " + nobody, "--brokers"},
		{"backfill discard x --brokers " + nobody, "--brokers"},
		{"dead-letters list --brokers " + nobody, "--brokers"},
		{"dead-letters show orders/2@17 --brokers " + nobody, "--brokers"},
		{"dead-letters resubmit --all --brokers " + nobody, "--brokers"},
		{"reconcile --seller S1 --with /does/not/exist", "/does/not/exist"},
		{"produce /does/not/exist", "/does/not/exist"},
		{"produce " + t.TempDir(), "has no files: name one that has, or the files"},
		{"export --brokers " + nobody, "--brokers"},
		{"run --listen= --state-dir /dev/null/state", "--state-dir"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := callUntil(t.Context(), 100*time.Millisecond, nil, "", strings.Fields(c.args)...)
			if got.code != exitFailed || got.stdout != "" {
				t.Errorf("exit code %d, output %q; want code 1 and no output", got.code, got.stdout)
			}
			if !strings.HasPrefix(got.stderr, "processor: ") || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, c.want) {
				t.Errorf("error %q, want one line with %q", got.stderr, c.want)
			}
		})
	}
}

// Each source of a flag's value, as the error about that value shows.
func TestSourcesOfFlags(t *testing.T) {
	file := write(t, "sellerpulse.yaml", "brokers: [file]\nstate-dir: of-run\n")
	environment := map[string]string{"SELLERPULSE_CONFIG": file}
	both := map[string]string{"SELLERPULSE_CONFIG": file, "SELLERPULSE_BROKERS": "environment"}
	for _, c := range []struct {
		name        string
		environment map[string]string
		args        []string
		want        string
	}{
		{"file by flag", nil, []string{"topics", "--config", file}, `"file"`},
		{"file by environment", environment, []string{"topics"}, `"file"`},
		{"environment", both, []string{"topics"}, `"environment"`},
		{"flag", both, []string{"topics", "--brokers", "flag"}, `"flag"`},
		{"flag before the command", both, []string{"--brokers", "flag", "topics"}, `"flag"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := call(t, c.environment, "", c.args...); got.code != exitUsage || !strings.Contains(got.stderr, c.want+" is not host:port") {
				t.Errorf("code %d, error %q; want %s", got.code, got.stderr, c.want)
			}
		})
	}
}

func TestUnknownKeyInFile(t *testing.T) {
	file := write(t, "c.yaml", "partitions: 3\nbroker: x\n")
	if got := call(t, nil, "", "topics", "--config", file); got.code != exitUsage || !strings.Contains(got.stderr, `c.yaml:2: unknown key "broker": the keys are the names of flags, without dashes in front; did you mean brokers?`) {
		t.Errorf("code %d, error %q; want the line, the key and what was meant", got.code, got.stderr)
	}
}

// Whatever sets nothing is said, once a variable, and stops nothing.
func TestUnknownVariablesAreWarnedOf(t *testing.T) {
	environment := map[string]string{
		"SELLERPULSE_BROKER": "x", "SELLERPULSE_SASL_PASSWORD": "x", "SELLERPULSE_CONFIG": "", "SELLERPULSE_SERVICE_HOST": "10.0.0.1", "SELLERPULSE_STATE_DIR": "x",
		"SELLERPULSE_THING": "secret-5d1e88",
	}
	got := callUntil(t.Context(), 1, environment, "", "topics", "--brokers", nobody)
	for _, want := range []string{
		`level=WARN msg="environment variable sets nothing: there is no such flag" variable=SELLERPULSE_BROKER did_you_mean=SELLERPULSE_BROKERS`,
		`level=WARN msg="environment variable sets nothing: there is no such flag" variable=SELLERPULSE_THING` + "\n",
	} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("error %q, want %q in it", got.stderr, want)
		}
	}
	if strings.Count(got.stderr, "level=WARN") != 2 || strings.Contains(got.stderr, "secret-5d1e88") {
		t.Errorf("error %q, want two warnings, and no value in them", got.stderr)
	}
}

func TestHelpOfEveryCommandHasExamples(t *testing.T) {
	root := newRoot(&session{})
	names := []string{"completion"}
	for _, cmd := range ownCommands(root) {
		names = append(names, nameOf(cmd))
	}
	for _, name := range names {
		words := strings.Fields(name)
		got := call(t, nil, "", append(words, "--help")...)
		if got.code != exitDone || got.stderr != "" || !strings.Contains(got.stdout, "Examples:\n  ") {
			t.Errorf("%s --help: code %d, error %q, output %q; want examples on standard output", name, got.code, got.stderr, got.stdout)
		}
		for line := range strings.Lines(got.stdout) {
			if strings.HasPrefix(line, "      --") && len(line) > helpWidth+1 {
				t.Errorf("%s --help has a line of %d columns: %s", name, len(line), line)
			}
		}
		if other := call(t, nil, "", append([]string{"help"}, words...)...); other.stdout != got.stdout {
			t.Errorf("help %s is not what %s --help is", name, name)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := call(t, nil, "", "completion", shell); got.code != exitDone || !strings.Contains(got.stdout, "processor") {
			t.Errorf("completion %s: code %d, error %q", shell, got.code, got.stderr)
		}
	}
	for _, c := range []struct{ line, want string }{
		{"al", "alerts\tSubscribe"},
		{"alerts --output ", "json\n"},
		{"run --partitioner ", "murmur2\n"},
		{"run --log-level ", "debug\n"},
		{"produce ", ":0\n"}, // names of files, which the shell knows
		{"produce --output ", "json\n"},
		{"export --compression ", "zstandard\n"},
		{"export --file ", ":0\n"},
		{"orders --metric ", "late_shipment_rate\n"},
		{"orders --rule ", "odr-early\n"},
		{"orders --which ", "denominator\n"},
		{"history --channel ", "AFN\n"},
		{"forecast --output ", "json\n"},
		{"why ", ":4\n"}, // no files
		{"dead-letters ", "resubmit\tSend"},
		{"reconcile --output ", "json\n"},
		{"dead-letters show ", ":4\n"},
		{"dead-letters list --reason ", "misrouted\n"},
		{"dead-letters resubmit --topic ", "feedback\n"},
		{"dead-letters resubmit --with ", ":0\n"},
	} {
		args := append([]string{cobra.ShellCompRequestCmd}, strings.Split(c.line, " ")...)
		if got := call(t, nil, "", args...); !strings.Contains(got.stdout, c.want) {
			t.Errorf("after %q shells propose %q, want %q in it", c.line, got.stdout, c.want)
		}
	}
}

func TestVersion(t *testing.T) {
	byCommand, byFlag := call(t, nil, "", "version"), call(t, nil, "", "--version")
	if byCommand.code != exitDone || !strings.HasPrefix(byCommand.stdout, "processor ") || byFlag != byCommand {
		t.Errorf("version: %+v, --version: %+v", byCommand, byFlag)
	}
}

// broker is an embedded broker and the environment that makes commands use it and topics of the test's own.
func broker(t *testing.T) map[string]string {
	t.Helper()
	b := brokertest.Embedded(t)
	return map[string]string{
		"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": b.Prefix, "SELLERPULSE_APP_ID": b.Prefix + "app",
		"SELLERPULSE_STATE_DIR": t.TempDir(),
	}
}
