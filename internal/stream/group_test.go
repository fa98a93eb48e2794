package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

// halves gives every member its part of four partitions, in the order of what they say of themselves, and tells each who all are.
func halves(members []GroupMember) (map[string]Assignment, error) {
	slices.SortFunc(members, func(a, b GroupMember) int { return cmp.Compare(string(a.UserData), string(b.UserData)) })
	assigned := map[string]Assignment{}
	var names []string
	for _, m := range members {
		names = append(names, string(m.UserData))
	}
	for p := range int32(4) {
		id := members[int(p)*len(members)/4].ID
		assigned[id] = Assignment{Partitions: append(assigned[id].Partitions, p), UserData: []byte(strings.Join(names, ","))}
	}
	return assigned, nil
}

func groupOptions(id, name string, topics ...string) GroupOptions {
	return GroupOptions{
		ID: id, Topics: topics, HeartbeatInterval: 50 * time.Millisecond, Protocol: "test",
		UserData: func() []byte { return []byte(name) }, Assign: halves,
	}
}

// book keeps what each member was last assigned.
type book struct {
	mutex   sync.Mutex
	members map[string]*Generation
}

func (b *book) begin(name string) func(*Generation) error {
	return func(g *Generation) error {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		b.members[name] = g
		return nil
	}
}

func (b *book) of(name string) *Generation {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.members[name]
}

func (b *book) owns(name string, partitions ...int32) bool {
	g := b.of(name)
	return g != nil && slices.Equal(g.Partitions, partitions)
}

func TestMembersShareThePartitions(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		topics := []string{broker.Prefix + "a", broker.Prefix + "b"}
		for _, topic := range topics {
			createTopic(t, client, topic, 4)
		}
		members := &book{members: map[string]*Generation{}}
		join := func(name string) (leave func()) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- dial(t, broker).RunGroup(ctx, groupOptions(broker.Prefix+"g", name, topics...), members.begin(name))
			}()
			return func() {
				cancel()
				if err := <-done; err != nil {
					t.Errorf("member %s: %v", name, err)
				}
			}
		}
		leaveFirst := join("first")
		await(t, "all partitions with the first", func() bool { return members.owns("first", 0, 1, 2, 3) })
		alone := members.of("first")
		if err := alone.Confirm(t.Context()); err != nil {
			t.Errorf("a generation that holds: %v", err)
		}
		leaveSecond := join("second")
		await(t, "two partitions each", func() bool { return members.owns("first", 0, 1) && members.owns("second", 2, 3) })
		if err := alone.Confirm(t.Context()); !errors.Is(err, ErrSuperseded) {
			t.Errorf("a generation that is over: %v", err)
		}
		if told := string(members.of("second").UserData); told != "first,second" {
			t.Errorf("the second member was told %q", told)
		}
		if first, second := members.of("first"), members.of("second"); first.MemberID != alone.MemberID || first.ID != second.ID {
			t.Errorf("generations %d and %d, member %s that was %s", first.ID, second.ID, first.MemberID, alone.MemberID)
		}
		leaveFirst()
		await(t, "all partitions with the second", func() bool { return members.owns("second", 0, 1, 2, 3) })
		leaveSecond()
	})
}

// A member that the group has given up, as after a long stop of the process, comes back by itself.
func TestAMemberThatWasGivenUpComesBack(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(4, "t"))
	client := dial(t, broker)
	members := &book{members: map[string]*Generation{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- client.RunGroup(ctx, groupOptions("g", "only", "t"), members.begin("only")) }()
	await(t, "a generation", func() bool { return members.owns("only", 0, 1, 2, 3) })
	first := members.of("only")
	if err := client.leaveGroup(t.Context(), "g", first.MemberID); err != nil { // As the coordinator does for it.
		t.Fatal(err)
	}
	await(t, "another generation", func() bool { return members.of("only").MemberID != first.MemberID })
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Err: kerr.CoordinatorNotAvailable, TopLevel: true, Count: 3})
	second := members.of("only")
	if err := second.Confirm(t.Context()); err != nil {
		t.Errorf("while the coordinator moves: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunGroupEndsWithBegin(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		createTopic(t, client, broker.Prefix+"a", 2)
		want := errors.New("the work is broken")
		options := groupOptions(broker.Prefix+"g", "only", broker.Prefix+"a")
		if err := client.RunGroup(t.Context(), options, func(*Generation) error { return want }); !errors.Is(err, want) {
			t.Fatalf("error %v, want %v", err, want)
		}
	})
}

