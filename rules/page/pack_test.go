package page

import (
	"strings"
	"testing"

	"sellerpulse/internal/yamltext"
)

const small = `# Title
#
# What it is.
#
# ## What is left out
#
# - Much.
pack: p
figures: 2026-11-25
sources:
  - one.example  # 1: read 2026-11-25
where: {marketplace: M}
rules:
  # About it.
  - name: r
    metric: claim_rate
    window: 30d        # official [1]
    target: "<= 0.02"  # third party [1]: a note
    class: contractual
`

func TestRead(t *testing.T) {
	p, err := Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	text := p.Markdown()
	for _, want := range []string{
		"# Title\n\nWhat it is.\n",
		"It counts orders whose `marketplace` is `M`, and no others.",
		"### r\n\nAbout it.\n\n- Target: **at most 2 %**, at risk from 1.6 % on",
		"- Measures `claim_rate` over 30 days of order dates.",
		"- Decides the account status.",
		"## What is left out\n\n- Much.\n",
		"| r | window | `30d` | official | 1 |  |\n| r | target | `<= 0.02` | third party | 1 | a note |",
		"1. one.example (read 2026-11-25)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"no title", "# Title\n", "\n", "line 1: a pack without a title"},
		{"a figure without evidence", "  # official [1]", "", `line 17: window of r: "" does not say how sure`},
		{"evidence of another form", "official [1]", "official, 1", `line 17: window of r: "official, 1" does not say how sure`},
		{"no source", "official [1]", "official", "line 17: window of r: \"official\": name its source"},
		{"a source that is not there", "official [1]", "official [2]", "line 17: window of r: source [2]: the pack has sources 1 to 1"},
		{"a figure of one's own without a reason", "official [1]", "ours", "line 17: window of r: \"ours\": a figure of one's own"},
		{"a source without its number", "  # 1: read", "  # read", "line 11: a source without its number"},
		{"a rule without a comment", "  # About it.\n", "", "line 14: r has no comment"},
		{"not YAML", "where: {", "where: {{", "line 12: not YAML"},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if text == small {
			t.Fatalf("%s: nothing was replaced", c.name)
		}
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestWindowWords(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{"{window: 1d}", "1 day of order dates"},
		{"{window: 28d, lag: 8d}", "28 days of order dates that end 8 days ago"},
		{"{window: 1w}", "the whole week before this one"},
		{"{window: 3mo}", "the 3 whole months before this one"},
		{"{window: [{days: 3mo, min_total: 400}, {days: 12mo}]}", "the 3 whole months before this one if they have a denominator of 400 or more, else the 12 whole months before this one"},
	} {
		d := definition(t, c.rule)
		if got := d.windowWords(); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestHistoryDays(t *testing.T) {
	for _, c := range []struct {
		rule string
		want int
	}{
		{"{window: 60d, lag: 14d}", 74},
		{"{window: 2w, lag: 3d}", 24},
		{"{window: 3mo}", 124},
		{"{window: [{days: 12mo, min_total: 4}, {days: 60d}]}", 403},
	} {
		p := &Pack{Rules: []Definition{definition(t, c.rule)}}
		if got := p.HistoryDays(); got != c.want {
			t.Errorf("%s: %d days, want %d", c.rule, got, c.want)
		}
	}
}

func TestComparison(t *testing.T) {
	for target, want := range map[string]string{
		"< 0.025": "less than 2.5 %", "<= 0.3": "at most 30 %", "> 0.95": "more than 95 %", ">= 1": "at least 100 %", "<= 0.000000001": "at most 0.0000001 %", "<= 0": "at most 0 %",
	} {
		if got := comparison(target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// definition is a rule as YAML has it.
func definition(t *testing.T, rule string) Definition {
	t.Helper()
	documents, err := yamltext.Parse([]byte(rule))
	if err != nil {
		t.Fatal(err)
	}
	return Definition{Fields: fields(documents[0])}
}
