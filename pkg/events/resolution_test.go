package events

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/avro"

	"sellerpulse/schemas"
)

// feedbackFields are the fields that every event of feedback has, but for its rating.
const feedbackFields = `{"name":"event_id","type":"string"},{"name":"kind","type":"string"},{"name":"occurred_at","type":"long"},
	{"name":"seller_id","type":"string"},{"name":"order_id","type":"string"},{"name":"feedback_id","type":"string"}`

var feedbackValue = map[string]any{
	"event_id": "e", "kind": "LEFT", "occurred_at": int64(1_700_000_000_000), "seller_id": "S", "order_id": "O", "feedback_id": "F", "rating": int32(4),
}

func with(base map[string]any, change map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range []map[string]any{base, change} {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

// decodeBy encodes a value by the writer's schema, with the library, and decodes it as what a registry's id tells the schema of.
func decodeBy(t *testing.T, topic Topic, writer string, value any) (string, error) {
	t.Helper()
	schema, err := avro.Parse(writer)
	if err != nil {
		t.Fatalf("%s: %v", writer, err)
	}
	body, err := schema.Encode(value)
	if err != nil {
		t.Fatalf("%s: %v", writer, err)
	}
	var e Event
	d := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return writer, nil }})
	if err := d.Decode(topic, append([]byte{0, 0, 0, 0, 9}, body...), &e); err != nil {
		return "", err
	}
	return string(AppendJSON(nil, &e, false)), nil
}

