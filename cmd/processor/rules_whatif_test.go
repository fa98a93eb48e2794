package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/whatif"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

var listens = regexp.MustCompile(`msg="http listens" address=(\S+)`)

// listening runs the command line until what is returned is called, and tells where it answers.
func listening(t *testing.T, environment map[string]string, args ...string) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	lines, stderr := io.Pipe()
	s := &session{environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: stderr}
	done, at := make(chan int, 1), make(chan string, 1)
	go func() {
		code := run(ctx, append(args, "--listen", "127.0.0.1:0"), s)
		_ = stderr.Close()
		done <- code
	}()
	go func() {
		for all := bufio.NewScanner(lines); all.Scan(); {
			if found := listens.FindStringSubmatch(all.Text()); found != nil {
				at <- found[1]
			}
		}
		close(at)
	}()
	address, ok := <-at
	if !ok {
		t.Fatalf("%v ended without listening", args)
	}
	return "http://" + address, func() {
		t.Helper()
		cancel()
		if code := <-done; code != exitDone {
			t.Errorf("%v: code %d", args, code)
		}
	}
}

// tryRules asks what rules would bring until all partitions tell, and the changes are those that are wanted: seller, rule, from, to, whether there is an alert.
func tryRules(t *testing.T, environment map[string]string, url string, args []string, want ...string) {
	t.Helper()
	var got []string
	defer func() {
		if t.Failed() {
			t.Logf("the last changes: %q", got)
		}
	}()
	enginetest.Eventually(t, strings.Join(args, " ")+" tells of "+strings.Join(want, ", "), func() bool {
		r := call(t, environment, "", slices.Concat([]string{"rules", "what-if", "--url", url, "--output", "json"}, args)...)
		var a whatif.Answer
		if r.code != exitDone || json.Unmarshal([]byte(r.stdout), &a) != nil {
			got = []string{r.stderr}
			return false
		}
		got = nil
		for _, c := range a.Changes {
			got = append(got, changeText(&c))
		}
		return len(a.Partitions) == 2 && a.Sellers == 1 && a.ChangesTotal == int64(len(want)) && a.AlertsTotal == int64(len(want)) && slices.Equal(got, want)
	})
}

func changeText(c *whatif.Change) string {
	to, alert := "silent", ""
	if c.To != nil {
		to = *c.To
	}
	if c.Alert {
		alert = ", alert"
	}
	return c.SellerID + " " + c.Rule + " " + c.From + " to " + to + alert
}

// An operator changes a target while two processes run, sees before who will change, and a subscriber gets just the alerts that were told; then it is taken back.
func TestAnOperatorChangesATarget(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		environment := topicsAt(t, broker)
		must(t, environment, youngShop(time.Now().UTC()), "produce")
		first, stopFirst := listening(t, environment, "run", "--state-dir", t.TempDir())
		second, stopSecond := listening(t, environment, "run", "--state-dir", t.TempDir())
		must(t, environment, "", "rules", "apply", "amazon-2022", "--comment", "the first")

		loose := write(t, "loose.yaml", strings.ReplaceAll(string(rules.BuiltInFile()), `"< 0.01"`, `"< 0.5"`))
		tryRules(t, environment, first, []string{loose}, "S1 odr-early BREACHED to OK, alert")
		tryRules(t, environment, second, []string{loose}, "S1 odr-early BREACHED to OK, alert")
		tryRules(t, environment, second, []string{"amazon-2022"})
		checkAlerts(t, environment, "S1/odr-early/1 BREACHED LEFT")
		must(t, environment, "", "rules", "apply", loose)
		checkAlerts(t, environment, "S1/odr-early/1 BREACHED LEFT", "S1/odr-early/2 RESOLVED RULES")
		tryRules(t, environment, first, []string{"--revision", "1"}, "S1 odr-early OK to BREACHED, alert")
		must(t, environment, "", "rules", "apply", "--revision", "1", "--comment", "back")
		checkAlerts(t, environment, "S1/odr-early/1 BREACHED LEFT", "S1/odr-early/2 RESOLVED RULES", "S1/odr-early/3 BREACHED RULES")
		stopFirst()
		stopSecond()
	})
}

// Of a stopped process the directory tells, in a table too; and of several packs with rules that come and go.
func TestWhatIfOfAStoppedDirectory(t *testing.T) {
	environment, directory := broker(t), filepath.Join(t.TempDir(), "state")
	must(t, environment, "", "topics", "--partitions", "2")
	must(t, environment, youngShop(time.Now().UTC()), "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", directory)
	lost := write(t, "lost.yaml", `pack: mine
metrics: [{name: bad_reviews, bad: [rating_1, rating_2]}]
rules:
  - {name: reviews, metric: bad_reviews, window: 7d, by: channel, class: contractual, levels: [{level: good, target: "< 0.1", state: ok}, {level: bad, state: breached}]}
`)
	for range 2 { // The second time tells that the first changed nothing.
		out := must(t, nil, "", "rules", "what-if", lost, "--state-dir", directory)
		for _, want := range []string{
			"1 seller in 2 partitions, as of 20", "RULE", "mine/reviews  ", "1 → 0", "0 → 1", "odr-early  ", "1 → silent",
			"S1      mine/reviews:MFN  NO_DATA   BREACHED bad    1 / 4  25.00 %", "S1      odr-early", "BREACHED  silent",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("what-if prints\n%s\nwithout %q", out, want)
			}
		}
	}
	if out := must(t, nil, "", "rules", "what-if", "amazon-2022", "--state-dir", directory); !strings.Contains(out, "Nobody would change.") {
		t.Errorf("the rules in force: %s", out)
	}
}

func TestWhatIfRefuses(t *testing.T) {
	broken := write(t, "broken.yaml", "rules: [{name: a, metric: claim_rate, window: 7d, target: \"< 1.5\", class: advisory}]")
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"":                                   {exitUsage, "name rule files or packs, or one --revision"},
		"amazon-2022 --revision 1":           {exitUsage, "name rule files or packs, or one --revision"},
		"amazon-2022 --limit 10001":          {exitUsage, "--limit: at most 10000"},
		"no-such-pack":                       {exitUsage, "neither a file nor a pack"},
		broken:                               {exitFailed, "broken.yaml: line 1, column"},
		"amazon-2022 --url http://" + nobody: {exitFailed, "name where a process listens with --url"},
		"amazon-2022 --state-dir /not/there": {exitFailed, "there is no state"},
		"etsy --state-dir " + stateOf(t):     {exitFailed, "look back over"},
	} {
		if got := call(t, nil, "", append([]string{"rules", "what-if"}, strings.Fields(args)...)...); got.code != want.code || got.stdout != "" || !strings.Contains(got.stderr, want.says) {
			t.Errorf("what-if %s: %+v, want code %d and %q", args, got, want.code, want.says)
		}
	}
}
