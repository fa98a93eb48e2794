package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// consumer is somebody else's, in the service's group, who reads the orders.
func (s *fixture) consumer(broker *brokertest.Broker, options ...kgo.Opt) *kgo.Client {
	s.t.Helper()
	options = append([]kgo.Opt{
		kgo.SeedBrokers(broker.Addresses...), kgo.ConsumerGroup(s.appID), kgo.ConsumeTopics(s.topics.Inputs[0]), kgo.DisableAutoCommit(),
	}, options...)
	client, err := kgo.NewClient(options...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.CloseAllowingRebalance)
	return client
}

// joined waits until a consumer is a member of its group.
func joined(t *testing.T, client *kgo.Client) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go client.PollFetches(ctx)
	enginetest.Eventually(t, "the consumer is in the group", func() bool {
		_, generation := client.GroupMetadata()
		return generation > 0
	})
}

// refusedRun runs a process that the group must not take, and returns why it ended.
func (s *fixture) refusedRun(broker *brokertest.Broker, change func(*Options)) error {
	s.t.Helper()
	db := s.openState(s.t.TempDir())
	defer db.Close()
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "refused"})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	o := s.options(db)
	o.Client, o.UntilEnd, o.Hooks.OwnClock, o.Clock = client, false, true, longAgo
	change(&o)
	service, err := New(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	err = service.Run(ctx)
	if err == nil || strings.Contains(err.Error(), "\n") {
		s.t.Errorf("it ended with %v, want one line", err)
	}
	return err
}

// Two deployments of one application id would each read half of what they should: the one that comes second ends.
func TestAnotherDeploymentOfTheSameGroupIsRefused(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		first := market(t, broker, "eu", 2, sortedMarket(5, 20))
		second := market(t, broker, "us", 2, nil)
		second.appID = first.appID
		other := loosened(t)
		var log journal
		w := first.workWith(broker, func(o *Options) { o.Clock, o.Logger = longAgo, log.logger() })
		first.awaitRead()
		for _, c := range []struct {
			s      *fixture
			change func(*Options)
			says   []string
		}{
			{second, func(*Options) {}, []string{"topic prefix (--topic-prefix) is", "us-", "and the group's", "eu-", "another --app-id"}},
			{first, func(o *Options) { o.Zone = time.FixedZone("Europe/Oslo", 3600) }, []string{`time zone (--time-zone) is "Europe/Oslo", and the group's "UTC"`}},
			{first, func(o *Options) { o.RetentionDays = 130 }, []string{`retention (--retention) is "130d", and the group's "120d"`}},
			{first, func(o *Options) { o.TrustPartition = true }, []string{`partitioner (--partitioner) is "any", and the group's "murmur2"`}},
			{first, func(o *Options) { o.Rules = other }, []string{"rules (--rules) is"}},
		} {
			err := c.s.refusedRun(broker, c.change)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want a refusal", err)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %v, want %q in it", err, part)
				}
			}
		}
		if n := len(log.lines(t, "member of the group is refused")); n < 5 {
			t.Errorf("the leader tells of %d refusals", n)
		}
		first.produce(sortedMarket(6, 20))
		first.awaitRead()
		if got := w.runs(); !slices.Equal(got, []int32{0, 1}) {
			t.Errorf("the first deployment works on %v", got)
		}
		w.stop()
	})
}

// ourName is a consumer that joins by the name of this program's way to assign, but tells and assigns something else; as an older version of the
// program does.
type ourName struct{ kgo.GroupBalancer }

func (ourName) ProtocolName() string { return assignProtocol }

func (ourName) JoinGroupMetadata(topics []string, _ map[string][]int32, _ int32) []byte {
	m := kmsg.NewConsumerMemberMetadata()
	m.Topics, m.UserData = topics, []byte(`{"holdings":[{"partition":0,"position":9223372036854775807,"active":true}]}`)
	return m.AppendTo(nil)
}

