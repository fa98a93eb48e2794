package pipeline

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
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

// marketLog makes about n events of sellers over a hundred days, in the order in which they happen: orders with shipments, feedback,
// claims, chargebacks and returns, six events an order.
func marketLog(sellers, n int) []events.Event {
	const hour = 3_600_000
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	r := rand.New(rand.NewPCG(1, 1))
	var all []events.Event
	number := 0
	for len(all) < n {
		seller := fmt.Sprintf("SB1-%06d", number%sellers)
		order := fmt.Sprintf("%s-%05d", seller, number/sellers)
		number++
		bad := []float64{0, 0.005, 0.01, 0.03, 0.1}[number%sellers%5]
		chance := func(p float64) bool { return r.Float64() < p }
		after := func(at events.Millis, low, high float64) events.Millis {
			return at + int64((low+r.Float64()*(high-low))*hour)
		}
		add := func(kind events.Kind, at events.Millis, part string, fill func(*events.Event)) {
			e := events.Event{
				Topic: kind.Topic(), Kind: kind, EventID: fmt.Sprintf("b1-%d", len(all)), OccurredAt: at, SellerID: seller, OrderID: order,
				PartID: part, OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
			}
			if fill != nil {
				fill(&e)
			}
			all = append(all, e)
		}
		placed := after(start, 0, 24*100)
		add(events.OrderPlaced, placed, "", func(e *events.Event) {
			e.OrderDate, e.Channel = placed, events.MFN
			if chance(0.3) {
				e.Channel = events.AFN
			}
			e.Items = []events.Item{{ItemID: "0", ProductLine: []string{"toys", "books", "garden", "phones"}[r.IntN(4)], Quantity: 1}}
			e.ShipBy, e.DeliverBy = placed+int64(1+r.IntN(3))*24*hour, placed+int64(4+r.IntN(6))*24*hour
		})
		if chance(bad + 0.02) {
			add(events.OrderCancelled, after(placed, 3, 120), "", func(e *events.Event) {
				e.CancelledBy, e.Reason = events.Party(1+r.IntN(3)), events.Reason(1+r.IntN(4))
			})
		}
		for k := range 1 + r.IntN(5)/4 {
			shipment := fmt.Sprintf("%s-s%d", order, k)
			confirmed := after(placed, 5, 65)
			add(events.ShipmentConfirmed, confirmed, shipment, func(e *events.Event) {
				if chance(0.95) {
					e.Carrier, e.TrackingID = events.Text{Value: "s10", Given: true}, events.Text{Value: s10(r), Given: true}
				}
			})
			if chance(0.9) {
				add(events.ShipmentScanned, after(confirmed, 0.5, 20), shipment, nil)
			}
			if chance(0.93) {
				add(events.ShipmentDelivered, after(confirmed, 24, 24*9), shipment, nil)
			}
		}
		if chance(0.4 + bad) {
			add(events.FeedbackLeft, after(placed, 24*3, 24*30), order+"-f", func(e *events.Event) {
				if e.Rating = int32(3 + r.IntN(3)); chance(bad) {
					e.Rating = 1
				}
			})
		}
		if chance(0.1) {
			opened := after(placed, 48, 24*40)
			add(events.ClaimOpened, opened, order+"-c", nil)
			add(events.ClaimDenied, after(opened, 1, 24*8), order+"-c", nil)
		}
		if chance(0.05) {
			add(events.ChargebackOpened, after(placed, 24*5, 24*50), order+"-b", func(e *events.Event) { e.Category = events.Fraud })
		}
		if chance(0.1) {
			requested := after(placed, 24*3, 24*30)
			add(events.ReturnRequested, requested, order+"-r", nil)
			add(events.ReturnAnswered, after(requested, 0.5, 50), order+"-r", func(e *events.Event) { e.Answer = events.Authorized })
		}
	}
	slices.SortStableFunc(all, func(a, b events.Event) int {
		return cmp.Or(cmp.Compare(a.OccurredAt, b.OccurredAt), cmp.Compare(a.Topic, b.Topic))
	})
	return all
}

func s10(r *rand.Rand) string {
	digits := fmt.Sprintf("%08d", r.IntN(100_000_000))
	sum := 0
	for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += int(digits[i]-'0') * weight
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return fmt.Sprintf("RR%s%dSE", digits, check)
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
		benchRun(b, client, TopicsOf(prefix, fmt.Sprintf("run-%d", i)), fmt.Sprintf("%srun-%d", prefix, i), n)
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
	topics := TopicsOf(prefix, "")
	specs := []stream.TopicSpec{}
	for _, name := range topics.Inputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: benchPartitions, ReplicationFactor: 1})
	}
	if err := client.CreateTopics(ctx, specs); err != nil {
		return err
	}
	producer, err := client.OpenIdempotent(ctx)
	if err != nil {
		return err
	}
	var encoder events.Encoder
	for chunk := range slices.Chunk(marketLog(sellers, n), 20_000) {
		var out outputSet
		for i := range chunk {
			e := &chunk[i]
			out.at = e.OccurredAt
			out.keyed(topics.Inputs[e.Topic], benchPartitions, e.SellerID, encoder.AppendAvro(nil, e))
		}
		if _, err := producer.Produce(ctx, out.outputs); err != nil {
			return err
		}
	}
	return nil
}

