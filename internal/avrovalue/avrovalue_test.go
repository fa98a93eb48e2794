package avrovalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	schema "github.com/twmb/avro"

	"sellerpulse/internal/jsonvalue"
)

// written is a value as the library writes it.
func written(t testing.TB, text string, v any) []byte {
	t.Helper()
	s, err := schema.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := s.Encode(v)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b
}

func parsed(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestValuesAreWhatJSONWouldHave(t *testing.T) {
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	for _, c := range []struct {
		schema string
		value  any
		want   string
	}{
		{`"null"`, nil, `null`},
		{`"boolean"`, true, `true`},
		{`"int"`, int32(-7), `-7`},
		{`"long"`, int64(math.MaxInt64), `9223372036854775807`},
		{`"float"`, float32(0.1), `0.1`},
		{`"float"`, float32(math.MaxFloat32), `3.4028235e+38`},
		{`"double"`, 0.1, `0.1`},
		{`"double"`, math.Inf(1), `null`}, // JSON has no number for it.
		{`"float"`, float32(math.Inf(-1)), `null`},
		{`"string"`, "ä\"", `"ä\""`},
		{`"string"`, "a\xff", `"a�"`},
		{`"bytes"`, []byte{0, 0xff}, `"AP8="`},
		{`{"type":"fixed","name":"f","size":2}`, []byte{1, 2}, `"AQI="`},
		{`{"type":"enum","name":"e","symbols":["A","B"]}`, "B", `"B"`},
		{`{"type":"array","items":"int"}`, []int32{1, 2}, `[1,2]`},
		{`{"type":"array","items":"int"}`, []int32{}, `[]`},
		{`{"type":"map","values":"int"}`, map[string]int32{"b": 1, "a": 2}, `{"a":2,"b":1}`},
		{`["null","string"]`, nil, `null`},
		{`["null","string"]`, "x", `"x"`},
		{`{"type":"int","logicalType":"date"}`, int32(20_000), `20000`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, int64(1_767_225_600_000), `1767225600000`},
		{`{"type":"long","logicalType":"timestamp-micros"}`, int64(1_767_225_600_000_001), `1767225600000001`},
		{`{"type":"int","logicalType":"time-millis"}`, int32(5), `5`},
		{`{"type":"bytes","logicalType":"decimal","precision":20,"scale":0}`, big.NewRat(-17, 1), `-17`},
		{`{"type":"bytes","logicalType":"decimal","precision":40}`, new(big.Rat).SetInt(huge), huge.String()},
		{`{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`, big.NewRat(-1999, 100), `-19.99`},
		{`{"type":"fixed","name":"d","size":8,"logicalType":"decimal","precision":18,"scale":3}`, big.NewRat(5, 1), `5`},
		{`{"type":"string","logicalType":"uuid"}`, "00112233-4455-6677-8899-aabbccddeeff", `"00112233-4455-6677-8899-aabbccddeeff"`},
		{`{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}`, "00112233-4455-6677-8899-aabbccddeeff", `"00112233-4455-6677-8899-aabbccddeeff"`},
		{`{"type":"fixed","name":"d","size":12,"logicalType":"duration"}`, schema.Duration{Months: 1, Days: 2, Milliseconds: 3}, `{"days":2,"milliseconds":3,"months":1}`},
		{
			`{"type":"record","name":"a.R","fields":[{"name":"next","type":["null","R"]},{"name":"e","type":{"type":"enum","name":"b.E","symbols":["X"]}},{"name":"f","type":{"type":"array","items":"b.E"}}]}`,
			map[string]any{"next": map[string]any{"next": nil, "e": "X", "f": []any{}}, "e": "X", "f": []any{"X", "X"}},
			`{"e":"X","f":["X","X"],"next":{"e":"X","f":[],"next":null}}`,
		},
	} {
		v, err := parsed(t, c.schema).Decode(written(t, c.schema, c.value))
		if got := string(jsonvalue.Append(nil, v)); err != nil || got != c.want {
			t.Errorf("%v of %s is %s, %v; want %s", c.value, c.schema, got, err, c.want)
		}
	}
}

const order = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
	{"name":"n","type":["null","int"]},{"name":"state","type":{"type":"enum","name":"State","symbols":["A"]}}]}}}]}`

func TestWhatCannotBeReadSaysWhere(t *testing.T) {
	empty := `{"type":"array","items":{"type":"record","name":"E","fields":[` + strings.TrimSuffix(strings.Repeat(`{"name":"n%d","type":"null"},`, 2_000), ",") + `]}}`
	for i := range 2_000 {
		empty = strings.Replace(empty, "%d", fmt.Sprint(i), 1)
	}
	for _, c := range []struct {
		name, schema, body string
		problem            string
	}{
		{"no bytes", order, "", "id: "},
		{"left over", `"int"`, "\x02\x02", "bytes left"},
		{"no such branch", order, "\x02x\x02\x04", "lines.n: a union has no such branch: 2"},
		{"no such symbol", order, "\x02x\x02\x00\x02", "lines.state: an enum has no symbol 1"},
		{"a long text", `"string"`, "\xfe\xff\xff\xff\x0f", "a length exceeds"},
		{"a cut uuid", `{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}`, "abc", "too early"},
		{"a long decimal", `{"type":"bytes","logicalType":"decimal","precision":9}`, "\x82\x10" + strings.Repeat("x", 1_025), "a decimal has more than"},
		{"more elements than bytes", `{"type":"array","items":"null"}`, "\xfe\xff\x03\x00", "arrays have more elements"},
		{"parts of no bytes", empty, "\xd0\x0f" + strings.Repeat("\x00", 1_000), errParts.Error()},
		{"deep", `{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}`, strings.Repeat("\x02", 1_000), errDepth.Error()},
	} {
		if v, err := parsed(t, c.schema).Decode([]byte(c.body)); err == nil || v != nil && c.name != "left over" || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, error %v; want %q", c.name, v, err, c.problem)
		}
	}
	for text, problem := range map[string]string{
		`{`: "", `"unknown"`: "unknown", `"` + strings.Repeat("x", maxSchemaBytes) + `"`: "longer than",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%.20s: error %v, want %q", text, err, problem)
		}
	}
}

// Whatever the bytes are, nothing panics, and what is read of them is what the library reads.
func FuzzDecode(f *testing.F) {
	schemas := []string{
		order, `["null","long",{"type":"map","values":["null","boolean","string"]}]`,
		`{"type":"record","name":"R","fields":[{"name":"a","type":"double"},{"name":"b","type":["null","R"]},{"name":"c","type":{"type":"array","items":"int"}}]}`,
	}
	var theirs []*schema.Schema
	var ours []*Schema
	for i, text := range schemas {
		theirs, ours = append(theirs, schema.MustParse(text)), append(ours, parsed(f, text))
		f.Add(i, []byte("\x02x\x00"))
		f.Add(i, []byte("\x04\x02\x02a\x02\x01\x00"))
	}
	f.Fuzz(func(t *testing.T, i int, body []byte) {
		i = int(uint(i) % uint(len(schemas)))
		got, err := ours[i].Decode(body)
		if err != nil {
			return // The library is more lenient with what is left over, booleans and lengths.
		}
		var want any
		switch _, err := theirs[i].Decode(body, &want); {
		case err != nil && strings.Contains(err.Error(), "overflows"):
			return // A small number may be written in more bytes than it takes.
		case err != nil:
			t.Fatalf("%x of %s is read, and is not by the library: %v", body, schemas[i], err)
		}
		b, err := theirs[i].EncodeJSON(want)
		if strings.Contains(string(b), "NaN") || strings.Contains(string(b), "Infinity") || strings.Contains(string(b), "\ufffd") {
			return
		}
		var same any
		if err = errors.Join(err, json.Unmarshal(b, &same)); err != nil {
			t.Fatal(err)
		}
		var again any
		if err := json.Unmarshal(jsonvalue.Append(nil, got), &again); err != nil || !reflect.DeepEqual(again, same) {
			t.Fatalf("%x of %s is %v, want %v (%v)", body, schemas[i], again, same, err)
		}
	})
}
