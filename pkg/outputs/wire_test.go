package outputs

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/internal/avro"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/schemas"
)

func pointer[T any](v T) *T { return &v }

func date(text string) windows.Date {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return windows.Date(t.Unix() / 86400)
}

func target(text string) rules.Target {
	t, err := rules.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return t
}

// exampleAlert has a value of its own in every field.
func exampleAlert() Alert {
	return Alert{
		SellerID: "S/1", Rule: "odr", Transition: 3, Metric: rules.OrderDefectRate.Name, Class: rules.Advisory, Channel: rules.MFN, Provisional: true,
		State: rules.Breached, PreviousState: rules.AtRisk, Level: "red", PreviousLevel: "yellow", Part: pointer("toys/a:b"), AsOf: time.Date(2026, 3, 1, 12, 0, 0, 7e6, time.UTC).UnixMilli(),
		Window: windows.Window{Count: 60}, From: date("2025-12-01"), To: date("2026-01-29"), Numerator: 1, Denominator: 3, Target: target("< 0.025"),
		Components: &Components{NegativeFeedback: 4, Claims: 5, Chargebacks: 6}, DefectsToBreach: pointer(int64(0)), OrdersToRecover: pointer(int64(298)),
		RecoversOn: pointer(date("2026-04-30")), OrderIDs: []string{"O\"2", "O1"},
		Cause: Cause{Kind: "LEFT", Topic: "feedback", Partition: 7, Offset: 1 << 40, EventID: "e\n1", OrderID: "O1"},
	}
}

// bareAlert has no more than an alert must have.
func bareAlert() Alert {
	return Alert{
		SellerID: "S", Rule: "valid-tracking", Transition: 1, Metric: rules.ValidTrackingRate.Name, State: rules.NoData, PreviousState: rules.Breached, AsOf: 0,
		Window: windows.Window{Count: 30}, From: 0, To: 29, Target: target("> 0.95"), Cause: TimeCause(),
	}
}

func exampleReport() Report {
	return Report{
		SellerID: "S", AsOf: 1772366400007, Status: rules.StatusUnderReview,
		Statuses: []rules.PackStatus{{Pack: "b", Status: rules.StatusUnderReview}, {Pack: "a", Status: rules.StatusActive}},
		Rules: []RuleReport{
			{
				Rule: "odr", Metric: rules.OrderDefectRate.Name, Class: rules.Contractual, Channel: rules.AllChannels, Provisional: true, Window: windows.Window{Count: 60}, From: 20423, To: 20482,
				Numerator: 1, Denominator: 3, Target: target("< 0.01"), State: rules.Breached, Since: 1772366400000, ProjectedState: rules.Breached,
			},
			{Rule: "valid-tracking", Metric: rules.ValidTrackingRate.Name, Class: rules.Advisory, Channel: rules.MFN, Window: windows.Window{Count: 30}, Target: target("> 0.95")},
			{
				Rule: "p/claims", Metric: "p/mine", Channel: rules.AFN, Window: windows.Window{Count: 31}, From: 1, To: 31, Numerator: 1, Denominator: 100, State: rules.AtRisk,
				Part: pointer(""), PartsOmitted: 3, Level: "low", ProjectedState: rules.OK, CountsFrom: pointer(windows.Date(2)), SilencedUntil: pointer(windows.Date(40)), SilenceReason: "they move",
				Levels: []rules.Level{{Name: "high", Target: target("<= 0.01"), State: rules.OK}, {Name: "low", State: rules.AtRisk}},
			},
		},
		Metrics: []MetricReport{
			{Metric: rules.ClaimRate.Name, Channel: rules.AFN, Window: windows.Window{Count: 60}, From: 1, To: 60},
			{Metric: rules.RefundRate.Name, Channel: rules.MFN, ProductLine: pointer("toys"), Window: windows.Window{Count: 60}, From: 1, To: 60, Numerator: 2, Denominator: 4},
		},
		ProductLinesOmitted: 3100,
	}
}

