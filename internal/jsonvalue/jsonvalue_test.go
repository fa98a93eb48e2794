package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	large, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for text, want := range map[string]any{
		`null`: nil, "\ttrue\n": true, "\ufefffalse": false, `0`: 0, `-0`: 0, `-12`: -12, `1.50`: 1.5, `1e3`: 1000.0, `-1E-2`: -0.01,
		`9223372036854775807`:            9223372036854775807,
		`123456789012345678901234567890`: large,
		`""`:                             "", `"a\"\\\/\b\f\n\r\tä"`: "a\"\\/\b\f\n\r\tä", `"\u00e4\ud83d\ude00"`: "ä😀", `"\ud83d"`: "\ufffd", `"\ud83dx"`: "\ufffdx", "\"a\xffb\"": "a\ufffdb",
		`[]`: []any{}, `[1,[2]]`: []any{1, []any{2}}, `{}`: map[string]any{}, `{"a":1,"b":{"c":null},"a":2}`: map[string]any{"a": 2, "b": map[string]any{"c": nil}},
	} {
		var d Decoder
		got, err := d.Decode([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, %v; want %#v", text, got, err, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, problem := range map[string]string{
		"": "it is empty", "nul": "not JSON", "[1": "comma or the end of an array", "{\"a\"": "colon", "{a:1}": "name of a member", "{\"a\":1 \"b\":2}": "comma or the end of an object",
		"01": "not a number", "-": "not a number", "1.": "behind a point", "1e": "exponent", "1e999": "too large", "\"a": "ends early", "\"\\x\"": "no such escape", "\"\\u12\"": "four hexadecimal",
		"\"\n\"": "control character", "1 2": "something follows", strings.Repeat("[", 300): "200 levels", strings.Repeat("1", 301): "300 digits", "[": "ends early",
	} {
		var d Decoder
		_, err := d.Decode([]byte(text))
		if wrong := (*Error)(nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), problem) {
			t.Errorf("%.20q: error %v, want %q", text, err, problem)
		}
	}
}

func TestSeveralValues(t *testing.T) {
	var d Decoder
	d.Reset("{\"a\":1}\n [2]\n3 ")
	var all []any
	v, err := d.Next()
	for ; err == nil; v, err = d.Next() {
		all = append(all, v)
	}
	if want := []any{map[string]any{"a": 1}, []any{2}, 3}; !errors.Is(err, ErrEnd) || !reflect.DeepEqual(all, want) {
		t.Errorf("%v, %v; want %v", all, err, want)
	}
}

// What is read is what the standard library reads, and is written so that it reads the same.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5,"x\u00e4",null,true]}`, `-0.1e-7`, `"\ud800\udc00"`, "[\"\xff\"]", "\ufeff1"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Decoder
		got, err := d.Decode(text)
		want, wantErr := standard(text)
		if err != nil {
			if wantErr == nil && !strings.Contains(err.Error(), "levels deep") && !strings.Contains(err.Error(), "digits") && !strings.Contains(err.Error(), "too large") {
				t.Fatalf("%q: %v, which is JSON", text, err)
			}
			return
		}
		if wantErr != nil {
			t.Fatalf("%q is read as %v, and is not JSON: %v", text, got, wantErr)
		}
		written := Append(nil, got)
		if _, err := d.Decode(written); err != nil {
			t.Fatalf("%q is written as %s: %v", text, written, err)
		}
		back, err := standard(written)
		// The standard library puts a sign for each byte that is not UTF-8, and not for several together.
		if err != nil || utf8.Valid(text) && !reflect.DeepEqual(back, want) {
			t.Fatalf("%q is written as %s, want %v", text, written, want)
		}
	})
}

// standard is what the standard library reads, numbers as floating point.
func standard(text []byte) (v any, err error) {
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	err = json.Unmarshal(text, &v)
	return v, err
}