func nothing(*Generation) error { return nil }

func TestRunGroupTellsWhatDoesNotHeal(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client := dial(t, broker)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.GroupAuthorizationFailed, TopLevel: true, Count: -1})
	if err := client.RunGroup(t.Context(), groupOptions("g", "only", "t"), nothing); !errors.Is(err, ErrUnauthorized) {
		t.Fatalf("error %v", err)
	}
}

func TestRunGroupOverAMissingTopic(t *testing.T) {
	client := dial(t, brokertest.Embedded(t, kfake.SeedTopics(1, "t")))
	err := client.RunGroup(t.Context(), groupOptions("g", "only", "t", "none"), nothing)
	var failure *TopicError
	if !errors.As(err, &failure) || failure.Topic != "none" || !strings.Contains(err.Error(), "processor topics") {
		t.Fatalf("error %v", err)
	}
}

func TestLeavingDoesNotWaitForTheOthersToJoin(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client := dial(t, broker)
	ctx, cancel := context.WithCancel(t.Context())
	cluster.ControlKey(int16(kmsg.JoinGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		cancel()
		cluster.SleepControl(func() { <-t.Context().Done() })
		return nil, nil, false
	})
	options := groupOptions("g", "only", "t")
	options.RebalanceTimeout = 10 * time.Minute
	if err := client.RunGroup(ctx, options, nothing); err != nil {
		t.Fatal(err)
	}
}

