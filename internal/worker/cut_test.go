package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/outputs"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// tap listens in the place of an embedded broker and looks at each request before the broker does.
type tap struct {
	decide   func(kmsg.Request) verdict // of a request that has arrived
	answered func()                     // an answer has been lost
	patch    func(answer []byte)        // changes an answer; may be nil
}

// verdict is what becomes of a request.
type verdict int

const (
	pass    verdict = iota
	drop            // the connection breaks before the broker has seen the request
	swallow         // the broker carries the request out, and the connection breaks before the answer
)

func (t *tap) listen(network, address string) (net.Listener, error) {
	listener, err := net.Listen(network, address)
	return &tapListener{listener, t}, err
}

type tapListener struct {
	net.Listener
	tap *tap
}

func (l *tapListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &tapConn{Conn: conn, tap: l.tap}, err
}

// tapConn is the broker's end of a connection. A client sends one request at a time on it.
type tapConn struct {
	net.Conn
	tap       *tap
	request   []byte // what the broker has not read of it
	swallowed atomic.Bool
}

func (c *tapConn) Read(p []byte) (int, error) {
	if len(c.request) == 0 {
		request, err := readFrame(c.Conn)
		if err != nil {
			return 0, err
		}
		switch c.tap.decide(parseRequest(request[4:])) {
		case drop:
			return 0, errors.Join(io.EOF, c.Conn.Close())
		case swallow:
			c.swallowed.Store(true)
		}
		c.request = request
	}
	n := copy(p, c.request)
	c.request = c.request[n:]
	return n, nil
}

func (c *tapConn) Write(answer []byte) (int, error) {
	if !c.swallowed.Load() {
		if c.tap.patch != nil {
			answer = bytes.Clone(answer)
			c.tap.patch(answer)
		}
		return c.Conn.Write(answer)
	}
	c.tap.answered()
	return 0, errors.Join(io.ErrClosedPipe, c.Conn.Close())
}

// readFrame reads a request with its length before it.
func readFrame(r io.Reader) ([]byte, error) {
	frame := make([]byte, 4)
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil, err
	}
	frame = append(frame, make([]byte, binary.BigEndian.Uint32(frame))...)
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

// parseRequest panics at what is no request.
func parseRequest(b []byte) kmsg.Request {
	r := kbin.Reader{Src: b}
	request := kmsg.RequestForKey(r.Int16())
	request.SetVersion(r.Int16())
	r.Int32() // correlation id
	r.NullableString()
	if request.IsFlexible() {
		kmsg.SkipTags(&r)
	}
	if err := request.ReadFrom(r.Src); err != nil {
		panic(fmt.Sprintf("parse request %d: %v", request.Key(), err))
	}
	return request
}

// cut says where and how the work of a process is cut.
type cut struct {
	step     kmsg.Key
	topic    string // of a Produce: what the name ends with
	answered bool   // carried out, only the answer is lost
	crash    bool   // the process ends at that moment; else it lives on
}

func (c cut) String() string {
	name := c.step.Name() + c.topic
	if c.answered {
		name += "/answer"
	} else {
		name += "/request"
	}
	if c.crash {
		return name + "/crash"
	}
	return name + "/alive"
}

// cuts lists every step of a transaction with each way to cut it.
func cuts() (all []cut) {
	steps := []cut{
		{step: kmsg.InitProducerID}, {step: kmsg.AddPartitionsToTxn}, {step: kmsg.AddOffsetsToTxn}, {step: kmsg.TxnOffsetCommit}, {step: kmsg.EndTxn},
	}
	for _, topic := range []string{"changelog", "alerts", "dead-letters", "seller-health"} {
		steps = append(steps, cut{step: kmsg.Produce, topic: "-" + topic})
	}
	for _, step := range steps {
		for i := range 4 {
			step.answered, step.crash = i&1 != 0, i&2 != 0
			all = append(all, step)
		}
	}
	return all
}

// cutter cuts some of the requests that a cut is about, and ends the process at some of its commits.
type cutter struct {
	cut
	mutex   sync.Mutex
	random  *rand.Rand
	left    int // cuts still to come
	passing int // requests to let pass before the next
	done    int // cuts there were
	crashes int // between a transaction and the local state, still to come
	kill    func()
}

