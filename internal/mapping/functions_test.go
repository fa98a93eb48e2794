package mapping

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

// value is what a program makes of a value first, as JSON; with an error, that.
func value(t *testing.T, program, of string, o Options) string {
	t.Helper()
	if o.Open == nil {
		o.Open = func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	}
	text := "mapping: m\ntables:\n  lines: {file: lines.csv, key: sku, value: line, optional: true}\n  rows: {file: rows.csv, key: order, all: true, optional: true}\nsources:\n  - topics: t\n    events: |\n      " + program + "\n"
	s := parsed(t, text, o)
	got := "nothing"
	var v any
	if err := json.Unmarshal([]byte(of), &v); err != nil {
		t.Fatal(err)
	}
	if n, ok := v.(float64); ok && n == float64(int(n)) {
		v = int(n)
	}
	err := s.program.each(v, &Record{}, nil, func(made any) error {
		b, err := json.Marshal(made)
		got = string(b)
		return err
	})
	if err != nil {
		return err.Error()
	}
	return got
}

func TestTimes(t *testing.T) {
	for _, c := range []struct{ program, of, want string }{
		{`seconds`, `1767323045`, `"2026-01-02T03:04:05.000Z"`},
		{`seconds`, `1767323045.25`, `"2026-01-02T03:04:05.250Z"`},
		{`seconds`, `"1767323045"`, `"2026-01-02T03:04:05.000Z"`},
		{`millis`, `1767323045678`, `"2026-01-02T03:04:05.678Z"`},
		{`micros`, `1767323045678901`, `"2026-01-02T03:04:05.678Z"`},
		{`nanos`, `1767323045678901234`, `"2026-01-02T03:04:05.678Z"`},
		{`epoch_days`, `20455`, `"2026-01-02T00:00:00.000Z"`},
		{`millis`, `-1`, `"1969-12-31T23:59:59.999Z"`},
		{`seconds, millis, instant("UTC")`, `null`, `null`},
		{`instant("UTC")`, `""`, `null`},
		{`millis`, `1e300`, "millis: 1e+300 is no number"},
		{`seconds`, `9223372036854774784`, "is too far away"},
		{`seconds`, `1767323045678`, "is outside the years 1 to 9999"},
		{`millis`, `true`, "millis: true is no number"},
		{`instant`, `"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.000Z"`},
		{`instant`, `"2026-01-02 03:04:05+01:00"`, `"2026-01-02T02:04:05.000Z"`},
		{`instant`, `"2026-01-02T03:04:05+0100"`, `"2026-01-02T02:04:05.000Z"`},
		{`instant`, `"2026-01-02 03:04:05 UTC"`, `"2026-01-02T03:04:05.000Z"`},
		{`instant`, `"2026-01-02 03:04:05 PST"`, "is not as 2026"},
		{`instant`, `"2026-01-02"`, "does not say its zone"},
		{`instant`, `17`, "is no text"},
		{`instant("America/New_York")`, `"2026-01-02"`, `"2026-01-02T05:00:00.000Z"`},
		{`instant("America/New_York")`, `"2026-07-02 03:04:05"`, `"2026-07-02T07:04:05.000Z"`},
		{`instant("Mars")`, `"2026-01-02"`, `no zone "Mars"`},
		{`instant("MM/dd/yyyy"; "PST")`, `"01/02/2026"`, `"2026-01-02T08:00:00.000Z"`},
		{`instant("M/d/yy h:mm a"; "UTC")`, `"1/2/26 3:04 PM"`, `"2026-01-02T15:04:00.000Z"`},
		{`instant("dd-MMM-yyyy'T'HH:mm:ss XXX"; "UTC")`, `"02-Jan-2026T03:04:05 +01:00"`, `"2026-01-02T02:04:05.000Z"`},
		{`instant("dd.MM.yyyy"; "UTC")`, `"2026-01-02"`, "is not as"},
		{`instant("QQ"; "UTC")`, `"2026-01-02"`, `layout "QQ"`},
		{`instant | end_of_day("America/New_York")`, `"2026-03-08T06:00:00Z"`, `"2026-03-09T03:59:59.999Z"`},
		{`instant | start_of_day("Europe/Stockholm")`, `"2026-03-08T23:30:00Z"`, `"2026-03-08T23:00:00.000Z"`},
		{`instant | plus_hours(48)`, `"2026-01-02T03:04:05Z"`, `"2026-01-04T03:04:05.000Z"`},
		{`instant | plus_days(1; "America/New_York")`, `"2026-03-07T12:00:00Z"`, `"2026-03-08T11:00:00.000Z"`},
		{`instant | plus_business_days(2; "UTC")`, `"2026-01-02T03:04:05Z"`, `"2026-01-06T03:04:05.000Z"`},
		{`instant | plus_business_days(0; "UTC")`, `"2026-01-03T03:04:05Z"`, `"2026-01-03T03:04:05.000Z"`},
		{`instant | plus_business_days("1"; "UTC"; ["2026-01-05"])`, `"2026-01-02T03:04:05Z"`, `"2026-01-06T03:04:05.000Z"`},
		{`instant | plus_business_days(-1; "UTC")`, `"2026-01-02T03:04:05Z"`, "less than 0"},
		{`instant | plus_days(20000; "UTC")`, `"2026-01-02T03:04:05Z"`, "no whole number"},
		{`end_of_day("UTC")`, `"tomorrow"`, "is no instant"},
	} {
		if got := value(t, c.program, c.of, Options{}); got != c.want && (c.want[0] == '"' || c.want == "null" || !strings.Contains(got, c.want)) {
			t.Errorf("%s of %s is %s, want %s", c.program, c.of, got, c.want)
		}
	}
}