func TestAlertJSON(t *testing.T) {
	alert, bare := exampleAlert(), bareAlert()
	for _, row := range []struct {
		alert *Alert
		want  string
	}{
		{&alert, `{"alert_id":"S/1/odr:toys/a:b/3","kind":"BREACHED","seller_id":"S/1","rule":"odr","metric":"order_defect_rate","class":"ADVISORY","channel":"MFN",` +
			`"provisional":true,"state":"BREACHED","previous_state":"AT_RISK","as_of":"2026-03-01T12:00:00.007Z",` +
			`"window":{"days":60,"from":"2025-12-01","to":"2026-01-29"},"numerator":1,"denominator":3,"rate":0.3333333333333333,"target":"< 0.025",` +
			`"components":{"negative_feedback":4,"claims":5,"chargebacks":6},"defects_to_breach":0,"orders_to_recover":298,"recovers_on":"2026-04-30",` +
			`"order_ids":["O\"2","O1"],"cause":{"topic":"feedback","partition":7,"offset":1099511627776,"event_id":"e\u000a1","order_id":"O1","kind":"LEFT"},"level":"red","previous_level":"yellow","part":"toys/a:b"}`},
		{&bare, `{"alert_id":"S/valid-tracking/1","kind":"RESOLVED","seller_id":"S","rule":"valid-tracking","metric":"valid_tracking_rate","class":"CONTRACTUAL",` +
			`"channel":"ALL","provisional":false,"state":"NO_DATA","previous_state":"BREACHED","as_of":"1970-01-01T00:00:00.000Z",` +
			`"window":{"days":30,"from":"1970-01-01","to":"1970-01-30"},"numerator":0,"denominator":0,"rate":null,"target":"> 0.95",` +
			`"components":null,"defects_to_breach":null,"orders_to_recover":null,"recovers_on":null,"order_ids":[],"cause":{"kind":"TIME"},"level":null,"previous_level":null,"part":null}`},
	} {
		if got := string(row.alert.AppendJSON(nil)); got != row.want {
			t.Errorf("got\n%s\nwant\n%s", got, row.want)
		}
	}
}

