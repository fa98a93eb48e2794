package main

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestRecords(t *testing.T) {
	var p records
	for _, text := range []string{"orders/2@17", " a.b-c_d/0@0 ,,orders/2147483647@9223372036854775807", ""} {
		if err := p.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := p.String(), "orders/2@17,a.b-c_d/0@0,orders/2147483647@9223372036854775807"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	for _, text := range []string{"orders", "orders/2", "orders@17", "/2@17", "orders/@17", "orders/2@", "orders/x@17", "orders/2@1_7", "orders/2147483648@1", "orders/2@17@18", "orders/-1@2"} {
		if err := p.Set(text); err == nil {
			t.Errorf("%q is taken as a place", text)
		}
	}
}

// A place that there is not is refused before anything runs, wherever it was given; one that has been passed already does nothing.
func TestRunPassesRecordsOver(t *testing.T) {
	environment := broker(t)
	prefix := environment["SELLERPULSE_TOPIC_PREFIX"]
	must(t, environment, "", "topics", "--partitions", "2")
	must(t, environment, shop, "produce")
	environment["SELLERPULSE_SKIP"] = prefix + "orders/2@0"
	if got := call(t, environment, "", "run", "--until-end"); got.code != exitFailed || !strings.Contains(got.stderr, "--skip "+prefix+"orders/2@0") || !strings.Contains(got.stderr, "partitions 0 to 1") {
		t.Errorf("code %d, error %q; want 1 and the partitions that there are", got.code, got.stderr)
	}
	delete(environment, "SELLERPULSE_SKIP")
	file := write(t, "c.yaml", "skip:\n  - "+prefix+"orders/0@0\n  - "+prefix+"orders/3@0\n")
	if got := call(t, environment, "", "run", "--until-end", "--config", file); got.code != exitFailed || !strings.Contains(got.stderr, "--skip "+prefix+"orders/3@0") {
		t.Errorf("code %d, error %q; want 1 and the place of the file", got.code, got.stderr)
	}
	must(t, environment, "", "run", "--until-end")
	must(t, environment, "", "run", "--until-end", "--skip", prefix+"orders/0@0,"+prefix+"orders/1@0")
}

// A bounded run of which a partition has failed ends with exit code 1 and one line, which names the partition and what to do.
func TestRunOfWhichAPartitionFails(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	client, err := kgo.NewClient(kgo.SeedBrokers(environment["SELLERPULSE_BROKERS"]))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	moved := kadm.Offsets{}
	moved.AddOffset(environment["SELLERPULSE_TOPIC_PREFIX"]+"orders", 1, 5, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), environment["SELLERPULSE_APP_ID"], moved); err != nil {
		t.Fatal(err)
	}
	got := call(t, environment, "", "run", "--until-end", "--log-level", "error")
	last := got.stderr[strings.LastIndex(strings.TrimSpace(got.stderr), "\n")+1:]
	if got.code != exitFailed || !strings.HasPrefix(last, "processor: partition 1 failed: ") || !strings.Contains(last, "--app-id") || strings.Contains(last, "partition 0") {
		t.Errorf("code %d, error %q; want 1 and a line about partition 1", got.code, got.stderr)
	}
}