func (c *cutter) wait() {
	most := 8
	if c.step == kmsg.InitProducerID || c.topic == "-seller-health" || c.topic == "-dead-letters" {
		most = 2 // There are few of them.
	}
	c.passing = c.random.IntN(most)
}

func (c *cutter) decide(request kmsg.Request) verdict {
	if request.Key() != c.step.Int16() || !c.isAbout(request) {
		return pass
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.left == 0 || c.kill == nil {
		return pass
	}
	if c.passing > 0 {
		c.passing--
		return pass
	}
	c.left, c.done = c.left-1, c.done+1
	c.wait()
	if c.answered {
		return swallow
	}
	if c.crash {
		c.kill()
	}
	return drop
}

func (c *cutter) isAbout(request kmsg.Request) bool {
	produce, ok := request.(*kmsg.ProduceRequest)
	if !ok {
		return true
	}
	for i := range produce.Topics {
		if strings.HasSuffix(produce.Topics[i].Topic, c.topic) {
			return true
		}
	}
	return false
}

// lost is called when the answer to a request that was carried out is lost.
func (c *cutter) lost() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.crash && c.kill != nil {
		c.kill()
	}
}

// committed is called between a transaction and the local state.
func (c *cutter) committed() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.crashes == 0 || c.random.IntN(10) > 0 {
		return nil
	}
	c.crashes--
	c.kill()
	return errCut
}

// spread puts each topic that is written to on a broker of its own, so that one can be written without the others.
func (s *fixture) spread(cluster *kfake.Cluster) {
	s.t.Helper()
	for node, topic := range []string{s.topics.Changelog, s.topics.Alerts, s.topics.DeadLetters, s.topics.SellerHealth} {
		for _, p := range cluster.PartitionInfos(topic) {
			if err := cluster.MoveTopicPartition(topic, p.Partition, int32(node)); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// process runs the service on a file system until all is done or it is killed, after which left is what a crash leaves of the files.
func (s *fixture) process(addresses []string, files *vfs.MemFS, c *cutter) (left *vfs.MemFS) {
	s.t.Helper()
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: addresses, ClientID: "process"})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	log := slog.New(slog.DiscardHandler) // What goes wrong is meant to.
	db, err := state.Open(state.Options{Directory: "state", FileSystem: files, Owner: s.topics.Changelog, CacheBytes: 1 << 20, MemTablesBytes: 256 << 10, Logger: log})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	c.mutex.Lock()
	c.kill = func() {
		if left == nil {
			left = files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: c.random.IntN(101), RNG: c.random})
			client.Close()
			cancel()
		}
	}
	c.mutex.Unlock()
	o := s.options(db)
	o.Client, o.Logger, o.CommitInterval, o.CommitEvents, o.Hooks.OnCommit = client, log, time.Nanosecond, 40, c.committed
	running, err := New(ctx, o)
	if err == nil {
		err = running.Run(ctx)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.kill = nil
	s.evict(addresses) // A crashed process cannot leave the group; its session need not be waited for.
	if err = errors.Join(err, db.Close()); err != nil && left == nil {
		s.t.Fatal(err)
	}
	if left == nil {
		s.verify(files)
	}
	return left
}

// evict makes the members of the group leave it.
func (s *fixture) evict(addresses []string) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addresses...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	describe := kmsg.NewPtrDescribeGroupsRequest()
	describe.Groups = []string{s.appID}
	described, err := describe.RequestWith(s.t.Context(), client)
	if err != nil {
		s.t.Fatal(err)
	}
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = s.appID
	for _, m := range described.Groups[0].Members {
		member := kmsg.NewLeaveGroupRequestMember()
		member.MemberID = m.MemberID
		leave.Members = append(leave.Members, member)
	}
	if len(leave.Members) == 0 {
		return
	}
	if _, err := leave.RequestWith(s.t.Context(), client); err != nil {
		s.t.Fatal(err)
	}
}

