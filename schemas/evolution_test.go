package schemas

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/internal/avro"
)

var update = flag.Bool("update", false, "write the fixtures of the newest versions that have none")

// TestFilesBearTheirFingerprints: a version in history is named after what it was.
func TestFilesBearTheirFingerprints(t *testing.T) {
	names, _ := filepath.Glob("history/*.avsc")
	for _, file := range names {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		want := fmt.Sprintf("history/%s.%016x.avsc", name, parse(file, string(text)).Fingerprint)
		if file != want {
			t.Errorf("%s should be %s", file, want)
		}
	}
}

// TestNewestReadsEveryVersion resolves a value of each version, as it was written then, to the newest.
func TestNewestReadsEveryVersion(t *testing.T) {
	for _, name := range Names() {
		newest := Versions(name)[0]
		if *update {
			writeFixture(t, name, newest)
		}
		for _, version := range Versions(name) {
			t.Run(fmt.Sprintf("%s.%016x", name, version.Fingerprint), func(t *testing.T) {
				value := readFixture(t, fixture(name, version))
				if got, _, ok := avro.ParseHeader(value); !ok || got != version.Fingerprint {
					t.Fatalf("the fixture is of fingerprint %016x", got)
				}
				native, err := resolve(value, version.Text, newest.Text)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := mustCodec(t, newest.Text).BinaryFromNative(nil, native); err != nil {
					t.Errorf("as the newest version: %v", err)
				}
			})
		}
	}
}

// TestResolutionFindsWhatBreaks changes a schema in ways that readers of earlier values would not survive.
func TestResolutionFindsWhatBreaks(t *testing.T) {
	claims := Versions("claims")[0]
	value := readFixture(t, fixture("claims", claims))
	for name, change := range map[string][2]string{
		"a field without a default": {`"fields": [`, `"fields": [{"name": "amount", "type": "long"},`},
		"a narrower type":           {`"name": "claim_id", "type": "string"`, `"name": "claim_id", "type": "int"`},
		"a symbol that is gone":     {`"OPENED", "REOPENED"`, `"REOPENED"`},
	} {
		later := strings.Replace(claims.Text, change[0], change[1], 1)
		if later == claims.Text {
			t.Fatalf("%s: nothing changed", name)
		}
		if _, err := resolve(value, claims.Text, later); err == nil {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	later := strings.Replace(claims.Text, `"fields": [`, `"fields": [{"name": "amount", "type": ["null", "long"], "default": null},`, 1)
	if _, err := resolve(value, claims.Text, later); err != nil {
		t.Errorf("a field with a default: %v", err)
	}
}

// TestFingerprintsStay pins the fingerprints as Avro's Java library computes them: readers know the schemas by them.
func TestFingerprintsStay(t *testing.T) {
	for name, want := range pinned {
		if got := Fingerprint(name); got != want {
			t.Errorf("%s: got %016x, want %016x", name, got, want)
		}
	}
	if len(pinned) != len(Names()) {
		t.Errorf("%d schemas, %d fingerprints", len(Names()), len(pinned))
	}
}

func fixture(name string, v Version) string {
	return fmt.Sprintf("testdata/%s.%016x.hex", name, v.Fingerprint)
}

func readFixture(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	value, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// writeFixture writes a value with something in every field, unless there is one already.
func writeFixture(t *testing.T, name string, v Version) {
	t.Helper()
	file := fixture(name, v)
	if _, err := os.Stat(file); err == nil {
		return
	}
	s := newSchema(t, v.Text)
	value, err := mustCodec(t, v.Text).BinaryFromNative(avro.AppendHeader(nil, v.Fingerprint), s.sample(s.root))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(hex.EncodeToString(value)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustCodec(t *testing.T, text string) *goavro.Codec {
	t.Helper()
	codec, err := goavro.NewCodec(text)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func newSchema(t *testing.T, text string) *schema {
	t.Helper()
	s, err := parseSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// resolve decodes a value by its writer's schema and gives it as the reader's schema has it.
func resolve(value []byte, writer, reader string) (any, error) {
	codec, err := goavro.NewCodec(writer)
	if err != nil {
		return nil, err
	}
	native, rest, err := codec.NativeFromBinary(value[avro.HeaderSize:])
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("decode: %d bytes left over", len(rest))
	}
	from, err := parseSchema(writer)
	if err != nil {
		return nil, err
	}
	to, err := parseSchema(reader)
	if err != nil {
		return nil, err
	}
	return resolveValue(native, from, from.root, to, to.root)
}

func decodeJSON(text string) (out any, err error) {
	err = json.Unmarshal([]byte(text), &out)
	return out, err
}
