package producers

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// Record is a record of a topic. An empty Key is null; a nil Value is a tombstone.
type Record struct {
	Key   string
	Value []byte
}

// Kcat sends records to a topic with kcat, which is librdkafka, by its default partitioner: the CRC32 of the key, and any partition without one. Keys and
// values have no tabs and no line breaks, and no value is nil. Without kcat it skips the test, or fails it with CI=true.
func Kcat(t testing.TB, brokers []string, topic string, records []Record) {
	t.Helper()
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		missing(t, errors.New("no kcat; run `make kcat`"))
	}
	var lines strings.Builder
	for _, r := range records {
		if r.Key != "" {
			lines.WriteString(r.Key + "\t")
		}
		lines.Write(append(r.Value, '\n'))
	}
	command := exec.CommandContext(t.Context(), kcat, "-P", "-q", "-b", strings.Join(brokers, ","), "-t", topic, "-K", `\t`)
	command.Stdin = strings.NewReader(lines.String())
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Fatalf("send with kcat to %s: %v\n%s", topic, err, output)
	}
}