// TestResolution: what a writer's schema may have that ours has not, and what becomes of it.
func TestResolution(t *testing.T) {
	record := func(fields string) string {
		return `{"type":"record","name":"own.Feedback","fields":[` + feedbackFields + "," + fields + `]}`
	}
	tree := map[string]any{"deeper": []any{map[string]any{"deeper": []any{}}, map[string]any{"deeper": []any{}}}}
	const left = `{"kind":"LEFT","event_id":"e","occurred_at":"2023-11-14T22:13:20.000Z","seller_id":"S","order_id":"O","feedback_id":"F","rating":4}`
	for name, c := range map[string]struct {
		writer string
		change map[string]any
		want   string // the event, or the error
	}{
		"a rating that is long":   {record(`{"name":"rating","type":"long"}`), map[string]any{"rating": int64(4)}, left},
		"null last":               {record(`{"name":"rating","type":["int","null"]}`), nil, left},
		"a union of three":        {record(`{"name":"rating","type":["string","null","int"]}`), nil, left},
		"of them the wrong one":   {record(`{"name":"rating","type":["string","null","int"]}`), map[string]any{"rating": "4"}, "rating of type string is not a whole number of 32 bits"},
		"a logical type unknown":  {record(`{"name":"rating","type":{"type":"int","logicalType":"stars"}}`), nil, left},
		"a date for a number":     {record(`{"name":"rating","type":{"type":"int","logicalType":"date"}}`), nil, "rating of type int date is not a whole number of 32 bits"},
		"a recursive extra field": {record(`{"name":"x","type":{"type":"record","name":"T","fields":[{"name":"deeper","type":{"type":"array","items":"T"}}]}},{"name":"rating","type":"int"}`), map[string]any{"x": tree}, left},
		"the record in itself":    {record(`{"name":"before","type":["null","Feedback"],"default":null},{"name":"rating","type":"int"}`), map[string]any{"before": with(feedbackValue, map[string]any{"before": nil})}, left},
		"extra fields of no bytes": {record(`{"name":"n","type":"null"},{"name":"f","type":{"type":"array","items":{"type":"fixed","name":"F","size":0}}},
			{"name":"r","type":{"type":"record","name":"R","fields":[{"name":"n","type":"null"}]}},{"name":"rating","type":"int"}`), map[string]any{"n": nil, "f": []any{[]byte{}, []byte{}}, "r": map[string]any{"n": nil}}, left},
		"a union at the top": {`["null",` + record(`{"name":"rating","type":"int"}`) + `]`, nil, left},
		"a map of maps":      {record(`{"name":"m","type":{"type":"map","values":{"type":"map","values":["null","double"]}}},{"name":"rating","type":"int"}`), map[string]any{"m": map[string]any{"a": map[string]any{"b": 1.5, "c": nil}}}, left},
	} {
		got, err := decodeBy(t, Feedback, c.writer, with(feedbackValue, c.change))
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// TestResolutionOfInstants: instants of every unit, and what is none.
func TestResolutionOfInstants(t *testing.T) {
	const at = 1_700_000_000_123
	for kind, c := range map[string]struct {
		value any
		want  string
	}{
		`"long"`: {int64(at), "22:13:20.123Z"},
		`{"type":"long","logicalType":"timestamp-millis"}`:       {int64(at), "22:13:20.123Z"},
		`{"type":"long","logicalType":"timestamp-micros"}`:       {int64(at*1000 + 999), "22:13:20.123Z"},
		`{"type":"long","logicalType":"timestamp-nanos"}`:        {int64(at*1000_000 + 999_999), "22:13:20.123Z"},
		`{"type":"long","logicalType":"local-timestamp-millis"}`: {int64(at), "22:13:20.123Z"},
		`{"type":"long","logicalType":"local-timestamp-micros"}`: {int64(at * 1000), "22:13:20.123Z"},
		`{"type":"long","logicalType":"local-timestamp-nanos"}`:  {int64(at * 1000_000), "22:13:20.123Z"},
		`{"type":"int","logicalType":"date"}`:                    {int32(19_675), "occurred_at of type int date is not a time"},
		`{"type":"long","logicalType":"time-micros"}`:            {int64(5), "occurred_at of type long time-micros is not a time"},
		`"double"`: {1.5, "occurred_at of type double is not a time"},
	} {
		writer := `{"type":"record","name":"R","fields":[` + strings.Replace(feedbackFields, `"long"`, kind, 1) + `,{"name":"rating","type":"int"}]}`
		got, err := decodeBy(t, Feedback, writer, with(feedbackValue, map[string]any{"occurred_at": c.value}))
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s", kind, got, c.want)
		}
	}
}

// TestResolutionOfLists: elements of lists may be unions too.
func TestResolutionOfLists(t *testing.T) {
	writer := `{"type":"record","name":"R","fields":[` + feedbackFields + `,
		{"name":"channel","type":["null","string"]},{"name":"order_date","type":["null","long"]},
		{"name":"metrics","type":["null",{"type":"array","items":["null","string"]}]},
		{"name":"items","type":{"type":"array","items":["null",{"type":"record","name":"I","fields":[
			{"name":"item_id","type":"string"},{"name":"product_line","type":"string"},{"name":"quantity","type":"int"}]}]}}]}`
	line := map[string]any{"item_id": "1", "product_line": "p", "quantity": int32(2)}
	for name, c := range map[string]struct {
		change map[string]any
		want   string
	}{
		"lines":            {map[string]any{"items": []any{line, line}}, `"items":[{"item_id":"1","product_line":"p","quantity":2},{"item_id":"1","product_line":"p","quantity":2}]`},
		"a line is null":   {map[string]any{"items": []any{line, nil}}, `items is not a list of objects`},
		"metrics":          {map[string]any{"kind": "EXCUSED", "metrics": []any{"a", "b"}}, `"metrics":["a","b"]`},
		"a metric is null": {map[string]any{"kind": "EXCUSED", "metrics": []any{"a", nil}}, `metrics is not a list of strings`},
	} {
		value := map[string]any{"kind": "PLACED", "channel": "MFN", "order_date": int64(1_700_000_000_000), "metrics": nil, "items": []any{}}
		got, err := decodeBy(t, Orders, writer, with(with(feedbackValue, value), c.change))
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// TestResolutionRefuses: values that no schema bounds.
func TestResolutionRefuses(t *testing.T) {
	twice := `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"record","name":"T","fields":[{"name":"l","type":"T"},{"name":"r","type":"T"}]}}]}`
	chain := `{"type":"record","name":"R","fields":[{"name":"x","type":{"type":"record","name":"T","fields":[{"name":"next","type":["null","T"]}]}},` + feedbackFields + `]}`
	for name, c := range map[string]struct {
		writer string
		body   []byte
		want   string
	}{
		"a record that holds itself twice":    {twice, nil, "read avro: a value is nested deeper than 64"},
		"a chain that is too long":            {chain, []byte(strings.Repeat("\x02", 100)), "read avro: a value is nested deeper than 64"},
		"a branch at the top that is none":    {`["null",` + chain + `]`, []byte{0}, "read avro: of the union at the top another branch is written than a record"},
		"a branch at the top that is not one": {`["null",` + chain + `]`, []byte{4}, "read avro: a union has no branch 2"},
	} {
		var e Event
		d := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return c.writer, nil }})
		err := d.Decode(Feedback, append([]byte{0, 0, 0, 0, 9}, c.body...), &e)
		var fault *Error
		if !errors.As(err, &fault) || fault.Error() != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestReaderOfAliases: names and symbols that a schema of ours would have for others.
func TestReaderOfAliases(t *testing.T) {
	r, err := newReader(Chargebacks, `{"type":"record","name":"Chargeback","fields":[
		{"name":"event_id","type":"string","aliases":["id","key"]},{"name":"kind","type":"string"},{"name":"occurred_at","type":"long"},
		{"name":"seller_id","type":"string","aliases":["merchant"]},{"name":"order_id","type":"string"},{"name":"chargeback_id","type":"string"},
		{"name":"category","type":["null",{"type":"enum","name":"C","symbols":["FRAUD","SERVICE"],"default":"SERVICE"}],"default":null}]}`)
	if err != nil {
		t.Fatal(err)
	}
	const rest = `{"name":"kind","type":"string"},{"name":"occurred_at","type":"long"},{"name":"order_id","type":"string"},{"name":"chargeback_id","type":"string"},
		{"name":"category","type":{"type":"enum","name":"C","symbols":["OTHER","FRAUD"]}}`
	value := map[string]any{"kind": "OPENED", "occurred_at": int64(0), "order_id": "O", "chargeback_id": "C", "category": "FRAUD"}
	for name, c := range map[string]struct {
		fields string
		change map[string]any
		want   map[string]string
	}{
		"by an alias": {`{"name":"key","type":"string"},{"name":"merchant","type":"string"}`, map[string]any{"key": "k", "merchant": "S"}, map[string]string{"event_id": "k", "seller_id": "S", "category": "FRAUD"}},
		"the name goes before it": {
			`{"name":"event_id","type":"string"},{"name":"id","type":"string"},{"name":"merchant","type":"string"}`,
			map[string]any{"event_id": "e", "id": "k", "merchant": "S"},
			map[string]string{"event_id": "e"},
		},
		"an unknown symbol": {`{"name":"event_id","type":"string"},{"name":"seller_id","type":"string"}`, map[string]any{"event_id": "e", "seller_id": "S", "category": "OTHER"}, map[string]string{"category": "SERVICE"}},
	} {
		writer := `{"type":"record","name":"Theirs","fields":[` + c.fields + "," + rest + `]}`
		p, err := r.compile(writer)
		if err != nil {
			t.Fatal(err)
		}
		body, err := avro.MustParse(writer).Encode(with(value, c.change))
		if err != nil {
			t.Fatal(err)
		}
		var e Event
		if err := p.decode(Chargebacks, body, &e); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(AppendJSON(nil, &e, false), &got); err != nil {
			t.Fatal(err)
		}
		for field, want := range c.want {
			if got[field] != want {
				t.Errorf("%s: %s is %v, want %v", name, field, got[field], want)
			}
		}
	}
}

// TestReadersRestOnDefaultsOfNothing: a field that the writer lacks is one that the event lacks, which is right while every default says that.
func TestReadersRestOnDefaultsOfNothing(t *testing.T) {
	for topic := range NumTopics {
		root, err := parseSchema(schemas.Text(topic.String()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range root.Fields {
			switch d := f.Default.(type) {
			case nil:
			case bool:
				if d {
					t.Errorf("%s: the default of %s is true", topic, f.Name)
				}
			case []any:
				if len(d) > 0 {
					t.Errorf("%s: the default of %s is not empty", topic, f.Name)
				}
			default:
				t.Errorf("%s: the default of %s is %v", topic, f.Name, d)
			}
		}
	}
}