// verify demands that the state that an orderly stop left is what its order rows add up to.
func (s *fixture) verify(files *vfs.MemFS) {
	s.t.Helper()
	view, err := state.OpenView(state.Options{Directory: "state", FileSystem: files})
	if err != nil {
		s.t.Fatal(err)
	}
	defer view.Close()
	answer, err := verify.All(s.t.Context(), view, verify.Options{Rules: s.options(nil).Rules})
	if err != nil || answer.Total > 0 || answer.Checked() != 2 || answer.Partitions[0].Orders == 0 {
		s.t.Errorf("verification: %+v, %v; want two partitions with orders and no difference", answer, err)
	}
}

// checkNumbers demands that the alerts of each seller and rule are numbered from 1 on, in order, without a gap.
func checkNumbers(t testing.TB, alerts []outputs.Alert) {
	t.Helper()
	for _, problem := range misnumbered(alerts) {
		t.Error(problem)
	}
}

func misnumbered(alerts []outputs.Alert) (problems []string) {
	last := map[[2]string]int64{}
	for i := range alerts {
		a := &alerts[i]
		of := [2]string{a.SellerID, a.Rule}
		if a.Transition != last[of]+1 {
			problems = append(problems, fmt.Sprintf("alert %s comes after number %d", a.ID(), last[of]))
		}
		last[of] = a.Transition
	}
	return problems
}

// Whichever step of whichever transaction is cut, before it takes effect or after, whether the process lives on or ends there and then,
// with whatever part of its files: nothing is lost and nothing doubled.
func TestCutAnywhereNothingIsLostOrDoubled(t *testing.T) {
	all := randomEvents(11, 1200)
	whole := newFixture(t, brokertest.Embedded(t), 2)
	whole.produce(all)
	if err := whole.run(t.Context(), t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	want := whole.output()
	for i, x := range cuts() {
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			c := &cutter{cut: x, random: rand.New(rand.NewPCG(uint64(i), 3)), left: 4, crashes: 3}
			c.wait()
			watch := &tap{decide: c.decide, answered: c.lost}
			broker, cluster := brokertest.EmbeddedCluster(t, kfake.NumBrokers(4), kfake.ListenFn(watch.listen))
			s := newFixture(t, broker, 2)
			s.spread(cluster)
			s.produce(all)
			for files := vfs.NewCrashableMem(); files != nil; {
				files = s.process(broker.Addresses, files, c)
			}
			if c.done == 0 {
				t.Error("nothing was cut")
			}
			enginetest.CompareLists(t, "output", s.output(), want)
			checkNumbers(t, s.alerts())
		})
	}
}

// refusals are what brokers answer when a transaction is not theirs any more, and what passes.
var refusals = []*kerr.Error{
	kerr.InvalidProducerEpoch, kerr.ProducerFenced, kerr.InvalidTxnState, kerr.InvalidProducerIDMapping, kerr.OutOfOrderSequenceNumber,
	kerr.CoordinatorNotAvailable,
}

// A task whose transaction is refused at any step is acquired again, and the process goes on.
func TestRefusedTransactionIsBegunAnew(t *testing.T) {
	all := randomEvents(12, 800)
	whole := newFixture(t, brokertest.Embedded(t), 2)
	whole.produce(all)
	if err := whole.run(t.Context(), t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	want := whole.output()
	for _, key := range []kmsg.Key{kmsg.AddPartitionsToTxn, kmsg.Produce, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn} {
		for _, refusal := range refusals {
			t.Run(key.Name()+"/"+refusal.Message, func(t *testing.T) {
				t.Parallel()
				broker, cluster := brokertest.EmbeddedCluster(t)
				s := newFixture(t, broker, 2)
				s.produce(all)
				faults := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: refusal, TopLevel: key == kmsg.AddOffsetsToTxn || key == kmsg.EndTxn, Count: 2})
				if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.CommitInterval, o.CommitEvents = time.Nanosecond, 40 }); err != nil {
					t.Fatal(err)
				}
				if faults.Hits() != 2 {
					t.Errorf("refused %d times, want 2", faults.Hits())
				}
				enginetest.CompareLists(t, "output", s.output(), want)
			})
		}
	}
}

