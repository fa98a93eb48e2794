package limits

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/compress/zstd"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// A topic as brokers make it by default takes everything that is written to one, and so does a request.
func TestTopicsOfDefaultSizeTakeEverything(t *testing.T) {
	for name, batch := range map[string]int{
		"changelog record": ChangelogRecord, "alert": Alert, "compressed report": ReportCompressed, "dead letter": DeadLetter, "batch": stream.DefaultMaxBatchBytes,
	} {
		if needed := Needed(batch); needed > defaultMaxMessage {
			t.Errorf("%s needs a topic of %d bytes, more than %d", name, needed, defaultMaxMessage)
		}
	}
	for name, size := range map[string]int{"report": Report, "commit": Commit, "dead letter": Batch(map[string]string{MaxMessage: "2000000000"})} {
		if size > Request/2 {
			t.Errorf("%s of %d bytes is more than half a request", name, size)
		}
	}
	if got := Batch(map[string]string{MaxMessage: fmt.Sprint(DeadLetterMessage)}); got < InputMessage+DeadLetterHeaders {
		t.Errorf("dead letters as created take %d bytes, not a record of %d and what it gets", got, InputMessage)
	}
}

func TestNeededIsWhatBatchTakes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		size := 1 + random.IntN(Request/2)
		if got := Batch(map[string]string{MaxMessage: fmt.Sprint(Needed(size))}); got < size || got > size+2 {
			t.Fatalf("a topic for batches of %d takes %d", size, got)
		}
	}
}

// largestReport is a report of as many parts of rules and numbers as there may be, whose names, product lines and counts nothing compresses.
func largestReport(random *rand.Rand) *outputs.Report {
	text := func(bytes int) string {
		b := make([]byte, bytes)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return string(b)
	}
	count := func() int64 { return math.MaxInt64 - random.Int64N(1<<62) }
	r := &outputs.Report{SellerID: text(Text), AsOf: count(), ProductLinesOmitted: count()}
	var levels []rules.Level
	for range rules.MaxLevels {
		levels = append(levels, rules.Level{Name: text(rules.MaxNameBytes), Target: rules.BuiltIn().Versions()[0].Target})
	}
	for range rules.MaxRules {
		rule := outputs.RuleReport{Rule: text(rules.MaxFullNameBytes), Metric: text(rules.MaxFullNameBytes), Target: levels[0].Target, Levels: levels}
		for range outputs.MaxParts {
			part := text(outputs.MaxPartBytes / rules.MaxRules / outputs.MaxParts)
			rule.Part, rule.Level, rule.Numerator, rule.Denominator, rule.Since = &part, levels[random.IntN(len(levels))].Name, count(), count(), count()
			rule.State, rule.ProjectedState, rule.PartsOmitted = rules.State(random.IntN(int(rules.NumStates))), rules.State(random.IntN(int(rules.NumStates))), count()
			r.Rules = append(r.Rules, rule)
		}
	}
	numbers := rules.MaxRules*rules.MaxWindows + len(rules.Metrics()) + rules.MaxMetrics
	var metrics, lines []string
	for range rules.MaxMetrics + len(rules.Metrics()) {
		metrics = append(metrics, text(rules.MaxFullNameBytes))
	}
	for range outputs.MaxProductLines {
		lines = append(lines, text(Text))
	}
	add := func(i int, line *string) {
		for c := range rules.NumChannels {
			r.Metrics = append(r.Metrics, outputs.MetricReport{Metric: metrics[i%len(metrics)], Channel: c, ProductLine: line, Numerator: count(), Denominator: count()})
		}
	}
	for i := range numbers {
		add(i, nil)
	}
	for i := range 16 { // As a report has them: all lines of a number, then all of the next.
		for l := range outputs.MostLines(16) {
			add(i, &lines[l])
		}
	}
	return r
}

// The largest report, of product lines that nothing compresses and counts like them, fits once it is compressed.
func TestReportCompresses(t *testing.T) {
	value := largestReport(rand.New(rand.NewPCG(1, 2))).AppendAvro(nil)
	if len(value) > Report || len(value) < Report*9/10 {
		t.Errorf("the report has %d bytes, the bound is %d", len(value), Report)
	}
	var packed bytes.Buffer
	w := (&zstd.Codec{Level: 1}).NewWriter(&packed) // as internal/stream has it
	if _, err := w.Write(value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, compressed %d", len(value), packed.Len())
	if packed.Len() > ReportCompressed {
		t.Errorf("compressed it has %d bytes, the bound is %d", packed.Len(), ReportCompressed)
	}
}

// The table of the package's documentation has the numbers of the code.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{
		"text": Text, "site": Site, "input": Input, "row": Row, "parked": Parked, "part of a bucket": BucketPart, "changelog record": ChangelogRecord, "alert": roundUp(Alert),
		"report": roundUp(Report), "  compressed": ReportCompressed, "batch": stream.DefaultMaxBatchBytes, "commit": Commit, "request": Request, "batch that is read": ReadBatch, "standby": Standby,
		"source record": SourceRecord, "mapped": Mapped, "carried": Carried,
	} {
		want := "//\t" + name
		number := thousands(size)
		want += strings.Repeat(" ", 36-len(name)-len(number)) + number + " "
		if !strings.Contains(string(text), "\n"+want) {
			t.Errorf("doc.go lacks the line %q", want)
		}
	}
}

// What an intake writes fits: the largest event is taken by topics of the brokers' default size, and what is gathered for a transaction and sent of it, with the
// most that one record adds, is no more than one batch that is read may take.
func TestAnIntakeFits(t *testing.T) {
	if needed := Needed(BatchOverhead + Text + Input); needed > defaultMaxMessage {
		t.Errorf("an input of the largest event needs a topic of %d bytes, more than %d", needed, defaultMaxMessage)
	}
	if Mapped/MappedEvents < Text {
		t.Errorf("events of %d bytes are too many: the number bounds nothing", Mapped/MappedEvents)
	}
	if whole := Carried + max(Mapped, SourceRecord+DeadLetterRest); 4*whole > ReadBatch {
		t.Errorf("two transactions of %d bytes, gathered and sent, are more than a batch that is read, %d", whole, ReadBatch)
	}
}

// roundUp is the next number with one digit that is not 0 after the first.
func roundUp(n int) int {
	unit := 1
	for n >= 100*unit {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// What the table takes of Kafka's format and of the client is what internal/stream has.
func TestSizesOfTheClient(t *testing.T) {
	for name, c := range map[string]struct{ got, want int }{
		"batch overhead": {BatchOverhead, stream.BatchOverhead},
		"request":        {Request, stream.MaxRequestBytes},
		"batch as read":  {ReadBatch, stream.MaxInflatedBytes},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d bytes, internal/stream has %d", name, c.got, c.want)
		}
	}
}