func benchRun(b *testing.B, client *stream.Client, topics Topics, appID string, n int) {
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
	metrics := NewMetrics(nil)
	before, started := cpuSeconds(b), time.Now()
	svc, err := NewService(b.Context(), Options{
		Client: client, State: db, Topics: topics, AppID: appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.DiscardHandler), Metrics: metrics,
	})
	if err == nil {
		err = svc.Run(context.WithoutCancel(b.Context()))
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/(cpuSeconds(b)-before), "events/cpu-s")
	b.ReportMetric(float64(n)/time.Since(started).Seconds(), "events/s")
	b.ReportMetric(peakMiB(b), "MiB-peak")
}

func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func peakMiB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kib float64
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmHWM: %f kB", &kib)
	}
	return kib / 1024
}

// BenchmarkApply applies events to state that is in memory, and to state that has to be read from the database for nearly every event.
func BenchmarkApply(b *testing.B) {
	all := marketLog(2000, 100_000)
	for _, bench := range []struct {
		name  string
		cache int
	}{{"warm", 256 << 20}, {"cold", 1 << 10}} {
		b.Run(bench.name, func(b *testing.B) {
			applied := 0
			var m *machine
			for b.Loop() {
				if applied%len(all) == 0 {
					b.StopTimer()
					m = benchMachine(b, bench.cache)
					b.StartTimer()
				}
				e := &all[applied%len(all)]
				r := Record{Topic: e.Topic, Offset: int64(applied), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}"), Event: *e}
				if err := m.engine.Apply(&r); err != nil {
					b.Fatal(err)
				}
				if applied++; applied%1000 == 0 {
					m.benchCommit(applied%20_000 == 0)
				}
			}
		})
	}
}

// BenchmarkEngine applies the events of one of four partitions of BenchmarkTask to a state that is empty at first, with a quarter of the
// memory: without Kafka, so that a change of the state shows in less time and noise.
func BenchmarkEngine(b *testing.B) {
	for _, of := range []struct{ sellers, events int }{{2_500, 500_000}, {50_000, 1_250_000}} {
		b.Run(fmt.Sprintf("sellers=%d", of.sellers), func(b *testing.B) {
			log := encodedLog(of.sellers, of.events)
			for b.Loop() {
				var memory, after runtime.MemStats
				runtime.ReadMemStats(&memory)
				before := cpuSeconds(b)
				m := benchMachine(b, 48<<20)
				for i, rest := 0, log; len(rest) > 0; i++ {
					size := binary.LittleEndian.Uint32(rest[1:])
					r := Record{Topic: events.Topic(rest[0]), Offset: int64(i), Timestamp: math.MaxInt64, Value: rest[5 : 5+size]}
					rest = rest[5+size:]
					r.Err = m.engine.decode(&r)
					if err := m.engine.Apply(&r); err != nil {
						b.Fatal(err)
					}
					if i%10_000 == 0 {
						m.benchCommit(m.engine.store.Full(16 << 20))
					}
				}
				b.ReportMetric(float64(of.events)/(cpuSeconds(b)-before), "events/cpu-s")
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.Mallocs-memory.Mallocs)/float64(of.events), "allocs/event")
				b.ReportMetric(float64(after.TotalAlloc-memory.TotalAlloc)/float64(of.events), "B/event")
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-memory.HeapAlloc)/(1<<20), "MiB-held")
				runtime.KeepAlive(m)
			}
		})
	}
}

// encodedLog is a marketLog in one piece, in which the collector has nothing to look at: of each event the topic, the length and its Avro.
func encodedLog(sellers, n int) (log []byte) {
	var encoder events.Encoder
	for _, e := range marketLog(sellers, n) {
		begin := len(log)
		log = encoder.AppendAvro(append(log, byte(e.Topic), 0, 0, 0, 0), &e)
		binary.LittleEndian.PutUint32(log[begin+1:], uint32(len(log)-begin-5))
	}
	runtime.GC()
	return log
}

// benchCommit commits without Kafka, and writes a checkpoint if asked to.
func (m *machine) benchCommit(checkpoint bool) {
	m.t.Helper()
	m.commits++
	m.engine.store.SetClock(state.Clock{StreamTime: m.engine.StreamTime()})
	m.engine.store.Records()
	m.engine.store.Committed()
	if checkpoint {
		m.must(m.engine.store.Checkpoint(state.Saved{Position: m.commits}))
	}
	m.engine.pending.reset()
}

func benchMachine(b *testing.B, cache int) *machine {
	b.Helper()
	return benchMachineIn(b, b.TempDir(), cache)
}

func benchMachineIn(b *testing.B, directory string, cache int) *machine {
	b.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	p, err := db.Partition(0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(p.Close(), db.Close()); err != nil {
			b.Error(err)
		}
	})
	e := NewEngine(p, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120}, cache)
	if err := errors.Join(e.Open(), e.Rebuild(b.Context(), func(int, int) {})); err != nil {
		b.Fatal(err)
	}
	return &machine{t: b, db: db, state: p, engine: e}
}
