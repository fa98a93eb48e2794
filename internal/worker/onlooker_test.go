package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// onlooker looks at a group until the test ends.
func (s *fixture) onlooker(broker *brokertest.Broker, group string) *Onlooker {
	s.t.Helper()
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "onlooker"})
	if err != nil {
		s.t.Fatal(err)
	}
	l := NewOnlooker(OnlookerOptions{Client: client, Group: group, Interval: 100 * time.Millisecond})
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(ctx)
	}()
	s.t.Cleanup(func() {
		stop()
		<-done
		client.Close()
	})
	return l
}

// known is who has each partition, without who it is that knows.
func known(all []peers.Peers) string {
	var text strings.Builder
	for p := range all {
		of := all[p]
		if of.Owner != nil {
			owner := *of.Owner
			owner.Self = false
			of.Owner = &owner
		}
		of.Standbys = slices.Clone(of.Standbys)
		for i := range of.Standbys {
			of.Standbys[i].Self = false
		}
		of.Former = nil // They change within a generation, at most for a look.
		fmt.Fprintf(&text, "%d: %s\n", p, peersText(&of))
	}
	return text.String()
}

// Who is no member knows the same as the members do, as soon as they agree, and that there is none any more.
func TestAnOnlookerKnowsWhatMembersKnow(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s, all := market(t, broker, "looked-at", 6, sortedMarket(8, 30)), map[int]*member{}
		for n := range 2 {
			all[n] = s.workWith(broker, func(o *Options) { o.Clock, o.Standbys, o.Address = longAgo, 1, at(n) })
		}
		l := s.onlooker(broker, all[0].worker.options.AppID)
		s.agree(all, peers.Unknown)
		members := known(all[0].worker.Status().AllPeers(time.Now()))
		enginetest.Eventually(t, "the onlooker knows what members know", func() bool { return l.Why() == nil && known(l.AllPeers(time.Now())) == members })
		if n := l.Partitions(); n != s.partitions {
			t.Errorf("%d partitions, want %d", n, s.partitions)
		}
		if p, ok := l.PartitionOf("S1"); !ok || p != stream.PartitionFor([]byte("S1"), s.partitions) {
			t.Errorf("S1 is in partition %d: %v", p, ok)
		}
		now := time.Now()
		if of := l.Peers(0, now); of.Stale || of.Generation != peers.Unknown || of.AsOf.IsZero() || of.Owner == nil || of.Owner.Self {
			t.Errorf("peers %+v", of)
		}
		if of := l.Peers(0, now.Add(time.Minute)); !of.Stale || of.Owner == nil {
			t.Errorf("a minute later %+v", of)
		}
		for _, p := range []int32{-1, s.partitions} {
			if of := l.Peers(p, now); of.Owner != nil || !of.Stale {
				t.Errorf("of partition %d there are peers %+v", p, of)
			}
		}
		for _, w := range all {
			w.stop()
		}
		enginetest.Eventually(t, "the onlooker knows that none runs", func() bool {
			err := l.Why()
			return err != nil && strings.Contains(err.Error(), "no process of the application runs") && len(l.AllPeers(time.Now())) == 0
		})
	})
}

func TestAnOnlookerBeforeItLooked(t *testing.T) {
	l := NewOnlooker(OnlookerOptions{})
	if _, ok := l.PartitionOf("S1"); ok || l.Why() == nil || l.Partitions() != 0 || l.AllPeers(time.Now()) != nil || !l.Peers(0, time.Now()).Stale {
		t.Errorf("it knows something: %v", l.Why())
	}
}

// What the states rest on is taken from members that the group took, and only if it can be.
func TestWhatMembersAgreeOn(t *testing.T) {
	facts := func(partitions, partitioner string) memberData {
		return memberData{Facts: []state.Fact{{Name: state.PartitionsFact(events.Orders.String()), Value: partitions}, {Name: state.FactPartitioner, Value: partitioner}}}
	}
	for name, c := range map[string]struct {
		members []stream.GenerationMember
		want    int32
		murmur2 bool
	}{
		"nobody":           {nil, 0, false},
		"one":              {[]stream.GenerationMember{inGeneration("a", "h", facts("7", state.Murmur2), assignedData{})}, 7, true},
		"sellers anywhere": {[]stream.GenerationMember{inGeneration("a", "h", facts("7", state.AnyPartition), assignedData{})}, 7, false},
		"refused, and one": {[]stream.GenerationMember{
			inGeneration("a", "h", facts("9", state.Murmur2), assignedData{Refused: "why"}), inGeneration("b", "h", facts("7", state.Murmur2), assignedData{}),
		}, 7, true},
		"too many": {[]stream.GenerationMember{inGeneration("a", "h", facts("999999999", state.Murmur2), assignedData{})}, 0, false},
		"negative": {[]stream.GenerationMember{inGeneration("a", "h", facts("-1", state.Murmur2), assignedData{})}, 0, false},
		"no facts": {[]stream.GenerationMember{inGeneration("a", "h", memberData{}, assignedData{})}, 0, false},
	} {
		if partitions, murmur2 := agreed(c.members); partitions != c.want || murmur2 != c.murmur2 {
			t.Errorf("%s: %d partitions, murmur2 %v", name, partitions, murmur2)
		}
	}
}
