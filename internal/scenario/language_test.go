package scenario

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"sellerpulse/pkg/rules"
)

func parse(t *testing.T, text string) *File {
	t.Helper()
	file, err := Parse("story.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// failuresOf runs the scenarios of a file.
func failuresOf(t *testing.T, file *File, o Options) (failures []Failure) {
	t.Helper()
	results, err := file.Run(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range results {
		failures = append(failures, results[i].Failures...)
	}
	return failures
}

// TestParseErrors holds that a line that cannot be read is named, with what was found and what may stand there.
func TestParseErrors(t *testing.T) {
	const begin = "scenario A title\nat 2026-01-05 10:00  order O1 placed\n"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "# nothing\n", `story.txt:1: there is no scenario: write "scenario" and a title, and the story below`},
		{"settings alone", "zone UTC\nretention 120d\n", "story.txt:1: there is no scenario"},
		{"no scenario", "at 2026-01-05 order O1 placed", `story.txt:1: nothing has begun yet: write "scenario" and a title first`},
		{"no title", "scenario", "story.txt:1: a scenario without a title"},
		{"unknown line", begin + "when it rains", `story.txt:3: a line that begins with "when" is not known: use scenario, zone, retention, history, rules, rules:, pack:, partition, ignore, at, wait, then or and`},
		{"and without then", begin + "and no alerts", `story.txt:3: "and" continues no line of "then"`},
		{"setting too late", begin + "zone UTC", `story.txt:3: "zone" comes after the first event`},
		{"unknown zone", "zone Mars/Olympus", `story.txt:1: zone "Mars/Olympus" is not known`},
		{"retention without unit", "retention 120", `story.txt:1: retention "120" is not a number of days: write it like 120d`},
		{"history without unit", "history 400", `story.txt:1: history "400" is not a number of days: write it like 120d`},
		{"partition outside", "partition 4 of 4", `story.txt:1: partition "4 of 4" is none`},
		{"ignore", "ignore everything", `story.txt:1: ignore "everything" is not known`},
		{"rules without file", "rules", "story.txt:1: rules without a file"},
		{"pack on its line", "pack: market", `story.txt:1: "market" after "pack:": write the rule file in indented lines below`},
		{"relative first", "scenario A\nat +1d order O1 placed", "story.txt:2: a length of time with nothing before it"},
		{"bad date", "scenario A\nat monday order O1 placed", `story.txt:2: "monday" is no time: write it like 2026-01-05`},
		{"bad clock", "scenario A\nat 2026-01-05 25:00 order O1 placed", `story.txt:2: "25:00" is no time of day`},
		{"bad length", begin + "wait 3w", `story.txt:3: "3w" is no length of time: write it like 2d, 48h1ms or 1h30m`},
		{"time that the zone skips", "zone Europe/Stockholm\nscenario A\nat 2026-03-29 02:30 order O1 placed", "story.txt:3: 2026-03-29 02:30 does not exist in Europe/Stockholm"},
		{"unknown event", begin + "at +1d order O1 lost", `story.txt:3: what happened to the order, "lost" is not known: use placed, confirmed, amended, cancelled, refunded or excused`},
		{"unknown event of a part", begin + "at +1d feedback F1 given 2", `story.txt:3: what happened to the feedback, "given" is not known: use left or removed`},
		{"no rating", begin + "at +1d feedback F1 left", "story.txt:3: the rating is missing"},
		{"no category", begin + "at +1d chargeback B1 opened", "story.txt:3: the category is missing"},
		{"wrong party", begin + "at +1d order O1 cancelled by carrier", `story.txt:3: who cancelled "carrier" is not known: use seller, buyer or marketplace`},
		{"unknown detail", begin + "at +1d order O1 refunded, pending", `story.txt:3: the detail of REFUNDED, "pending" is not known: use every, id, key or recorded`},
		{"unknown reason", begin + "at +1d claim C1 opened, reason lost", `story.txt:3: the buyer's reason "lost" is not known: use not-received, not-as-described, damaged, wrong-item, changed-mind or other`},
		{"no marketplace", "scenario A\nat 2026-01-05 order O1 placed, marketplace", "story.txt:2: the marketplace is missing"},
		{"excused of nothing", begin + "at +1d order O1 excused from", "story.txt:3: a metric's name is missing"},
		{"no comma", begin + "at +1d order O1 refunded twice", `story.txt:3: "twice" is too much: put a comma before a detail`},
		{"bad range", begin + "at +1d order O9..O1 refunded", `story.txt:3: the order's name "O9..O1" is no range`},
		{"open quote", begin + `at +1d order "O1 refunded`, "story.txt:3: a quote is not closed"},
		{"unknown raw form", begin + "at +1d raw orders base64 aGk=", `story.txt:3: the form of a raw record "base64" is not known: use null, hex, text or padded`},
		{"unknown raw topic", begin + "at +1d raw letters null", `story.txt:3: topic "letters" is not known: use orders, shipments, feedback, claims, chargebacks or returns`},
		{"unknown expectation", begin + "then all is well", `story.txt:3: "all" is nothing to expect`},
		{"unknown state", begin + "then odr 0/1 FINE", `story.txt:3: state "FINE" is not known: use NO_DATA, OK, AT_RISK or BREACHED`},
		{"lines omitted", begin + "then product_lines_omitted some", `story.txt:3: "some" is no number of product lines: write it like 3`},
		{"bad range of lines", "scenario A\nat 2026-01-05 order O1 placed, lines toys L9..L1", `story.txt:2: a product line "L9..L1" is no range`},
		{"unknown status", begin + "then status FINE", `story.txt:3: status "FINE" is not known: use ACTIVE, AT_RISK or UNDER_REVIEW`},
		{"numbers", begin + "then odr-early one/two OK", `story.txt:3: "one/two" are no numbers`},
		{"alert id", begin + "then alert odr BREACHED from OK 1/1", `story.txt:3: "odr" is no id of an alert: write SELLER/RULE/NUMBER`},
		{"alert detail", begin + "then alert S1/odr/1 BREACHED from OK 1/1, colour red", `story.txt:3: the detail of an alert, "colour" is not known: use as of, window, cause,`},
		{"reason", begin + "then dead letter late", `story.txt:3: reason "late" is not known: use undecodable, invalid, misrouted, future, expired or orphan`},
		{"comma at the end", begin + "then dead letter expired,", "story.txt:3: the line ends with a comma, but nothing follows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("story.txt", strings.NewReader(test.text))
			var fault *Error
			if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}

// TestFailures holds that whatever a scenario gets wrong is found, at its line.
func TestFailures(t *testing.T) {
	const begin = "scenario A title\nat 2026-01-05 10:00  order O1 placed\n"
	const defect = begin + "at +1d  claim C1 opened\n"
	const letter = begin + "at +1d  feedback F1 left 9\n"
	for _, test := range []struct{ name, text, want string }{
		{"rule", begin + "then odr-early 1/1 BREACHED", "story.txt:3: seller S1, odr-early: 0/1 OK, not 1/1 BREACHED (A title)"},
		{"state alone", begin + "then odr-early 0/1 AT_RISK", "story.txt:3: seller S1, odr-early: 0/1 OK, not 0/1 AT_RISK"},
		{"window", begin + "then odr-early 0/1 OK, window 2026-01-05 to 2026-01-05", "story.txt:3: seller S1, odr-early: window 2025-11-07 to 2026-01-05, not"},
		{"target", begin + "then odr-early 0/1 OK, target missed", "story.txt:3: seller S1, odr-early: target met, not missed"},
		{"no such rule", begin + "then odd 0/1 OK", `story.txt:3: the rule "odd" is not known: use odr, odr-early,`},
		{"metric", begin + "then claim_rate AFN 1/1", "story.txt:3: seller S1, claim_rate 60d AFN: 0/0, not 1/1"},
		{"line", begin + "then claim_rate line toys 0/1", "story.txt:3: seller S1, claim_rate 60d ALL line toys: unreported, not 0/1"},
		{"reported", begin + "then claim_rate unreported", "story.txt:3: seller S1, claim_rate 60d ALL: 0/1, not unreported"},
		{"window not named", begin + "then late_shipment_rate 0/1", `story.txt:3: the window of late_shipment_rate, "" is not known: use 10d or 30d`},
		{"window of no rule", begin + "then late_shipment_rate 20d 0/1", `story.txt:3: the window of late_shipment_rate, "20d" is not known: use 10d or 30d`},
		{"metric of a pack", begin + "then metric market/mine 0/1", "story.txt:3: seller S1, market/mine ALL: unreported, not 0/1"},
		{"lines omitted", begin + "then product_lines_omitted 3", "story.txt:3: seller S1: product_lines_omitted 0, not 3"},
		{"lines omitted of an unknown seller", begin + "then seller S2 product_lines_omitted 0", "story.txt:3: seller S2 is not reported"},
		{"status", begin + "then status AT_RISK", "story.txt:3: seller S1: status ACTIVE, not AT_RISK"},
		{"unknown seller", begin + "then seller S2 status ACTIVE", "story.txt:3: seller S2 is not reported"},
		{"known seller", begin + "then not reported", "story.txt:3: seller S1 is reported"},
		{"stream time", begin + "then stream time 2026-01-06", "story.txt:3: stream time 2026-01-05T10:00:00.000Z, not 2026-01-06T00:00:00.000Z"},
		{"alert unlisted", defect, "story.txt:1: no line expects alert S1/odr-early/1 BREACHED from OK 1/1, as of 2026-01-06T10:00:00.000Z"},
		{"alert missing", begin + "then alert S1/odr/1 BREACHED from OK 1/1", "story.txt:3: there is no alert S1/odr/1"},
		{"alert twice", defect + "then alert S1/odr-early/1 BREACHED from OK 1/1\nand alert S1/odr-early/1 BREACHED from OK 1/1", "story.txt:5: there is no alert S1/odr-early/1"},
		{"alert otherwise", defect + "then alert S1/odr-early/1 AT_RISK from OK 1/1", "story.txt:4: alert S1/odr-early/1: it is S1/odr-early/1 BREACHED from OK 1/1"},
		{"alert's detail", defect + "then alert S1/odr-early/1 BREACHED from OK 1/1, orders O2, cause TIME", "story.txt:4: alert S1/odr-early/1: orders: O1, not O2; cause: claims OPENED O1, not TIME"},
		{"alert's orders", defect + "then alert S1/odr-early/1 BREACHED from OK 1/1, no orders", "story.txt:4: alert S1/odr-early/1: no orders: O1, not nothing"},
		{"provisional", defect + "then alert S1/odr-early/1 BREACHED from OK 1/1, not provisional", "story.txt:4: alert S1/odr-early/1: not provisional: it is not so"},
		{"alerts", defect + "then no alerts\nand alert S1/odr-early/1 BREACHED from OK 1/1", "story.txt:4: there is alert S1/odr-early/1"},
		{"other alerts ignored", strings.Replace(defect, "\nat", "\nignore alerts of odr\nat", 1), "story.txt:1: no line expects alert S1/odr-early/1"},
		{"dead letter unlisted", letter, "story.txt:1: no line expects dead letter invalid, feedback LEFT, order O1, says"},
		{"dead letter otherwise", letter + "then dead letter invalid, feedback REMOVED\nand dead letter invalid", "story.txt:4: there is no such dead letter; there is dead letter invalid, feedback LEFT"},
		{"dead letters", letter + "then no dead letters\nand dead letter invalid", "story.txt:4: there is dead letter invalid"},
		{"rules", "scenario A title\nrules:\n  - name: mine\n    metric: fun\n", "story.txt:2: read the rules here: "},
		{"history", "scenario A title\nhistory 100d\n", "story.txt:1: history 100d: counts are kept for as long as orders at least, 120d"},
		{"level", begin + "then odr-early 0/1 OK, level red, parts omitted 2", "story.txt:3: seller S1, odr-early: level nothing, not red; parts omitted 0, not 2"},
		{"part", begin + "then odr-early part DE 0/1 OK", `story.txt:3: the rule "odr-early part DE" is not known: use odr, odr-early,`},
		{"rule reported", begin + "then odr-early unreported", "story.txt:3: seller S1: odr-early 0/1 OK, not unreported"},
		{"alert's level", defect + "then alert S1/odr-early/1 BREACHED from OK 1/1, no level, previous level red, part \"\"", "story.txt:4: alert S1/odr-early/1: previous level: nothing, not red; part: nothing, not \"\""},
		{"window beyond the retention", "scenario A title\nretention 89d\n", "story.txt:1: read the rules: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			failures := failuresOf(t, parse(t, test.text), Options{})
			if len(failures) != 1 || !strings.HasPrefix(failures[0].String(), test.want) {
				t.Errorf("failures %v\nwant one: %s", failures, test.want)
			}
		})
	}
}

const mine = "rules:\n  - name: mine\n    metric: claim_rate\n    window: 60d\n    target: \"< 0.5\"\n    class: advisory\n"

// TestRules holds which rules a scenario is about: its own, those of the file that it names, else those of the run.
func TestRules(t *testing.T) {
	const story = "at 2026-01-05 10:00  order O1 placed\nthen mine 0/1 OK\n"
	for name, test := range map[string]struct {
		text string
		o    Options
	}{
		"of the run":                    {"scenario A title\n" + story, Options{Rules: []rules.File{{Name: "mine.yaml", Text: []byte(mine)}}}},
		"here":                          {"scenario A title\n" + mine + story, Options{}},
		"as Windows saves it":           {"\xef\xbb\xbf" + strings.ReplaceAll("scenario A title\n"+mine+story, "\n", "\r\n"), Options{}},
		"of the file's other scenarios": {mine + "scenario A title\n" + story, Options{}},
		"in a file": {"scenario A title\nrules mine.yaml\n" + story, Options{ReadFile: func(path string) ([]byte, error) {
			if path != "stories/mine.yaml" {
				return nil, fs.ErrNotExist
			}
			return []byte(mine), nil
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Parse("stories/one.txt", strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if failures := failuresOf(t, file, test.o); len(failures) > 0 {
				t.Errorf("failures %v", failures)
			}
		})
	}
}

// TestRulesOfSeveralFiles holds that each file named is read, in its order.
func TestRulesOfSeveralFiles(t *testing.T) {
	var read []string
	o := Options{ReadFile: func(path string) ([]byte, error) {
		read = append(read, path)
		return []byte(strings.Replace(mine, "rules:", "pack: p"+path[len(path)-6:len(path)-5]+"\nrules:", 1)), nil
	}}
	failures := failuresOf(t, parse(t, "rules a.yaml \"b c.yaml\"\nscenario A title\n"), o)
	if strings.Join(read, "|") != "a.yaml|b c.yaml" {
		t.Errorf("read %q", read)
	}
	for _, f := range failures {
		t.Error(f)
	}
}

// TestRulesErrorNamesLine holds that an error in rules of a scenario names the line of the file.
func TestRulesErrorNamesLine(t *testing.T) {
	failures := failuresOf(t, parse(t, "scenario A title\n\n# a comment\n"+strings.Replace(mine, "60d", "60", 1)), Options{})
	if len(failures) != 1 || !strings.Contains(failures[0].Problem, "line 7") {
		t.Errorf("failures %v: want one that names line 7", failures)
	}
}

// TestExpectedAndFound holds that what a line says and what is so can be set beside each other.
func TestExpectedAndFound(t *testing.T) {
	const begin = "scenario A title\nat 2026-01-05 10:00  order O1 placed\n"
	const defect = begin + "at +1d  claim C1 opened\n"
	for text, want := range map[string][2]string{
		begin + "then odr-early 1/1 BREACHED, target missed": {"odr-early 1/1 BREACHED, target missed", "odr-early 0/1 OK, target met"},
		begin + "then claim_rate AFN line toys 1/1":          {"claim_rate 60d AFN line toys 1/1", "claim_rate 60d AFN line toys unreported"},
		begin + "then status AT_RISK":                        {"status AT_RISK", "status ACTIVE"},
		begin + "then product_lines_omitted 3":               {"product_lines_omitted 3", "product_lines_omitted 0"},
		begin + "then stream time 2026-01-06":                {"stream time 2026-01-06T00:00:00.000Z", "stream time 2026-01-05T10:00:00.000Z"},
		begin + "then seller S2 status ACTIVE":               {},
		defect + "then alert S1/odr-early/1 AT_RISK from OK 1/1, cause TIME, class ADVISORY": {
			"alert S1/odr-early/1 AT_RISK from OK 1/1, cause TIME, class ADVISORY",
			"alert S1/odr-early/1 BREACHED from OK 1/1, cause claims OPENED O1, class ADVISORY",
		},
	} {
		failures := failuresOf(t, parse(t, text), Options{})
		if len(failures) != 1 || failures[0].Expected != want[0] || failures[0].Found != want[1] {
			t.Errorf("%q: %+v, want %q", text, failures, want)
		}
	}
}

// TestOnly holds that each scenario that is asked for, and no other, has a result.
func TestOnly(t *testing.T) {
	file := parse(t, "scenario First\nat 2026-01-05 order O1 placed\nthen status AT_RISK\n\nscenario Second\nat 2026-01-05 order O1 placed\nscenario Third\n")
	results, err := file.Run(Options{Only: func(title string) bool { return title != "Third" }})
	if err != nil || len(results) != 2 || results[0].Title != "First" || len(results[0].Failures) != 1 || results[1].Line != 5 || results[1].Failures != nil {
		t.Errorf("results %+v, error %v", results, err)
	}
}
