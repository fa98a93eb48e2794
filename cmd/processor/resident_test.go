package main

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// fullScale has the tests of resident memory run with as many sellers and timers as they are about, which takes minutes, of the program
// as it is built, without C:
//
//	CGO_ENABLED=0 go test ./cmd/processor -run TestResidentMemory -full -v
var fullScale = flag.Bool("full", false, "run the tests of resident memory at their full scale")

// peakVariable names the file into which the command writes, before it ends, what the operating system says of its memory.
const peakVariable = "SELLERPULSE_TEST_PEAK"

const statusFile = "/proc/self/status"

// runToPeak is the command, which leaves behind how much was resident at its peak.
func runToPeak(file string) int {
	code := run(context.Background(), os.Args[1:], &session{
		environment: os.LookupEnv, variables: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	})
	status, err := os.ReadFile(statusFile)
	if err == nil {
		err = os.WriteFile(file, status, 0o600)
	}
	if err != nil {
		panic(err)
	}
	return code
}

// peakOf is how many bytes were resident at the peak of a command that ran to its end, had it been the program.
func peakOf(t *testing.T, environment map[string]string, args ...string) int64 {
	t.Helper()
	if _, err := os.ReadFile(statusFile); err != nil {
		t.Skipf("skipped: the operating system does not tell what is resident: %v", err)
	}
	file := write(t, "peak", "")
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1", peakVariable+"="+file, "GOMEMLIMIT=", "GOGC=") // Whatever the tests themselves are given.
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("processor %v: %v\n%s", args, err, output)
	}
	status, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return resident(t, status, "VmHWM") - resident(t, status, "RssFile") + programPages
}

// programPages is what the bound allows for the pages of the program's own file. Those of the tests' binary, which is half as large again and linked with C,
// are not counted: the program has none of them.
const programPages = memory.Process / 4 * 3

// resident is a line of the status, in bytes.
func resident(t *testing.T, status []byte, name string) int64 {
	t.Helper()
	line := regexp.MustCompile(`(?m)^` + name + `:\s*(\d+) kB$`).FindSubmatch(status)
	if line == nil {
		t.Fatalf("no %s in %s", name, status)
	}
	kib, err := strconv.ParseInt(string(line[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// send writes events to the topics of an environment.
func send(t *testing.T, environment map[string]string, partitions int32, all iter.Seq[events.Event]) (sent int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(environment["SELLERPULSE_BROKERS"], ",")...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var encoder events.Encoder
	failed := make(chan error, 1)
	for e := range all {
		sent++
		key := []byte(e.SellerID)
		record := &kgo.Record{
			Topic: environment["SELLERPULSE_TOPIC_PREFIX"] + e.Topic.String(), Partition: stream.PartitionFor(key, partitions), Key: key, Value: encoder.AppendAvro(nil, &e),
		}
		client.Produce(t.Context(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	return sent
}

const day = events.Millis(24 * 60 * 60 * 1000)

// begin is when the first events are: in the past, such that none is of the future.
var begin = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).UnixMilli()

// order is an order of a seller of its own at an instant.
func order(seller int, at events.Millis) events.Event {
	return events.Event{
		Topic: events.Orders, Kind: events.OrderPlaced, EventID: fmt.Sprint("e", seller), OccurredAt: at, SellerID: fmt.Sprint("seller-", seller), OrderID: fmt.Sprint("order-", seller),
		OrderDate: at, Channel: events.MFN, Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: at + 2*day, DeliverBy: at + 7*day,
	}
}

// dailySellers each have an order of one day, which leaves their windows at the same midnights.
func dailySellers(n int) iter.Seq[events.Event] {
	return func(yield func(events.Event) bool) {
		for i := range n {
			if !yield(order(i, begin+day/2+events.Millis(i))) {
				return
			}
		}
	}
}

// openReturns each wait for an answer, which is due 48 hours later: a timer each.
func openReturns(n int) iter.Seq[events.Event] {
	return func(yield func(events.Event) bool) {
		for i := range n {
			placed := order(i, begin+events.Millis(i))
			placed.SellerID = fmt.Sprint("seller-", i%10_000)
			requested := events.Event{
				Topic: events.Returns, Kind: events.ReturnRequested, EventID: fmt.Sprint("r", i), OccurredAt: placed.OccurredAt + day/2, SellerID: placed.SellerID, OrderID: placed.OrderID, PartID: "return",
			}
			if !yield(placed) || !yield(requested) {
				return
			}
		}
	}
}

// What is resident stays within --memory, whatever the log holds: many sellers, all sellers at one midnight, a timer for each order. How fast the machine
// is does not matter.
func TestResidentMemory(t *testing.T) {
	marketplace := func(n int) iter.Seq[events.Event] {
		return slices.Values(simulate.RandomMarketplace(simulate.RandomOptions{Seed: 1, Events: n, Sellers: 10_000, Start: begin, Days: 100}))
	}
	for _, c := range []struct {
		name        string
		small, full int
		events      func(int) iter.Seq[events.Event]
		partitions  int32
		asOf        events.Millis
	}{
		{"events of 10,000 sellers", 200_000, 1_000_000, marketplace, 4, begin + 100*day},
		{"sellers at one midnight", 20_000, 200_000, dailySellers, 1, begin + 100*day},
		{"timers", 50_000, 1_000_000, openReturns, 1, begin + 10*day},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, memory := c.small, int64(192)
			if *fullScale {
				n, memory = c.full, 256
			}
			environment := broker(t)
			must(t, environment, "", "topics", "--partitions", fmt.Sprint(c.partitions))
			sent := send(t, environment, c.partitions, c.events(n))
			asOf := time.UnixMilli(c.asOf).UTC().Format(time.RFC3339)
			peak := peakOf(t, environment, "run", "--until-end", "--as-of", asOf, "--memory", fmt.Sprintf("%dMiB", memory), "--log-level", "error") >> 20
			t.Logf("%d events: %d MiB resident of %d MiB", sent, peak, memory)
			if peak > memory {
				t.Errorf("%d MiB were resident, more than the %d MiB of --memory", peak, memory)
			}
		})
	}
}