func TestReportJSON(t *testing.T) {
	r := exampleReport()
	const want = `{"seller_id":"S","as_of":"2026-03-01T12:00:00.007Z","status":"UNDER_REVIEW","rules":[` +
		`{"rule":"odr","metric":"order_defect_rate","class":"CONTRACTUAL","channel":"ALL","provisional":true,"window":{"days":60,"from":"2025-12-01","to":"2026-01-29"},` +
		`"numerator":1,"denominator":3,"rate":0.3333333333333333,"target":"< 0.01","target_met":false,"state":"BREACHED","since":"2026-03-01T12:00:00.000Z",` +
		`"part":null,"level":null,"levels":null,"projected_state":"BREACHED","counts_from":null,"parts_omitted":0,"silenced_until":null,"silence_reason":null},` +
		`{"rule":"valid-tracking","metric":"valid_tracking_rate","class":"ADVISORY","channel":"MFN","provisional":false,"window":{"days":30,"from":"1970-01-01","to":"1970-01-01"},` +
		`"numerator":0,"denominator":0,"rate":null,"target":"> 0.95","target_met":null,"state":"NO_DATA","since":null,` +
		`"part":null,"level":null,"levels":null,"projected_state":"NO_DATA","counts_from":null,"parts_omitted":0,"silenced_until":null,"silence_reason":null},` +
		`{"rule":"p/claims","metric":"p/mine","class":"CONTRACTUAL","channel":"AFN","provisional":false,"window":{"days":31,"from":"1970-01-02","to":"1970-02-01"},` +
		`"numerator":1,"denominator":100,"rate":0.01,"target":null,"target_met":null,"state":"AT_RISK","since":null,"part":"","level":"low",` +
		`"levels":[{"level":"high","target":"<= 0.01","state":"OK"},{"level":"low","target":null,"state":"AT_RISK"}],"projected_state":"OK","counts_from":"1970-01-03","parts_omitted":3,"silenced_until":"1970-02-10","silence_reason":"they move"}],"metrics":[` +
		`{"metric":"claim_rate","channel":"AFN","product_line":null,"window":{"days":60,"from":"1970-01-02","to":"1970-03-02"},"numerator":0,"denominator":0,"rate":null},` +
		`{"metric":"refund_rate","channel":"MFN","product_line":"toys","window":{"days":60,"from":"1970-01-02","to":"1970-03-02"},"numerator":2,"denominator":4,"rate":0.5}],"product_lines_omitted":3100,"statuses":{"b":"UNDER_REVIEW","a":"ACTIVE"}}`
	if got := string(r.AppendJSON(nil)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAlertAvro lets an independent decoder read alerts by the schema, and compares every field with the alert's JSON.
func TestAlertAvro(t *testing.T) {
	for _, a := range []Alert{exampleAlert(), bareAlert()} {
		compareWithJSON(t, "alerts", a.AppendAvro([]byte("before"))[len("before"):], a.AppendJSON(nil), nullCause)
	}
}

// nullCause fills in what the JSON of a cause other than an event leaves out.
func nullCause(fields map[string]any) {
	cause := fields["cause"].(map[string]any)
	for _, name := range []string{"topic", "partition", "offset", "event_id", "order_id"} {
		if _, ok := cause[name]; !ok {
			cause[name] = nil
		}
	}
}

// TestRulesCause has the third kind of cause.
func TestRulesCause(t *testing.T) {
	a := bareAlert()
	a.Cause = RulesCause()
	if got := string(a.AppendJSON(nil)); !strings.HasSuffix(got, `"cause":{"kind":"RULES"},"level":null,"previous_level":null,"part":null}`) {
		t.Error(got)
	}
	if again, err := DecodeAlert(a.AppendAvro(nil)); err != nil || again.Cause != a.Cause {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestReportAvro(t *testing.T) {
	for _, r := range []Report{exampleReport(), {SellerID: "S"}} {
		compareWithJSON(t, "seller_report", r.AppendAvro(nil), r.AppendJSON(nil), func(map[string]any) {})
	}
}

func compareWithJSON(t *testing.T, schema string, value, asJSON []byte, complete func(map[string]any)) {
	t.Helper()
	codec, err := goavro.NewCodec(schemas.Text(schema))
	if err != nil {
		t.Fatal(err)
	}
	native, rest, err := codec.NativeFromBinary(value[avro.HeaderSize:])
	if err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d bytes left", err, len(rest))
	}
	var want map[string]any
	if err := json.Unmarshal(asJSON, &want); err != nil {
		t.Fatal(err)
	}
	complete(want)
	if got := plain(native, ""); !reflect.DeepEqual(got, want) {
		t.Errorf("by the schema\n%v\nwant\n%v", got, want)
	}
}

// plain turns what goavro decodes into what encoding/json decodes.
func plain(v any, field string) any {
	switch v := v.(type) {
	case map[string]any:
		return plainMap(v, field)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i], field)
		}
		return list
	case time.Time:
		if field == "from" || field == "to" || field == "recovers_on" || field == "counts_from" || field == "silenced_until" {
			return v.UTC().Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	default:
		return v
	}
}

// plainMap takes unions apart: goavro has them as a map of the type's name, but an object of one field is not a union.
func plainMap(v map[string]any, field string) any {
	fields := map[string]any{}
	for name, value := range v {
		switch name {
		case "array", "string", "long", "int", "double", "boolean", "int.date", "long.timestamp-millis", "sellerpulse.AlertComponents":
			return plain(value, field)
		}
		fields[name] = plain(value, name)
	}
	return fields
}

func TestDecode(t *testing.T) {
	for _, a := range []Alert{exampleAlert(), bareAlert()} {
		value := a.AppendAvro(nil)
		got, err := DecodeAlert(value)
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, a)
		}
		checkDamage(t, value, func(b []byte) error { _, err := DecodeAlert(b); return err })
	}
	widest := exampleAlert()
	widest.Window.Count, widest.From, widest.To = math.MaxInt32, math.MinInt32, math.MaxInt32
	if got, err := DecodeAlert(widest.AppendAvro(nil)); err != nil || !reflect.DeepEqual(got, widest) {
		t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, widest)
	}
	for _, r := range []Report{exampleReport(), {SellerID: "S"}} {
		value := r.AppendAvro(nil)
		got, err := DecodeReport(value)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, r)
		}
		checkDamage(t, value, func(b []byte) error { _, err := DecodeReport(b); return err })
	}
}

// plainReport is an example that says nothing that earlier versions of the schema could not.
func plainReport() Report {
	r := exampleReport()
	r.Rules, r.Statuses = r.Rules[:2], nil
	return r
}

