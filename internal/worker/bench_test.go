package worker

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// The benchmark's broker, and what fills its topics, is a process of its own, so that neither its CPU time nor its memory is counted: the
// test binary, told by this variable of how many sellers to send how many events.
const loaderVariable = "SELLERPULSE_BENCH_LOADER"

// kafkaVariable names brokers to use in place of the embedded one.
const kafkaVariable = "SELLERPULSE_BENCH_KAFKA"

func TestMain(m *testing.M) {
	if os.Getenv(loaderVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serveBench(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveBench starts a broker, fills the input topics, says where, and stays until its parent is gone.
func serveBench() error {
	addresses := os.Getenv(kafkaVariable)
	if addresses == "" {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			return err
		}
		addresses = cluster.ListenAddrs()[0]
	}
	var sellers, n int
	if _, err := fmt.Sscan(os.Getenv(loaderVariable), &sellers, &n); err != nil {
		return err
	}
	prefix := fmt.Sprintf("bench-%d-", time.Now().UnixNano())
	if err := loadBench(strings.Split(addresses, ","), prefix, sellers, n); err != nil {
		return err
	}
	runtime.GC()
	debug.FreeOSMemory()
	fmt.Println(addresses, prefix)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	return nil
}

// startBench starts the other process, and tells the brokers and the prefix of the input topics.
func startBench(b *testing.B, sellers, n int) (brokers []string, prefix string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", loaderVariable, sellers, n))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	addresses, prefix, _ := strings.Cut(strings.TrimSpace(line), " ")
	return strings.Split(addresses, ","), prefix
}

const benchPartitions = 4

// BenchmarkTask runs the service over the events of few sellers and of many, in four partitions, from an empty state to the end, with a
// broker in another process. It reports events per second of this process's CPU time, and on the clock.
func BenchmarkTask(b *testing.B) {
	for _, of := range []struct{ sellers, events int }{{10_000, 2_000_000}, {200_000, 5_000_000}} {
		b.Run(fmt.Sprintf("sellers=%d", of.sellers), func(b *testing.B) { benchTask(b, of.sellers, of.events) })
	}
}

func benchTask(b *testing.B, sellers, n int) {
	b.Helper()
	if testing.Short() {
		n /= 10
	}
	brokers, prefix := startBench(b, sellers, n)
	client, err := stream.Dial(b.Context(), stream.Options{Brokers: brokers})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	for i := range b.N {
		benchRun(b, client, task.TopicsOf(prefix, fmt.Sprintf("run-%d", i)), fmt.Sprintf("%srun-%d", prefix, i), n)
	}
}

// loadBench fills the input topics.
func loadBench(brokers []string, prefix string, sellers, n int) error {
	ctx := context.Background()
	client, err := stream.Dial(ctx, stream.Options{Brokers: brokers})
	if err != nil {
		return err
	}
	defer client.Close()
	topics := task.TopicsOf(prefix, "")
	specs := []stream.TopicSpec{}
	for _, name := range topics.Inputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: benchPartitions, ReplicationFactor: 1})
	}
	if err := client.CreateTopics(ctx, specs); err != nil {
		return err
	}
	return enginetest.Produce(ctx, client, topics.Inputs, benchPartitions, enginetest.MarketLog(sellers, n))
}

func benchRun(b *testing.B, client *stream.Client, topics task.Topics, appID string, n int) {
	b.Helper()
	specs := []stream.TopicSpec{}
	for _, name := range []string{topics.Alerts, topics.SellerHealth, topics.DeadLetters, topics.Changelog} {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: benchPartitions, ReplicationFactor: 1})
	}
	if err := client.CreateTopics(b.Context(), specs); err != nil {
		b.Fatal(err)
	}
	db, err := state.Open(state.Options{Directory: b.TempDir(), Owner: topics.Changelog})
	if err != nil {
		b.Fatal(err)
	}
	if name := os.Getenv("SELLERPULSE_CPUPROFILE"); name != "" {
		file, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		_ = pprof.StartCPUProfile(file)
		defer pprof.StopCPUProfile()
	}
	before, started := enginetest.CPUSeconds(b), time.Now()
	svc, err := New(b.Context(), Options{Options: task.Options{
		Client: client, State: db, Topics: topics, AppID: appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.DiscardHandler),
	}})
	if err == nil {
		err = svc.Run(context.WithoutCancel(b.Context()))
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/(enginetest.CPUSeconds(b)-before), "events/cpu-s")
	b.ReportMetric(float64(n)/time.Since(started).Seconds(), "events/s")
	b.ReportMetric(enginetest.PeakMiB(b), "MiB-peak")
}
