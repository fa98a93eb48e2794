package mapping

import (
	"bytes"
	"strings"
	"testing"

	"github.com/twmb/avro"

	"sellerpulse/internal/ocf"
)

// container is a file of records.
func container(t testing.TB, text string, values ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := ocf.NewWriter(&b, text, "deflate")
	if err != nil {
		t.Fatal(err)
	}
	schema := avro.MustParse(text)
	for _, v := range values {
		record, err := schema.Encode(v)
		if err == nil {
			err = w.Append(record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestContainers(t *testing.T) {
	const line = `{"type":"record","name":"Line","fields":[{"name":"n","type":"int"}]}`
	inserted := map[string]any{"op": "c", "before": nil, "after": map[string]any{"id": "7", "at": int64(1)}}
	file := container(t, line, map[string]any{"n": 1}, map[string]any{"n": 2})
	for _, c := range []struct {
		name          string
		form          Form
		file          []byte
		want, problem string
	}{
		{"records", Avro, file, "1:map[n:1] 2:map[n:2] ", ""},
		{"records by their first bytes", JSON, file, "1:map[n:1] 2:map[n:2] ", ""},
		{"none", Avro, container(t, line), "", ""},
		{"changes", Debezium, container(t, change, inserted), "1:map[after:map[at:1 id:7] before:<nil> op:c] ", ""},
		{"no changes", Debezium, file, "", "1: it is no change of a row"},
		{"JSON of a source of Avro", Avro, []byte(`{"n":1} {"n":2}`), "1:map[n:1] 2:map[n:2] ", ""},
		{"cut", Avro, file[:len(file)-1], "", "0: unexpected EOF: the file was cut off"},
		{"of another schema", Avro, bytes.Replace(file, []byte(`"int"`), []byte(`"lon"`), 1), "", "read the writer's schema: "},
	} {
		values, err := (&Source{form: c.form}).Open(bytes.NewReader(c.file))
		got := ""
		if err == nil {
			got, err = allOf(values)
		}
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %q, %v; want %q, %q", c.name, got, err, c.want, c.problem)
		}
	}
}