// A consumer that nobody thinks of is in the group when a process starts: it ends, and names the remedy.
func TestAConsumerInTheGroupIsNamed(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, balancer := range map[string]kgo.GroupBalancer{
			"range": kgo.RangeBalancer(), "cooperative sticky": kgo.CooperativeStickyBalancer(), "by our name": ourName{kgo.RangeBalancer()},
		} {
			t.Run(name, func(t *testing.T) {
				s := market(t, broker, strings.ReplaceAll(name, " ", "-"), 2, nil)
				stranger := s.consumer(broker, kgo.Balancers(balancer))
				joined(t, stranger)
				checkStranger(t, s.refusedRun(broker, func(*Options) {}))
				stranger.CloseAllowingRebalance()
				w := s.work(broker, 0)
				enginetest.Eventually(t, "the service has the group to itself", func() bool { return len(w.runs()) == 2 })
				w.stop()
			})
		}
	})
}

func checkStranger(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, stream.ErrStranger) || !strings.Contains(err.Error(), "another consumer uses this group id") || !strings.Contains(err.Error(), "choose another --app-id") {
		t.Errorf("error %v, want that another consumer uses the group", err)
	}
}

// groupErrors takes the first error that a consumer has in its group.
type groupErrors chan error

// OnGroupManageError is called by the consumer.
func (g groupErrors) OnGroupManageError(err error) {
	select {
	case g <- err:
	default:
	}
}

// A consumer that comes into the group of a running service gets nothing, and the service goes on.
func TestAConsumerThatComesGetsNothing(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 2)
		s.produce(sortedMarket(5, 20))
		var log journal
		w := s.workWith(broker, func(o *Options) { o.Clock, o.Logger = longAgo, log.logger() })
		s.awaitRead()
		refused := make(chan error, 1)
		other := s.consumer(broker, kgo.Balancers(kgo.RangeBalancer()), kgo.WithHooks(groupErrors(refused)))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go other.PollFetches(ctx)
		if err := <-refused; !errors.Is(err, kerr.InconsistentGroupProtocol) {
			t.Errorf("a consumer of another way to assign is told %v", err)
		}
		same := s.consumer(broker, kgo.Balancers(ourName{kgo.RangeBalancer()}))
		joined(t, same)
		enginetest.Eventually(t, "the leader tells of the stranger", func() bool { return len(log.lines(t, "member of the group is refused")) > 0 })
		s.produce(sortedMarket(6, 20))
		s.awaitRead()
		if got := w.runs(); !slices.Equal(got, []int32{0, 1}) {
			t.Errorf("the service works on %v", got)
		}
		w.stop()
	})
}

// A consumer of the newer protocol, whose members the broker itself gives partitions: a process does not begin beside it, and one that runs goes on.
func TestAConsumerWhomTheBrokerAssigns(t *testing.T) {
	broker := brokertest.Kafka(t)
	s := newFixture(t, broker, 2)
	s.produce(sortedMarket(5, 20))
	first := s.consumer(broker, kgo.Balancers(kgo.RangeBalancer()), kgo.ServerSideBalancer())
	joined(t, first)
	checkStranger(t, s.refusedRun(broker, func(*Options) {}))
	first.Close()
	w := s.work(broker, 0)
	s.awaitRead()
	refused := make(chan error, 1)
	second := s.consumer(broker, kgo.Balancers(kgo.RangeBalancer()), kgo.ServerSideBalancer(), kgo.WithHooks(groupErrors(refused)))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go second.PollFetches(ctx)
	if err := <-refused; !errors.Is(err, kerr.GroupIDNotFound) {
		t.Errorf("it is told %v", err)
	}
	s.produce(sortedMarket(6, 20))
	s.awaitRead()
	if got := w.runs(); !slices.Equal(got, []int32{0, 1}) {
		t.Errorf("the service works on %v", got)
	}
	w.stop()
}
