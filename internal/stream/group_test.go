package stream

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/brokertest"
)

// ownership records which partitions each member owns and that no two members own the same at once.
type ownership struct {
	mutex   sync.Mutex
	members map[string][]int32
	clash   bool
}

func (o *ownership) work(name string) func(context.Context, []int32) error {
	return func(ctx context.Context, partitions []int32) error {
		o.set(name, partitions)
		<-ctx.Done()
		o.set(name, nil)
		return ctx.Err()
	}
}

func (o *ownership) set(name string, partitions []int32) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.members[name] = partitions
	var all []int32
	for _, owned := range o.members {
		all = append(all, owned...)
	}
	slices.Sort(all)
	o.clash = o.clash || len(slices.Compact(slices.Clone(all))) != len(all)
}

func (o *ownership) owned(name string) []int32 {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.members[name]
}

func TestMembersShareThePartitions(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		topics := []string{broker.Prefix + "a", broker.Prefix + "b"}
		for _, topic := range topics {
			createTopic(t, client, topic, 4)
		}
		options := GroupOptions{ID: broker.Prefix + "g", Topics: topics, HeartbeatInterval: 50 * time.Millisecond}
		owners := &ownership{members: map[string][]int32{}}
		join := func(name string) (leave func()) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- dial(t, broker).RunGroup(ctx, options, owners.work(name)) }()
			return func() {
				cancel()
				if err := <-done; err != nil {
					t.Errorf("member %s: %v", name, err)
				}
			}
		}
		leaveFirst := join("first")
		await(t, "all partitions with the first", func() bool { return slices.Equal(owners.owned("first"), []int32{0, 1, 2, 3}) })
		leaveSecond := join("second")
		await(t, "two partitions each", func() bool {
			first, second := owners.owned("first"), owners.owned("second")
			return len(first) == 2 && len(second) == 2 && !slices.Equal(first, second)
		})
		leaveFirst()
		await(t, "all partitions with the second", func() bool { return slices.Equal(owners.owned("second"), []int32{0, 1, 2, 3}) })
		leaveSecond()
		if owners.clash {
			t.Error("two members owned a partition at the same time")
		}
	})
}

func TestRunGroupEndsWithTheWork(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		createTopic(t, client, broker.Prefix+"a", 2)
		options := GroupOptions{ID: broker.Prefix + "g", Topics: []string{broker.Prefix + "a"}}
		broken := errors.New("the work is broken")
		for _, want := range []error{broken, nil} {
			if err := client.RunGroup(t.Context(), options, func(context.Context, []int32) error { return want }); !errors.Is(err, want) {
				t.Fatalf("error %v, want %v", err, want)
			}
		}
	})
}

func TestRunGroupRefusesUnequalPartitions(t *testing.T) {
	broker := brokertest.Embedded(t)
	client := dial(t, broker)
	createTopic(t, client, "a", 2)
	createTopic(t, client, "b", 3)
	err := client.RunGroup(t.Context(), GroupOptions{ID: "g", Topics: []string{"a", "b"}}, func(context.Context, []int32) error {
		t.Error("work was called")
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
}

func TestRunGroupTellsWhatDoesNotHeal(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client := dial(t, broker)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.GroupAuthorizationFailed, TopLevel: true, Count: -1})
	err := client.RunGroup(t.Context(), GroupOptions{ID: "g", Topics: []string{"t"}}, func(context.Context, []int32) error { return nil })
	if !errors.Is(err, ErrUnauthorized) {
		t.Fatalf("error %v", err)
	}
}

func TestRangesDoNotDependOnTheOrderOfListing(t *testing.T) {
	var partitions []kafka.Partition
	for _, id := range []int{3, 0, 2, 1} {
		partitions = append(partitions, kafka.Partition{Topic: "a", ID: id}, kafka.Partition{Topic: "b", ID: 3 - id})
	}
	members := []kafka.GroupMember{{ID: "y", Topics: []string{"a", "b"}}, {ID: "x", Topics: []string{"b", "a"}}}
	assigned := rangeInOrder{}.AssignGroups(members, partitions)
	for _, topic := range []string{"a", "b"} {
		if x, y := assigned["x"][topic], assigned["y"][topic]; !slices.Equal(x, []int{0, 1}) || !slices.Equal(y, []int{2, 3}) {
			t.Errorf("topic %s: x has %v, y has %v", topic, x, y)
		}
	}
}

func TestRunGroupOverAMissingTopic(t *testing.T) {
	client := dial(t, brokertest.Embedded(t, kfake.SeedTopics(1, "t")))
	err := client.RunGroup(t.Context(), GroupOptions{ID: "g", Topics: []string{"t", "none"}}, func(context.Context, []int32) error { return nil })
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
	options := GroupOptions{ID: "g", Topics: []string{"t"}, RebalanceTimeout: 10 * time.Minute}
	if err := client.RunGroup(ctx, options, func(context.Context, []int32) error { return nil }); err != nil {
		t.Fatal(err)
	}
}