// TestDecodeEarlierReports reads reports that were written before there were silences, parts and levels, and product lines omitted.
func TestDecodeEarlierReports(t *testing.T) {
	told := exampleReport()
	told.Rules[2].SilencedUntil, told.Rules[2].SilenceReason = nil, ""
	value := writtenBy(t, "seller_report", told.AppendAvro(nil), reportAllTold)
	got, err := DecodeReport(value)
	for _, r := range []*Report{&got, &told} { // The statuses are a map, which goavro writes in any order.
		slices.SortFunc(r.Statuses, func(a, b rules.PackStatus) int { return strings.Compare(a.Pack, b.Pack) })
	}
	if err != nil || !reflect.DeepEqual(got, told) {
		t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, told)
	}
	checkDamage(t, value, func(b []byte) error { _, err := DecodeReport(b); return err })
	for _, fingerprint := range []uint64{reportBeforeParts, reportAllLines} {
		want := plainReport()
		value := writtenBy(t, "seller_report", want.AppendAvro(nil), fingerprint)
		if fingerprint == reportAllLines {
			want.ProductLinesOmitted = 0
		}
		got, err := DecodeReport(value)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%016x: got\n%+v, %v\nwant\n%+v", fingerprint, got, err, want)
		}
		checkDamage(t, value, func(b []byte) error { _, err := DecodeReport(b); return err })
	}
}

// TestDecodeEarlierAlert reads an alert that was written before there were parts and levels.
func TestDecodeEarlierAlert(t *testing.T) {
	want := exampleAlert()
	want.Part, want.Level, want.PreviousLevel = nil, "", ""
	value := writtenBy(t, "alerts", want.AppendAvro(nil), alertBeforeParts)
	got, err := DecodeAlert(value)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, want)
	}
	checkDamage(t, value, func(b []byte) error { _, err := DecodeAlert(b); return err })
}

// writtenBy gives a value as an earlier version of its schema has it.
func writtenBy(t *testing.T, schema string, value []byte, fingerprint uint64) []byte {
	t.Helper()
	versions := schemas.Versions(schema)
	i := slices.IndexFunc(versions, func(v schemas.Version) bool { return v.Fingerprint == fingerprint })
	if i < 0 {
		t.Fatalf("no version %016x", fingerprint)
	}
	newest, err := goavro.NewCodec(versions[0].Text)
	if err != nil {
		t.Fatal(err)
	}
	earlier, err := goavro.NewCodec(versions[i].Text)
	if err != nil {
		t.Fatal(err)
	}
	native, _, err := newest.NativeFromBinary(value[avro.HeaderSize:])
	if err != nil {
		t.Fatal(err)
	}
	fields := native.(map[string]any)
	withTarget := []any{fields}
	if rules, ok := fields["rules"]; ok {
		withTarget = rules.([]any)
	}
	for _, v := range withTarget {
		if target, ok := v.(map[string]any)["target"].(map[string]any); ok && fingerprint != reportAllTold {
			v.(map[string]any)["target"] = target["string"] // It could not be null.
		}
	}
	value, err = earlier.BinaryFromNative(avro.AppendHeader(nil, fingerprint), native)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// checkDamage checks that a value is refused when cut, lengthened or of another schema.
func checkDamage(t *testing.T, value []byte, decode func([]byte) error) {
	t.Helper()
	for n := range value {
		if decode(value[:n]) == nil {
			t.Errorf("accepted the first %d of %d bytes", n, len(value))
		}
	}
	if err := decode(append(value[:len(value):len(value)], 0)); err == nil || !strings.Contains(err.Error(), "bytes left") {
		t.Errorf("a byte more: %v", err)
	}
	other := append([]byte(nil), value...)
	other[2]++
	if err := decode(other); err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("another fingerprint: %v", err)
	}
}

// TestDecodeContradictions checks that an alert that contradicts itself is refused.
func TestDecodeContradictions(t *testing.T) {
	a := exampleAlert()
	value := string(a.AppendAvro(nil))
	for _, row := range []struct{ name, old, new string }{
		{"another seller", "\x06S/1\x06odr", "\x06S/2\x06odr"},
		{"a number that is none", "a:b/3", "a:b/x"},
		{"another part", "S/1/odr:toys", "S/1/odr:boys"},
		{"an unknown target", "< 0.025", "= 0.025"},
		{"a class that is none", "rate\x02", "rate\x04"},
		{"another kind", "/3\x00", "/3\x02"},
		{"a kind below all", "/3\x00", "/3\x01"},
		{"a branch that is none", "\x02\x00\x02\xd4\x04", "\x04\x00\x02\xd4\x04"},
		{"a negative numerator", "\x02\x06\x02", "\x01\x06\x02"},
	} {
		if damaged := strings.Replace(value, row.old, row.new, 1); damaged == value {
			t.Errorf("%s: not in the value", row.name)
		} else if _, err := DecodeAlert([]byte(damaged)); err == nil {
			t.Errorf("%s: accepted", row.name)
		}
	}
}

