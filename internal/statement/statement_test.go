package statement

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"sellerpulse/pkg/windows"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// texts are figures as JSON, what is not told left out.
func texts(t *testing.T, figures []Figure) (lines []string) {
	t.Helper()
	for i := range figures {
		f := &figures[i]
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.NewReplacer(`"counts":null,`, "", `,"rate":"","why":""`, "", `"rate":"",`, "", `,"why":""`, "", `"channel":"",`, "", `"rule":"",`, "").Replace(string(text))
		if !f.MadeAt.IsZero() {
			line += " at " + f.MadeAt.UTC().Format("2006-01-02T15:04:05")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestForms(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		want    []string
	}{
		"amazon.json": {Options{}, []string{
			`{"name":"orderDefectRate.mfn","rule":"order_defect_rate","channel":"MFN","from":"2026-01-01","to":"2026-03-01","counts":{"numerator":2,"denominator":4}}`,
			`{"name":"orderDefectRate.afn","rule":"order_defect_rate","channel":"AFN","why":"it has no reportingDateRange: the rate does not apply to the seller"}`,
			`{"name":"lateShipmentRate","rule":"late_shipment_rate","from":"2026-02-01","to":"2026-03-02","counts":{"numerator":1,"denominator":4}}`,
			`{"name":"preFulfillmentCancellationRate","rule":"cancellation_rate","from":"2026-02-24","to":"2026-03-02","counts":{"numerator":1,"denominator":5}}`,
			`{"name":"validTrackingRate","rule":"valid_tracking_rate","from":"2026-01-22","to":"2026-02-20","counts":{"numerator":2,"denominator":3}}`,
			`{"name":"onTimeDeliveryRate","rule":"on_time_delivery_rate","from":"2026-01-22","to":"2026-02-20","counts":{"numerator":1,"denominator":2}}`,
			`{"name":"unitOnTimeDeliveryRate","from":"2026-02-07","to":"2026-02-20","why":"no metric counts that"}`,
			`{"name":"invoiceDefectRate","why":"it has no reportingDateRange: the rate does not apply to the seller"}`,
		}},
		"ebay.json": {Options{}, []string{
			`{"name":"MIN_TXN_COUNT (PROGRAM_US, CURRENT)","why":"it is no rate"} at 2026-02-20T07:00:00`,
			`{"name":"DEFECTIVE_TRANSACTION_RATE (PROGRAM_US, CURRENT)","rule":"ebay-us/transaction-defects","from":"2025-02-01","to":"2026-01-31","counts":{"numerator":1,"denominator":720}} at 2026-02-20T07:00:00`,
			`{"name":"SHIPPING_MISS_RATE (PROGRAM_US, CURRENT)","from":"2025-11-01","to":"2026-01-31","why":"no rule of a pack counts that in this program"} at 2026-02-20T07:00:00`,
		}},
		"walmart.json": {Options{Rule: "cancellation"}, []string{
			`{"name":"summary","rule":"cancellation","from":"2026-01-31","to":"2026-03-01","rate":"1.5"} at 2026-03-02T19:49:56`,
		}},
		"figures.csv": {Options{}, []string{
			`{"name":"odr","rule":"odr","from":"2026-01-01","to":"2026-03-01","counts":{"numerator":2,"denominator":400}} at 2026-03-02T06:00:00`,
			`{"name":"late_shipment_rate","rule":"late_shipment_rate","channel":"MFN","from":"2026-02-01","to":"2026-03-02","counts":{"numerator":7,"denominator":350}}`,
		}},
	} {
		figures, err := Parse(read(t, name), test.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := strings.Join(texts(t, figures), "\n"), strings.Join(test.want, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A profile by itself is read too, and of several marketplaces the one that is wanted.
func TestOneOfSeveral(t *testing.T) {
	profile := read(t, "ebay.json")
	begin, end := strings.Index(string(profile), "[")+1, strings.LastIndex(string(profile), "]")
	if figures, err := Parse(profile[begin:end], Options{}); err != nil || len(figures) != 3 {
		t.Errorf("one profile: %v, %v", figures, err)
	}
	var report struct {
		PerformanceMetrics []map[string]any `json:"performanceMetrics"`
	}
	if err := json.Unmarshal(read(t, "amazon.json"), &report); err != nil {
		t.Fatal(err)
	}
	report.PerformanceMetrics = append(report.PerformanceMetrics, map[string]any{"marketplaceId": "A2EUQ1WTGCTBG2"})
	two, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for wanted, want := range map[string]string{
		"": "name one with --marketplace, of ATVPDKIKX0DER, A2EUQ1WTGCTBG2", "X": `there is none of marketplace "X"`, "ATVPDKIKX0DER": "",
	} {
		figures, err := Parse(two, Options{Marketplace: wanted})
		if want == "" && (err != nil || len(figures) != 8) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("marketplace %q: %d figures, error %v, want %q", wanted, len(figures), err, want)
		}
	}
}

func TestWalmartDates(t *testing.T) {
	from, to := windows.Date(20_000), windows.Date(20_010)
	figures, err := Parse(read(t, "walmart.json"), Options{Rule: "x", From: &from, To: &to})
	if err != nil || figures[0].From != from || figures[0].To != to {
		t.Errorf("%+v, %v", figures, err)
	}
}

func TestWhatIsNoStatement(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  ErrForm.Error(),
		"{}":                                ErrForm.Error(),
		"a,b\n1,2":                          ErrForm.Error(),
		"{":                                 "read statement: ",
		`{"performanceMetrics": {}}`:        "read performanceMetrics: ",
		`{"performanceMetrics": []}`:        "they are of 0 marketplaces",
		`{"payload": {}}`:                   "there is no sellerAccountableRate",
		`{"payload": {"overallRate": 101}}`: `rate "101" is not from 0 to 100`,
		`{"payload": {"overallRate": 89}}`:  "name the rule or metric with --rule",
		`{"standardsProfiles": [{"metrics": 1}]}`: "read standardsProfiles: ",
		`{"standardsProfiles": [{"metrics": [{"metricKey": "K", "type": "RATE", "value": 1, "lookbackStartDate": "x", "lookbackEndDate": "y"}]}]}`: `"x" is no date`,
		"rule,from,to,numerator,denominator\nodr,2026-01-01,2026-01-02,1":                                                                          "wrong number of fields",
		"rule,from,to,numerator,denominator\n,2026-01-01,2026-01-02,1,2":                                                                           "line 2: rule: it is empty",
		"rule,from,to,numerator,denominator\nodr,2026-01-01,2026-01-02,1,2\nodr,soon,2026-01-02,1,2":                                               `line 3: from: "soon" is no date`,
		"rule,from,to,numerator,denominator\nodr,2026-01-01,2026-01-02,-1,2":                                                                       `numerator: "-1" is no whole number from 0 up`,
		"rule,from,to,numerator,denominator\nodr,2026-01-03,2026-01-02,1,2":                                                                        "its dates are from 2026-01-03 to 2026-01-02",
		"rule,from,to,numerator,denominator,at\nodr,2026-01-01,2026-01-02,1,2,now":                                                                 `at: "now" is no time`,
		strings.Repeat(" ", MaxBytes+1): "more than",
	} {
		if figures, err := Parse([]byte(text), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200q: %v, error %v, want %s", text, figures, err, want)
		}
	}
	if _, err := Parse([]byte("a"), Options{}); !errors.Is(err, ErrForm) {
		t.Errorf("error %v", err)
	}
}

// Whatever the bytes are, a figure has counts, a rate or a reason why not, and its dates are in order.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"amazon.json", "ebay.json", "walmart.json", "figures.csv"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		figures, err := Parse(text, Options{Rule: "odr"})
		for i := range figures {
			f := &figures[i]
			if err != nil || f.From > f.To || f.Why == "" && (f.Counts == nil) == (f.Rate == "") || f.Counts != nil && f.Rule == "" {
				t.Errorf("%+v, error %v", f, err)
			}
		}
	})
}