// A broker that aborts a transaction and calls it committed is what a service would be that takes what it has sent for true: alerts are
// lost, and the comparison and the numbers of alerts show it.
func TestALostTransactionIsSeen(t *testing.T) {
	all := randomEvents(11, 1200)
	broker, cluster := brokertest.EmbeddedCluster(t)
	s := newFixture(t, broker, 2)
	s.produce(all)
	run := func(appID string) []string {
		s.appID, s.topics.Changelog = appID, appID+"-changelog"
		changelog := []stream.TopicSpec{{Name: s.topics.Changelog, Partitions: 2, ReplicationFactor: 1}}
		if err := s.client.CreateTopics(t.Context(), changelog); err != nil {
			t.Fatal(err)
		}
		if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.CommitInterval, o.CommitEvents = time.Nanosecond, 40 }); err != nil {
			t.Fatal(err)
		}
		return s.output()
	}
	once := run(broker.Prefix + "first-app")
	if problems := misnumbered(s.alerts()); len(problems) > 0 {
		t.Fatalf("of a run without faults: %s", problems)
	}
	for _, topic := range []string{s.topics.Alerts, s.topics.DeadLetters, s.topics.SellerHealth} {
		for _, p := range cluster.PartitionInfos(topic) {
			if err := cluster.DeleteRecords(topic, p.Partition, p.HighWatermark); err != nil {
				t.Fatal(err)
			}
		}
	}
	lies := 0
	cluster.ControlKey(int16(kmsg.EndTxn), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if lies++; lies >= 4 && lies < 8 {
			request.(*kmsg.EndTxnRequest).Commit = false
		}
		return nil, nil, false
	})
	lossy := run(broker.Prefix + "second-app")
	if len(lossy) >= len(once) {
		t.Errorf("%d outputs with lost transactions, %d without", len(lossy), len(once))
	}
	if len(misnumbered(s.alerts())) == 0 {
		t.Error("no gap in the numbers of the alerts")
	}
}

// The cuts leave transactions behind that hold alerts already: who reads uncommitted sees them twice.
func TestWhatIsCutWouldBeSeenTwice(t *testing.T) {
	c := &cutter{cut: cut{step: kmsg.EndTxn, crash: true}, random: rand.New(rand.NewPCG(1, 3)), left: 6}
	broker := brokertest.Embedded(t, kfake.ListenFn((&tap{decide: c.decide, answered: c.lost}).listen))
	s := newFixture(t, broker, 2)
	s.produce(randomEvents(11, 1200))
	for files := vfs.NewCrashableMem(); files != nil; {
		files = s.process(broker.Addresses, files, c)
	}
	checkNumbers(t, s.alerts())
	if len(misnumbered(s.uncommittedAlerts(broker))) == 0 {
		t.Error("no alert is seen twice even by who reads uncommitted")
	}
}

// uncommittedAlerts reads all alerts, those of aborted transactions too.
func (s *fixture) uncommittedAlerts(broker *brokertest.Broker) (all []outputs.Alert) {
	s.t.Helper()
	for p := range int32(2) {
		client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.FetchIsolationLevel(kgo.ReadUncommitted()), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.topics.Alerts: {p: kgo.NewOffset().AtStart()}}))
		if err != nil {
			s.t.Fatal(err)
		}
		defer client.Close()
		ends, err := s.client.Ends(s.t.Context(), []stream.TopicPartition{{Topic: s.topics.Alerts, Partition: p}})
		if err != nil {
			s.t.Fatal(err)
		}
		for last := int64(-1); last < ends[stream.TopicPartition{Topic: s.topics.Alerts, Partition: p}].LastStable-1; {
			fetched := client.PollFetches(s.t.Context())
			if err := fetched.Err(); err != nil {
				s.t.Fatal(err)
			}
			fetched.EachRecord(func(r *kgo.Record) {
				last = r.Offset
				if r.Attrs.IsControl() {
					return
				}
				a, err := outputs.DecodeAlert(r.Value)
				if err != nil {
					s.t.Fatal(err)
				}
				all = append(all, a)
			})
		}
	}
	return all
}