// Apache Kafka's own tool reads what a member is assigned.
func TestKafkasToolShowsWhoHasWhat(t *testing.T) {
	broker := brokertest.Kafka(t)
	client := dial(t, broker)
	topics := []string{broker.Prefix + "a", broker.Prefix + "b"}
	for _, topic := range topics {
		createTopic(t, client, topic, 4)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	members := &book{members: map[string]*Generation{}}
	go func() {
		done <- client.RunGroup(ctx, groupOptions(broker.Prefix+"g", "only", topics...), members.begin("only"))
	}()
	await(t, "all partitions", func() bool { return members.owns("only", 0, 1, 2, 3) })
	told := brokertest.DescribeMembers(t, broker, broker.Prefix+"g")
	for _, topic := range topics {
		if want := topic + ":0,1,2,3"; !strings.Contains(told, want) {
			t.Errorf("the tool does not say %s:\n%s", want, told)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What is written is Kafka's format, byte for byte, and what is read is all that this process uses of it.
func TestSubscriptionAndAssignmentAreKafkas(t *testing.T) {
	subscription, err := encodeSubscription([]string{"a", "bc"}, []byte("xyz"))
	if want := "\x00\x01\x00\x00\x00\x02\x00\x01a\x00\x02bc\x00\x00\x00\x03xyz\x00\x00\x00\x00"; err != nil || string(subscription) != want {
		t.Errorf("subscription %q, error %v, want %q", subscription, err, want)
	}
	if told, err := decodeSubscription(subscription); err != nil || string(told) != "xyz" {
		t.Errorf("a subscription's user data reads as %q, error %v", told, err)
	}
	assigned := Assignment{Partitions: []int32{1, 2}, UserData: []byte("xyz")}
	assignment, err := encodeAssignment([]string{"a", "b"}, assigned)
	each := "\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"
	if want := "\x00\x01\x00\x00\x00\x02\x00\x01a" + each + "\x00\x01b" + each + "\x00\x00\x00\x03xyz"; err != nil || string(assignment) != want {
		t.Errorf("assignment %q, error %v, want %q", assignment, err, want)
	}
	if got, err := decodeAssignment(assignment); err != nil || !slices.Equal(got.Partitions, assigned.Partitions) || string(got.UserData) != "xyz" {
		t.Errorf("an assignment reads as %+v, error %v", got, err)
	}
}

// Twelve bytes of somebody in the group that announce 134 million topics take no memory for them.
func TestAnnouncedElementsTakeNoMemory(t *testing.T) {
	liar := []byte{0, 1, 0x07, 0xff, 0xff, 0xff, 0, 1, 'a', 0, 0, 0}
	for name, read := range map[string]func(){
		"subscription": func() { _, _ = decodeSubscription(liar) },
		"assignment":   func() { _, _ = decodeAssignment(liar) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read()
		runtime.ReadMemStats(&after)
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 64<<20 {
			t.Errorf("%s takes %d bytes", name, bytes)
		}
	}
}

func TestMembersDataThatCannotBeRead(t *testing.T) {
	for _, b := range [][]byte{nil, {0}, {0, 1, 0, 0, 0, 9}, {0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5, 1}} {
		if _, err := decodeSubscription(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("subscription %v: error %v", b, err)
		}
		if _, err := decodeAssignment(b); len(b) > 0 && !errors.Is(err, ErrCorrupt) {
			t.Errorf("assignment %v: error %v", b, err)
		}
	}
}

// A coordinator that hangs takes a third of the session, not the time of a request: there is time for another heartbeat.
func TestAHeartbeatTakesNoMoreThanItsPartOfTheSession(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(4, "t"))
	client, err := contact(t, Options{Brokers: broker.Addresses, RequestTimeout: 10 * time.Minute, RetryTimeout: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	members := &book{members: map[string]*Generation{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- client.RunGroup(ctx, groupOptions("g", "only", "t"), members.begin("only")) }()
	await(t, "a generation", func() bool { return members.owns("only", 0, 1, 2, 3) })
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	cluster.ControlKey(int16(kmsg.Heartbeat), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.SleepControl(func() { <-t.Context().Done() })
		return nil, nil, false
	})
	g := *members.of("only")
	if g.timeout != 10*time.Second/3 {
		t.Errorf("a heartbeat may take %v of a session of 10 s", g.timeout)
	}
	g.timeout = 100 * time.Millisecond
	mustBeUnreachable(t, g.heartbeat(t.Context()))
}

func TestTheWaitsOfAMemberFitOneAnother(t *testing.T) {
	for _, c := range []struct{ session, rebalance, interval, wantRebalance, wantInterval time.Duration }{
		{0, 0, 0, 30 * time.Second, 500 * time.Millisecond},
		{6 * time.Second, 0, 3 * time.Second, 30 * time.Second, 2 * time.Second},
		{900 * time.Millisecond, 0, 0, 30 * time.Second, 300 * time.Millisecond},
		{5 * time.Minute, 0, 0, 5 * time.Minute, 500 * time.Millisecond},
		{5 * time.Minute, 10 * time.Minute, time.Second, 10 * time.Minute, time.Second},
	} {
		o := GroupOptions{SessionTimeout: c.session, RebalanceTimeout: c.rebalance, HeartbeatInterval: c.interval}.withDefaults()
		if o.RebalanceTimeout != c.wantRebalance || o.HeartbeatInterval != c.wantInterval {
			t.Errorf("%+v: rebalance %v, interval %v", c, o.RebalanceTimeout, o.HeartbeatInterval)
		}
	}
}

// A broker that does not answer takes its share of the time only, when any broker would do.
func TestABrokerThatHangsLeavesTimeForTheOthers(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	broker := brokertest.Embedded(t)
	if _, err := contact(t, Options{Brokers: append([]string{silent.Addr().String()}, broker.Addresses...), DialTimeout: 2 * time.Second}); err != nil {
		t.Error(err)
	}
}

// Whoever is in the group ends a process that is to begin; one that was a member before waits for the stranger to go.
func TestAStrangerEndsOnlyWhoBegins(t *testing.T) {
	broker := brokertest.Embedded(t, kfake.SeedTopics(4, "t"))
	client := dial(t, broker)
	stranger := func(*Generation) error { return fmt.Errorf("nobody here assigned this: %w", ErrStranger) }
	if err := client.RunGroup(t.Context(), groupOptions("g", "only", "t"), stranger); !errors.Is(err, ErrStranger) {
		t.Errorf("a process that begins: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	generations := 0
	err := client.RunGroup(ctx, groupOptions("g", "only", "t"), func(g *Generation) error {
		switch generations++; generations {
		case 1:
			// As the coordinator does for it: so another generation follows.
			return client.leaveGroup(t.Context(), "g", g.MemberID)
		case 2, 3:
			return stranger(g)
		}
		cancel()
		return nil
	})
	if err != nil || generations != 4 {
		t.Errorf("a process that was a member: %v after %d generations", err, generations)
	}
}

func TestASessionThatBrokersDoNotAllow(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		createTopic(t, client, broker.Prefix+"a", 1)
		options := groupOptions(broker.Prefix+"g", "only", broker.Prefix+"a")
		options.SessionTimeout = time.Second
		err := client.RunGroup(t.Context(), options, nothing)
		if err == nil || !strings.Contains(err.Error(), "--session-timeout is 1s: brokers allow group.min.session.timeout.ms") {
			t.Errorf("error %v", err)
		}
	})
}
