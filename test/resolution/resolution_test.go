package resolution

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/twmb/avro"

	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/brokertest/apachekafka"
)

// pairs is how many schemas of writers there are; each has several values.
const pairs, valuesEach = 600, 4

// Whatever Avro resolves, the program reads as the same event, or refuses for what is in the event. Whatever it does not resolve, the program refuses,
// but for what it is known to understand beyond it.
func TestAgreesWithJava(t *testing.T) {
	java := startJava(t)
	var resolved, refused int
	for seed := range uint64(pairs) {
		topic, loose := events.Topic(seed)%events.NumTopics, seed%4 == 0
		w := newWriter(rand.New(rand.NewPCG(seed, 13)), topic, loose)
		text := jsonOf(t, w.schema)
		schema, err := avro.Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		decoder := events.NewDecoder(events.DecoderOptions{Schema: func(uint32) (string, error) { return text, nil }})
		for range valuesEach {
			value := w.value()
			body, err := schema.Encode(value)
			if err != nil {
				t.Fatalf("seed %d: encode %v: %v\n%s", seed, value, err, text)
			}
			answer := java.ask(t, question{text, schemas.Text(topic.String()), hex.EncodeToString(body)})
			var e events.Event
			got := decoder.Decode(topic, append(binary.BigEndian.AppendUint32([]byte{0}, 7), body...), &e)
			if fault := new(events.Error); got != nil && !errors.As(got, &fault) {
				t.Fatalf("seed %d: an outage: %v", seed, got)
			}
			if answer.Error != "" {
				refused++
				if got == nil && !loose && !w.tolerable(&e, value) {
					t.Errorf("seed %d: it is read, and Java says %s\n%s\n%s", seed, answer.Error, jsonOf(t, value), text)
				}
				continue
			}
			resolved++
			w.compare(t, seed, &e, got, answer.Value)
		}
	}
	t.Logf("Java resolved %d values and refused %d", resolved, refused)
	if resolved < pairs*valuesEach/4 || refused < pairs*valuesEach/20 {
		t.Errorf("Java resolved %d values and refused %d: there are too few of either", resolved, refused)
	}
}

// compare demands the event that Java's record is, read as JSON, or an error like its.
func (w *writer) compare(t *testing.T, seed uint64, e *events.Event, got error, record object) {
	t.Helper()
	for name, unit := range w.units {
		if n, ok := record[name].(json.Number); ok {
			millis, err := n.Int64()
			if err != nil {
				t.Fatal(err)
			}
			record[name] = events.FormatInstant(millis / unit)
		}
	}
	line := jsonOf(t, record)
	var want events.Event
	wanted := events.NewDecoder(events.DecoderOptions{}).Decode(w.topic, []byte(line), &want)
	switch {
	case (wanted == nil) != (got == nil):
		t.Errorf("seed %d: got %v, want %v for\n%s\nwritten by %s", seed, got, wanted, line, jsonOf(t, w.schema))
	case wanted != nil:
		if got.Error() != wanted.Error() {
			t.Errorf("seed %d: got %v, want %v for\n%s\nwritten by %s", seed, got, wanted, line, jsonOf(t, w.schema))
		}
	default:
		if g, w := string(events.AppendJSON(nil, e, false)), string(events.AppendJSON(nil, &want, false)); g != w {
			t.Errorf("seed %d:\ngot  %s\nwant %s", seed, g, w)
		}
	}
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type question struct {
	Writer string `json:"writer"`
	Reader string `json:"reader"`
	Body   string `json:"body"`
}

type answer struct {
	Value object `json:"value"`
	Error string `json:"error"`
}

// resolver is Resolver.java.
type resolver struct {
	questions *json.Encoder
	answers   *bufio.Reader
}

func startJava(t *testing.T) *resolver {
	t.Helper()
	installation, err := apachekafka.Find()
	if errors.Is(err, apachekafka.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(installation.Java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
		"-cp", filepath.Join(installation.Libs, "*"), filepath.Join(installation.Root, "test", "resolution", "Resolver.java"))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the resolver ended with %v", err)
		}
	})
	return &resolver{json.NewEncoder(in), bufio.NewReader(out)}
}

func (r *resolver) ask(t *testing.T, q question) (a answer) {
	t.Helper()
	if err := r.questions.Encode(q); err != nil {
		t.Fatal(err)
	}
	line, err := r.answers.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := unmarshal(line, &a); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return a
}
