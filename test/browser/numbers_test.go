package browser

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"sellerpulse/internal/app/follow"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// realOrders are the events of real orders before March 2018.
func realOrders(t testing.TB) (all []events.Event) {
	t.Helper()
	before := time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	enginetest.ReadLines(t, "olist/events.jsonl.gz", func(line []byte) {
		var e events.Event
		if err := events.ParseLine(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.OccurredAt < before {
			all = append(all, e)
		}
	})
	return all
}

// given is what a seller's numbers must be after those events, as somebody else counted them.
type given struct {
	SellerID string `json:"seller_id"`
	Rules    map[string]struct {
		Numerator, Denominator int64
		State                  string
	}
	Metrics map[string][2]int64 // by "metric/days/channel", of all product lines
}

// givenResults are those of all sellers.
func givenResults(t testing.TB) map[string]given {
	t.Helper()
	all := map[string]given{}
	enginetest.ReadLines(t, "olist/report-2018-03-01.jsonl.gz", func(line []byte) {
		var g given
		if err := json.Unmarshal(line, &g); err != nil {
			t.Fatal(err)
		}
		all[g.SellerID] = g
	})
	return all
}

// check fails the test unless a seller's page has the given numbers.
func (g *given) check(t *testing.T, shown map[string]shownRule) {
	t.Helper()
	for rule, want := range g.Rules {
		if got := shown[rule]; got.numerator != grouped(want.Numerator) || got.denominator != grouped(want.Denominator) || got.state != shownState[want.State] {
			t.Errorf("%s %s: the page has %+v, given is %+v", g.SellerID, rule, got, want)
		}
	}
	if len(g.Rules) != len(shown) || len(g.Rules) == 0 {
		t.Errorf("%s: %d rules, %d given", g.SellerID, len(shown), len(g.Rules))
	}
}

// naively is what the reference makes of events that lie in topics of one partition.
func naively(all []events.Event) *oracle.Result {
	var logs [events.NumTopics][]oracle.Record
	for i := range all {
		log := &logs[all[i].Topic]
		*log = append(*log, oracle.Record{Topic: all[i].Topic, Offset: int64(len(*log)), Timestamp: all[i].OccurredAt, Key: []byte(all[i].SellerID), Event: all[i]})
	}
	return oracle.Run(oracle.Merge(logs, 0), oracle.Options{ValidTracking: tracking.Valid})
}

// shownRule is where a seller stands with a rule, as its page has it.
type shownRule struct{ numerator, denominator, rate, state, window string }

func shownRules(page document) map[string]shownRule {
	shown := map[string]shownRule{}
	page.Find(".rule").Each(func(_ int, card *goquery.Selection) {
		of := func(selector string) string { return strings.TrimSpace(card.Find(selector).First().Text()) }
		counts := card.Find(".counts b")
		shown[of("h2")] = shownRule{counts.First().Text(), counts.Last().Text(), of(".rate b"), of(".pill"), of(".window")}
	})
	return shown
}

// shownState is what states are called.
var shownState = map[string]string{"NO_DATA": "No data", "OK": "OK", "AT_RISK": "At risk", "BREACHED": "Breached"}

// grouped is a count as English has it.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// checkRate fails the test unless a text is a rate, to a hundredth of a percent.
func checkRate(t *testing.T, what, text string, numerator, denominator int64) {
	t.Helper()
	if denominator == 0 {
		if text != "–" {
			t.Errorf("%s: the rate is %s, want none", what, text)
		}
		return
	}
	got, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if want := 100 * float64(numerator) / float64(denominator); err != nil || math.Abs(got-want) > 0.005+1e-9 {
		t.Errorf("%s: the rate is %s, want %.4f%%", what, text, want)
	}
}

// The numbers on the pages are those of the published reports, of the reference that shares no code with the engine, and those that are given.
func TestNumbersOfRealOrders(t *testing.T) {
	t.Parallel()
	all, results := realOrders(t), givenResults(t)
	reference := naively(all)
	s := newSite(t, brokertest.Embedded(t), 1)
	s.produce(t, all)
	s.settle(t, events.None)
	s.serve(t, idle)
	sellers, metrics := 0, 0
	err := follow.Reports(t.Context(), s.client, s.options.Worker.Topics.SellerHealth, func(r *outputs.Report) error {
		_, page := get(t, s.url+"/sellers/"+url.PathEscape(r.SellerID))
		naive := reference.Report(r.SellerID)
		shown, result := shownRules(page), results[r.SellerID]
		checkRules(t, r, &naive, shown)
		result.check(t, shown)
		if sellers%40 == 0 {
			metrics += checkMetrics(t, s, &naive, &result)
		}
		sellers++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(reference.Sellers()); sellers != want || sellers != len(results) || metrics == 0 {
		t.Errorf("%d sellers, want %d, given %d; %d metrics", sellers, want, len(results), metrics)
	}
	checkFirstPaint(t, s, reference)
}

func checkRules(t *testing.T, r *outputs.Report, naive *oracle.Report, shown map[string]shownRule) {
	t.Helper()
	for i := range r.Rules {
		rule, want, got := &r.Rules[i], &naive.Rules[i], shown[r.Rules[i].Rule]
		what := r.SellerID + " " + rule.Rule
		reported := shownRule{grouped(rule.Numerator), grouped(rule.Denominator), got.rate, shownState[rule.State.String()], rule.From.String() + " – " + rule.To.String()}
		if got != reported {
			t.Errorf("%s: the page has %+v, the report %+v", what, got, reported)
		}
		if got.numerator != grouped(int64(want.Numerator)) || got.denominator != grouped(int64(want.Denominator)) || got.state != shownState[string(want.State)] {
			t.Errorf("%s: the page has %+v, the reference %+v", what, got, want)
		}
		checkRate(t, what, got.rate, rule.Numerator, rule.Denominator)
	}
	if len(shown) != len(r.Rules) || len(naive.Rules) != len(r.Rules) {
		t.Errorf("%s: %d rules, %d reported, %d of the reference", r.SellerID, len(shown), len(r.Rules), len(naive.Rules))
	}
}

// checkMetrics compares each metric of a seller, by channel and product line, over the first window of each, and tells how many there were.
func checkMetrics(t *testing.T, s *site, naive *oracle.Report, result *given) (n int) {
	t.Helper()
	for i := range naive.Metrics {
		m := &naive.Metrics[i]
		query := url.Values{"metric": {m.Metric}, "channel": {m.Channel}, "from": {dateOf(m.Window.From)}, "to": {dateOf(m.Window.To)}}
		if m.ProductLine != nil {
			query.Set("line", *m.ProductLine)
		}
		_, page := get(t, s.url+"/sellers/"+url.PathEscape(naive.SellerID)+"?"+query.Encode())
		what := naive.SellerID + " " + query.Encode()
		want := fmt.Sprintf("%s / %s ", grouped(int64(m.Numerator)), grouped(int64(m.Denominator)))
		if got := strings.TrimSpace(page.Find(".number .quiet").Text()); !strings.HasPrefix(got, want) {
			t.Errorf("%s: the page has %q, the reference %q", what, got, want)
		}
		checkRate(t, what, page.Find(".number b").Text(), int64(m.Numerator), int64(m.Denominator))
		if m.ProductLine == nil {
			days := int64(m.Window.To) - int64(m.Window.From) + 1
			if counts, ok := result.Metrics[fmt.Sprintf("%s/%dd/%s", m.Metric, days, m.Channel)]; !ok || counts != [2]int64{int64(m.Numerator), int64(m.Denominator)} {
				t.Errorf("%s: given is %v (%t), the page has %d / %d", what, counts, ok, m.Numerator, m.Denominator)
			}
		}
		n++
	}
	return n
}

func dateOf(day oracle.Day) string {
	return time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly)
}

// checkFirstPaint fails the test unless the HTML of the overview and of the list has the numbers, before any script has run, and the chart those of its table.
func checkFirstPaint(t *testing.T, s *site, reference *oracle.Result) {
	t.Helper()
	statuses := map[string]int64{}
	for _, id := range reference.Sellers() {
		r := reference.Report(id)
		statuses[r.Status]++
	}
	_, page := get(t, s.url+"/")
	tiles := page.texts(".tile")
	for i, want := range []string{
		grouped(statuses[oracle.UnderReview]) + "Under review", grouped(statuses[oracle.AccountRisk]) + "At risk", grouped(statuses[oracle.Active]) + "Active",
		grouped(int64(len(reference.Sellers()))) + "Sellers",
	} {
		if tiles[i] != want {
			t.Errorf("the overview has %q, want %q", tiles[i], want)
		}
	}
	_, page = get(t, s.url+"/sellers?status=UNDER_REVIEW&sort=id")
	link, _ := page.Find("#list a.id").First().Attr("href")
	_, page = get(t, s.url+link)
	var chart struct {
		Dates         []string
		Units, Misses []int64
	}
	if err := json.Unmarshal([]byte(page.Find(".chart script").Text()), &chart); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	page.Find(".days tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := row.Children()
		rows[cells.Eq(0).Text()] = cells.Eq(1).Text() + " of " + cells.Eq(2).Text()
	})
	for i, date := range chart.Dates {
		want := grouped(chart.Misses[i]) + " of " + grouped(chart.Units[i])
		if got, ok := rows[date]; ok != (chart.Units[i] > 0) || ok && got != want {
			t.Errorf("%s: the table has %q, the chart %s", date, got, want)
		}
	}
	if len(rows) == 0 {
		t.Error("the table is empty")
	}
}
