package jsontext

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendKey(t *testing.T) {
	if got := string(AppendKey(append(AppendKey([]byte{'{'}, "a"), '1'), "b")); got != `{"a":1,"b":` {
		t.Error(got)
	}
}

func TestAppendText(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "a/å": `"a/å"`, "\"\\": `"\"\\"`, "\n\x1f\x7f": "\"\\u000a\\u001f\x7f\"", "a\xffb\xc3": "\"a\uFFFDb\uFFFD\"", "\uFFFD": "\"\uFFFD\"",
	} {
		if got := string(AppendText(nil, text)); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "valid") {
			text = rapid.String().Draw(t, "text")
		}
		var got string
		if err := json.Unmarshal(AppendText(nil, text), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(text)); got != want {
			t.Fatalf("%q reads back as %q", text, got)
		}
	})
}

func TestAppendNumber(t *testing.T) {
	for want, v := range map[string]float64{"0": 0, "1": 1, "0.1": 0.1, "0.3333333333333333": 1.0 / 3, "0.000001": 1e-6, "1e-07": 1e-7} {
		if got := string(AppendNumber(nil, v)); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Filter(func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }).Draw(t, "number")
		var got float64
		if err := json.Unmarshal(AppendNumber(nil, v), &got); err != nil || got != v {
			t.Fatalf("%v reads back as %v, %v", v, got, err)
		}
	})
}