// Business days are counted as one would on one's fingers.
func TestBusinessDaysOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		start := time.Date(2026, 1, 1+r.IntN(365), r.IntN(24), 0, 0, 0, time.UTC)
		n := r.IntN(30)
		want := start
		for left := n; left > 0; {
			want = want.Add(24 * time.Hour)
			if d := want.Weekday(); d != time.Saturday && d != time.Sunday {
				left--
			}
		}
		got := plusBusinessDays(start.Format(time.RFC3339), []any{n, "UTC"})
		if got != want.Format("2006-01-02T15:04:05.000Z") {
			t.Fatalf("%d business days after %v are %v, want %v", n, start, got, want)
		}
	}
}

func TestLookUp(t *testing.T) {
	files := Options{Open: func(name string) (io.ReadCloser, error) {
		text, ok := map[string]string{"lines.csv": "line,sku\ntoys,A-1\n\"bo\noks\",17\n", "rows.csv": "order,n\nO1,1\nO2,2\nO1,3\n"}[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}}
	for _, c := range []struct{ program, of, want string }{
		{`lookup("lines")`, `"A-1"`, `"toys"`},
		{`lookup("lines")`, `17`, `"bo\noks"`},
		{`lookup("lines")`, `"B"`, `null`},
		{`lookup("lines"; "other")`, `"B"`, `"other"`},
		{`lookup("lines"; "other")`, `null`, `"other"`},
		{`lookup("lines")`, `[1]`, "cannot be looked up"},
		{`lookup("rows")`, `"O1"`, `[{"n":"1","order":"O1"},{"n":"3","order":"O1"}]`},
	} {
		if got := value(t, c.program, c.of, files); got != c.want && !strings.Contains(got, c.want) {
			t.Errorf("%s of %s is %s, want %s", c.program, c.of, got, c.want)
		}
	}
	missing := Options{Open: func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }}
	if got := value(t, `lookup("lines"; "unknown")`, `"A-1"`, missing); got != `"unknown"` {
		t.Errorf("without an optional file it is %s", got)
	}
	for text, problem := range map[string]string{
		"lines: {file: lines.csv, key: sku, value: lin}": `no column "lin"; did you mean line?`,
		"lines: {file: nowhere.csv, key: sku}":           "table of nowhere.csv",
		"lines: {key: sku}":                              "a table has `file:`",
	} {
		_, err := Parse(File{Name: "m", Text: []byte("mapping: m\ntables:\n  " + text + "\nsources:\n  - topics: t\n    events: .")}, files)
		if err == nil || !strings.Contains(err.Error(), problem) || !strings.HasPrefix(err.Error(), "m:3: ") {
			t.Errorf("%s: error %v, want %q", text, err, problem)
		}
	}
}

func TestCarriers(t *testing.T) {
	for name, want := range map[string]string{`"Federal Express"`: `"fedex"`, `"UPS®"`: `"ups"`, `"DHL eCommerce"`: `"dhl"`, `"Royal Mail"`: `"s10"`, `"Bob's Vans"`: `"bobsvans"`, `null`: `null`, `"-"`: `null`} {
		if got := value(t, "carrier", name, Options{}); got != want {
			t.Errorf("carrier of %s is %s, want %s", name, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	o := Options{Environment: func(name string) (string, bool) { return "of " + name, name == "SHOP" || name == "SECRET" }}
	s := parsed(t, "mapping: m\nenvironment: [SHOP]\nsources:\n  - topics: t\n    events: '[env.SHOP, env.SECRET]'\n", o)
	err := s.program.each(nil, &Record{}, nil, func(made any) error {
		if b, _ := json.Marshal(made); string(b) != `["of SHOP",null]` {
			t.Errorf("the program sees %s", b)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Whatever a record is, it becomes events or an error, and never the end of the process.
func FuzzMap(f *testing.F) {
	s := parsed(f, shop, Options{})
	for _, text := range []string{`{"kind":"order","id":"O1","at":1767326645,"items":[{"id":"1"}]}`, `[]`, `{"kind":"order","at":"x"}`, `{"kind":"order","at":1e300,"items":7}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		messages, err := s.NewRunner(events.Encoder{}).Map(&Record{Value: text}, nil)
		if err != nil && (len(messages) > 0 || !errors.As(err, new(*Error))) {
			t.Fatalf("%q: %d messages, error %v", text, len(messages), err)
		}
	})
}