// TestFingerprint checks that it covers every number and state, and neither as_of nor the dates of windows.
func TestFingerprint(t *testing.T) {
	same := plainReport()
	want := same.Fingerprint()
	if want != 0x3cf606c5ed56250b { // It is stored: another one makes every seller's report come again.
		t.Errorf("the fingerprint has become %016x", want)
	}
	for name, change := range map[string]func(*Report){
		"statuses":   func(r *Report) { r.Statuses = []rules.PackStatus{{Pack: "a"}} }, // They follow from the states.
		"as of":      func(r *Report) { r.AsOf++ },
		"rule dates": func(r *Report) { r.Rules[0].From++; r.Rules[0].To++ },
		"dates":      func(r *Report) { r.Metrics[0].From++; r.Metrics[0].To++ },
	} {
		r := plainReport()
		if change(&r); r.Fingerprint() != want {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	for name, change := range map[string]func(*Report){
		"status":             func(r *Report) { r.Status = rules.StatusActive },
		"lines omitted":      func(r *Report) { r.ProductLinesOmitted-- },
		"rule":               func(r *Report) { r.Rules[0].Rule = "odr-2" },
		"rule numerator":     func(r *Report) { r.Rules[0].Numerator++ },
		"rule denominator":   func(r *Report) { r.Rules[0].Denominator++ },
		"state":              func(r *Report) { r.Rules[1].State = rules.OK },
		"target":             func(r *Report) { r.Rules[1].Target.Limit.Number++ },
		"a rule less":        func(r *Report) { r.Rules = r.Rules[:1] },
		"metric numerator":   func(r *Report) { r.Metrics[1].Numerator++ },
		"metric denominator": func(r *Report) { r.Metrics[0].Denominator++ },
		"product line":       func(r *Report) { r.Metrics[1].ProductLine = pointer("books") },
		"no product line":    func(r *Report) { r.Metrics[1].ProductLine = nil },
		"comparator":         func(r *Report) { r.Rules[0].Target.Comparator = rules.AtMost },
		"no target":          func(r *Report) { r.Rules[0].Target = rules.Target{} },
		"metric of a rule":   func(r *Report) { r.Rules[0].Metric = "p/mine" },
		"metric":             func(r *Report) { r.Metrics[0].Metric = "p/mine" },
		"part":               func(r *Report) { r.Rules[0].Part = pointer("") },
		"levels":             func(r *Report) { r.Rules[0].Levels = []rules.Level{{Name: "a"}} },
		"projected state":    func(r *Report) { r.Rules[1].ProjectedState = rules.Breached },
		"counts from":        func(r *Report) { r.Rules[0].CountsFrom = pointer(windows.Date(1)) },
		"parts omitted":      func(r *Report) { r.Rules[0].PartsOmitted = 1 },
		"silence":            func(r *Report) { r.Rules[0].SilencedUntil = pointer(windows.Date(1)) },
		"channel":            func(r *Report) { r.Metrics[0].Channel = rules.MFN },
	} {
		r := plainReport()
		if change(&r); r.Fingerprint() == want {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}

// FuzzDecode checks that no value makes a decoder panic, and that what it accepts reads back the same.
func FuzzDecode(f *testing.F) {
	alert, report := exampleAlert(), exampleReport()
	f.Add(alert.AppendAvro(nil))
	f.Add(report.AppendAvro(nil))
	f.Fuzz(func(t *testing.T, value []byte) {
		if a, err := DecodeAlert(value); err == nil {
			if again, err := DecodeAlert(a.AppendAvro(nil)); err != nil || fmt.Sprint(again.AppendJSON(nil)) != fmt.Sprint(a.AppendJSON(nil)) {
				t.Errorf("%+v reads back as %+v, %v", a, again, err)
			}
		}
		if r, err := DecodeReport(value); err == nil {
			if again, err := DecodeReport(r.AppendAvro(nil)); err != nil || fmt.Sprint(again.AppendJSON(nil)) != fmt.Sprint(r.AppendJSON(nil)) {
				t.Errorf("%+v reads back as %+v, %v", r, again, err)
			}
		}
	})
}

func BenchmarkAlertAppendAvro(b *testing.B) {
	a := exampleAlert()
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buffer = a.AppendAvro(buffer[:0])
	}
}
