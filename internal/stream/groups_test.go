package stream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

func TestTopicsAreListedAndDeleted(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		a, b := broker.Prefix+"a", broker.Prefix+"b"
		createTopic(t, client, a, 1)
		createTopic(t, client, b, 2)
		await(t, "both topics in the list", func() bool { return len(listed(t, client, a, b)) == 2 })
		for range 2 {
			if err := client.DeleteTopics(t.Context(), []string{a, broker.Prefix + "none"}); err != nil {
				t.Fatal(err)
			}
			if got := listed(t, client, a, b); !slices.Equal(got, []string{b}) {
				t.Errorf("listed %q, want what was not deleted", got)
			}
		}
		if err := client.DeleteTopics(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
}

// listed is those of the topics that are in the list of all.
func listed(t *testing.T, client *Client, topics ...string) (found []string) {
	t.Helper()
	all, err := client.ListTopics(t.Context())
	if err != nil || !slices.IsSorted(all) {
		t.Fatalf("listed %q, error %v", all, err)
	}
	for _, topic := range topics {
		if slices.Contains(all, topic) {
			found = append(found, topic)
		}
	}
	return found
}

// A group is deleted with its offsets, but not while it has members, of whom anybody is told.
func TestGroupsAreDeletedOnceTheyAreEmpty(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp, group := TopicPartition{broker.Prefix + "a", 0}, broker.Prefix+"group"
		createTopic(t, client, tp.Topic, 4)
		if members, err := client.Consumers(t.Context(), group); err != nil || len(members) > 0 {
			t.Errorf("before there is a group its members are %v, %v", members, err)
		}
		commit := Commit{Groups: []GroupOffsets{{group, []Position{{tp, 5}}, ""}}}
		if _, err := open(t, client, broker.Prefix+"id").Commit(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		left, joined := make(chan error, 1), make(chan struct{})
		go func() {
			left <- client.RunGroup(ctx, groupOptions(group, "one", tp.Topic), func(*Generation) error { close(joined); return nil })
		}()
		<-joined
		if members, err := client.Consumers(t.Context(), group); err != nil || len(members) != 1 || members[0].ClientID != "stream-test" || members[0].Host == "" {
			t.Errorf("members %+v, %v; want the one", members, err)
		}
		if err := client.DeleteGroup(t.Context(), group); !errors.Is(err, ErrInUse) {
			t.Errorf("error %v, want that the group has members", err)
		}
		leave()
		if err := <-left; err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := client.DeleteGroup(t.Context(), group); err != nil {
				t.Fatal(err)
			}
		}
		if offsets, err := client.Offsets(t.Context(), group, []TopicPartition{tp}); err != nil || offsets[tp].Offset != -1 {
			t.Errorf("offsets %v, %v; want none", offsets, err)
		}
	})
}

func TestOffsetsByTime(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		full, empty := TopicPartition{broker.Prefix + "a", 0}, TopicPartition{broker.Prefix + "a", 1}
		createTopic(t, client, full.Topic, 2)
		begin := time.Now().Add(-time.Hour).UnixMilli()
		o := Output{TopicPartition: full}
		for i := range int64(3) {
			o.Messages = append(o.Messages, Message{Value: []byte("x"), Timestamp: begin + 1000*i})
		}
		if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{o}); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[int64]int64{begin - 1: 0, begin: 0, begin + 1: 1, begin + 2000: 2, begin + 2001: 3} {
			offsets, err := client.OffsetsAt(t.Context(), []TopicPartition{full, empty}, at)
			if err != nil || offsets[full] != want || offsets[empty] != 0 {
				t.Errorf("at %d ms offsets are %v, %v; want %d, and 0 of the empty partition", at-begin, offsets, err, want)
			}
		}
	})
}
