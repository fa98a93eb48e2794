package worker

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// What a group of a hundred processes and a thousand partitions is, with a standby each.
const (
	manyMembers    = 100
	manyPartitions = 1000
)

// longest is the longest address of the nth process.
func longest(n int) string {
	head := fmt.Sprintf("https://%03d.", n)
	return head + strings.Repeat("a", peers.MaxAddressBytes-len(head)-len(":8080")) + ":8080"
}

// tellsMuch is what one of many members tells that has worked for long: what it owns and what it stands by for.
func tellsMuch(n int, address string) memberData {
	data := memberData{Facts: someFacts, Address: address}
	for _, of := range []struct {
		member int
		active bool
	}{{n, true}, {n + 1, false}} {
		for i := range manyPartitions / manyMembers {
			p := int32(of.member%manyMembers + i*manyMembers)
			data.Holdings = append(data.Holdings, holding{Partition: p, Position: 1 << 40, Changelog: "sellerpulse-changelog", Active: of.active})
		}
	}
	return data
}

// Brokers keep a group as one record of all that its members told and were assigned, which by default may have 1,048,588 bytes. Addresses take less than 3% of
// it, however long they are, and all together fits.
func TestManyMembersFitIntoTheirGroup(t *testing.T) {
	const record, each = 1_048_588, len(`"version":2,"address":"",`) + peers.MaxAddressBytes
	var all []stream.GroupMember
	told, addresses := 0, 0
	for n := range manyMembers {
		if size := len(longest(n)); size != peers.MaxAddressBytes {
			t.Fatalf("the longest address has %d bytes", size)
		}
		with, without := encodeMember(tellsMuch(n, longest(n))), encodeMember(tellsMuch(n, ""))
		if more := len(with) - len(without); more > each {
			t.Errorf("an address takes %d bytes, want at most %d", more, each)
		}
		told, addresses = told+len(with), addresses+len(with)-len(without)
		all = append(all, stream.GroupMember{ID: fmt.Sprintf("sellerpulse-%036d", n), UserData: with})
	}
	assigned, refused := assign(all, someFacts, manyPartitions, 1)
	if len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}
	got := 0
	for _, a := range assigned {
		const topics, around = 6, 100 // names of the topics in what is told and in what is assigned, ids, lengths
		got += len(a.UserData) + topics*(around+4*len(a.Partitions)) + around
	}
	t.Logf("members tell %d bytes, of which addresses %d, and are assigned %d", told, addresses, got)
	if addresses > record*3/100 {
		t.Errorf("addresses take %d bytes of %d", addresses, record)
	}
	if told+got > record {
		t.Errorf("a group of %d members has %d bytes, and may have %d", manyMembers, told+got, record)
	}
}

// A broker takes a group of that size, but for the names of topics, and every member finds all partitions.
func TestManyMembersFindAllPartitions(t *testing.T) {
	broker := brokertest.Kafka(t)
	topic := broker.Prefix + "many"
	client := enginetest.Topics(t, broker.Addresses, []stream.TopicSpec{{Name: topic, Partitions: 1, ReplicationFactor: 1}}) // Brokers do not look at what is assigned.
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var group errgroup.Group
	began := make(chan *stream.Generation, 10*manyMembers)
	for n := range manyMembers {
		group.Go(func() error {
			return client.RunGroup(ctx, stream.GroupOptions{
				ID: broker.Prefix + "many", Topics: []string{topic}, SessionTimeout: time.Minute, RebalanceTimeout: time.Minute, Protocol: assignProtocol,
				UserData: func() []byte { return encodeMember(tellsMuch(n, longest(n))) },
				Assign: func(members []stream.GroupMember) (map[string]stream.Assignment, error) {
					assigned, _ := assign(members, someFacts, manyPartitions, 1)
					return assigned, nil
				},
			}, func(g *stream.Generation) error { began <- g; return nil })
		})
	}
	sure := 0 // members of the last generation that know all
	enginetest.Eventually(t, "all members know all partitions", func() bool {
		var g *stream.Generation
		select {
		case g = <-began:
		default:
			return false
		}
		members, err := g.Members(ctx)
		if err != nil || len(members) < manyMembers {
			return false // Others are yet to come.
		}
		for p, of := range newDirectory(g, members, manyPartitions).partitions {
			if of.Owner == nil || of.Owner.Reason != "" || len(of.Standbys) != 1 || of.Standbys[0].Reason != "" {
				t.Fatalf("partition %d has %s", p, peersText(&of))
			}
		}
		sure++
		return sure == manyMembers
	})
	leave()
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
