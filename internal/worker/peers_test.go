package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// inGeneration is a member with what it tells and what it is told.
func inGeneration(id, host string, data memberData, assigned assignedData, owned ...int32) stream.GenerationMember {
	return stream.GenerationMember{
		GroupMember: stream.GroupMember{ID: id, UserData: encodeMember(data)}, Host: host,
		Assignment: stream.Assignment{Partitions: owned, UserData: encodeAssigned(assigned)},
	}
}

// peersText is who has a partition, in short.
func peersText(p *peers.Peers) string {
	of := func(p peers.Peer) string {
		text := p.Member
		if p.Self {
			text += " (self)"
		}
		if p.Reason != "" {
			return text + ": " + p.Reason
		}
		return text + " " + p.Address
	}
	text := "nobody"
	if p.Owner != nil {
		text = of(*p.Owner)
	}
	for _, f := range p.Former {
		text += "; former " + of(f)
	}
	for _, s := range p.Standbys {
		text += "; standby " + of(s)
	}
	return text
}

func TestWhoHasWhat(t *testing.T) {
	self := inGeneration("self", "h1", memberData{Address: "http://127.0.0.1:1"}, assignedData{}, 0)
	address := func(text string) memberData { return memberData{Address: text} }
	before := inGeneration("b", "h1", memberData{}, assignedData{}, 1)
	before.UserData = []byte(`{"holdings":[{"partition":1,"position":7}],"facts":[]}`)
	later := inGeneration("b", "h1", memberData{}, assignedData{}, 1)
	later.UserData = []byte(`{"version":9,"holdings":[],"address":"https://b:1","more":{"of":"it"}}`)
	stranger := inGeneration("b", "h1", address("http://b:1"), assignedData{}, 1)
	stranger.Assignment.UserData = []byte("range")
	garbled := inGeneration("b", "h1", memberData{}, assignedData{}, 1)
	garbled.UserData = []byte("\x00\xff")
	const tellsNone = "b: its version of the program does not tell its address: update it"
	for name, c := range map[string]struct {
		other stream.GenerationMember
		want  []string // of partition 0 and 1
	}{
		"owners":  {inGeneration("b", "h2", address("https://b:1"), assignedData{}, 1), []string{"self (self) http://127.0.0.1:1", "b https://b:1"}},
		"standby": {inGeneration("b", "h2", address("http://b:1"), assignedData{Standby: []int32{0}}), []string{"self (self) http://127.0.0.1:1; standby b http://b:1", "nobody"}},
		"who worked on it goes on until the owner is ready": {
			inGeneration("b", "h2", memberData{Address: "http://b:1", Holdings: []holding{{Partition: 0, Active: true}, {Partition: 0, Active: true}, {Partition: 1, Active: true}}}, assignedData{}, 1),
			[]string{"self (self) http://127.0.0.1:1; former b http://b:1", "b http://b:1"},
		},
		"loopback of the same host":     {inGeneration("b", "h1", address("http://[::1]:2"), assignedData{}, 1), []string{"", "b http://[::1]:2"}},
		"loopback of another host":      {inGeneration("b", "h2", address("http://localhost:2"), assignedData{}, 1), []string{"", "b: it listens on loopback, on another host: give it --listen and --advertise"}},
		"without an address":            {inGeneration("b", "h1", memberData{}, assignedData{}, 1), []string{"", "b: it has no address: give it --listen, and --advertise where its host's name does not do"}},
		"an address that is none":       {inGeneration("b", "h1", address("http://b:1/@evil"), assignedData{}, 1), []string{"", "b: the address that it tells is none: give it --advertise"}},
		"an address that is too long":   {inGeneration("b", "h1", address("http://"+strings.Repeat("b", 300)+":1"), assignedData{}, 1), []string{"", "b: the address that it tells is none: give it --advertise"}},
		"the version before":            {before, []string{"", tellsNone}},
		"a version to come":             {later, []string{"", "b https://b:1"}},
		"nothing that could be read":    {garbled, []string{"", tellsNone}},
		"assigned by a stranger":        {stranger, []string{"", "nobody"}},
		"refused":                       {inGeneration("b", "h1", address("http://b:1"), assignedData{Refused: "why"}, 1), []string{"", "nobody"}},
		"partitions that there are not": {inGeneration("b", "h1", address("http://b:1"), assignedData{Standby: []int32{-1, 2, 1, 1}}, 9, -4), []string{"", "nobody; standby b http://b:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(&stream.Generation{MemberID: "self"}, []stream.GenerationMember{c.other, self}, 2)
			for p, want := range c.want {
				if got := peersText(&d.partitions[p]); want != "" && got != want {
					t.Errorf("partition %d: %s, want %s", p, got, want)
				}
			}
		})
	}
}

// Whatever others tell, an address that is given is one, and nobody has a partition twice.
func FuzzDirectory(f *testing.F) {
	f.Add([]byte(`{"version":2,"address":"http://b:1","holdings":[{"partition":1,"active":true}]}`), []byte(`{"version":1,"standby":[0,0,7]}`), int32(1))
	for _, text := range nonsense {
		f.Add([]byte(text), []byte(text), int32(-1))
	}
	f.Fuzz(func(t *testing.T, said, told []byte, owned int32) {
		m := stream.GenerationMember{
			GroupMember: stream.GroupMember{ID: "b", UserData: said}, Assignment: stream.Assignment{Partitions: []int32{owned, owned}, UserData: told},
		}
		for _, p := range newDirectory(&stream.Generation{}, []stream.GenerationMember{m}, 3).partitions {
			all := slices.Concat(p.Former, p.Standbys)
			if len(p.Former) > 1 || len(p.Standbys) > 1 {
				t.Errorf("%d former owners, %d standbys of one member", len(p.Former), len(p.Standbys))
			}
			if p.Owner != nil {
				all = append(all, *p.Owner)
			}
			for _, peer := range all {
				if got, err := peers.ParseAddress(peer.Address, "http"); (peer.Reason == "") != (err == nil && got == peer.Address) {
					t.Errorf("address %q, reason %q", peer.Address, peer.Reason)
				}
			}
		}
	})
}

func TestPeersBeforeAnythingIsKnown(t *testing.T) {
	s := newStatus(time.Now)
	s.setPartitions(2)
	if p := s.Peers(1, time.Now()); p.Generation != peers.Unknown || !p.Stale || p.Owner != nil {
		t.Errorf("peers %+v", p)
	}
	s.know(newDirectory(&stream.Generation{}, nil, 2))
	for _, partition := range []int32{-1, 2} {
		if p := s.Peers(partition, time.Now()); p.Generation != peers.Unknown || !p.Stale {
			t.Errorf("of partition %d there are peers %+v", partition, p)
		}
	}
}

// A process answers itself where it works on a partition, whoever it was given to since, and where it stands by and has read all once.
func TestLocal(t *testing.T) {
	for name, c := range map[string]struct {
		is   task.Status
		want peers.Role // empty: it asks others
	}{
		"works":                    {task.Status{Phase: task.Running}, peers.Owner},
		"stands by":                {task.Status{Phase: task.Standby, CaughtUp: true, Lag: 5}, peers.Standby},
		"stands by, and reads yet": {task.Status{Phase: task.Standby}, ""},
		"restores":                 {task.Status{Phase: task.Restoring}, ""},
		"restores, and stood by":   {task.Status{Phase: task.Restoring, CaughtUp: true}, ""},
		"rebuilds what is derived": {task.Status{Phase: task.Rebuilding}, ""},
		"stopped":                  {task.Status{Phase: task.Stopped}, ""},
	} {
		s := newStatus(time.Now)
		s.update(1, func(t *task.Status) { *t = c.is })
		if role, ok := s.Local(1); role != c.want || ok != (c.want != "") {
			t.Errorf("%s: it answers as %q: %v, want %q", name, role, ok, c.want)
		}
		if _, ok := s.Local(0); ok {
			t.Errorf("%s: it answers about another partition", name)
		}
	}
}

// at is the address of the nth process of a test.
func at(n int) string { return fmt.Sprintf("http://10.0.0.%d:8080", n) }

// whereabouts is what a process knows of each partition; empty while it is not sure.
func (s *fixture) whereabouts(w *member) string {
	var text strings.Builder
	for p := range s.partitions {
		of := w.worker.Status().Peers(p, time.Now())
		if of.Stale {
			return ""
		}
		owner, standbys := "nobody", []string{}
		if of.Owner != nil {
			owner = of.Owner.Address + of.Owner.Reason
		}
		for _, s := range of.Standbys {
			standbys = append(standbys, s.Address+s.Reason)
		}
		slices.Sort(standbys)
		fmt.Fprintf(&text, "%d %d %s %q\n", of.Generation, p, owner, standbys)
	}
	return text.String()
}

// agree waits until all processes know the same of every partition, of a generation after another, and that is what each does.
func (s *fixture) agree(all map[int]*member, after int32) {
	s.t.Helper()
	enginetest.Eventually(s.t, "all know where each partition is", func() bool {
		first := ""
		for n, w := range all {
			text := s.whereabouts(w)
			if first == "" {
				first = text
			}
			if text == "" || text != first || strings.Contains(text, "nobody") {
				return false
			}
			for p := range s.partitions {
				role, _ := w.worker.Status().Local(p)
				of := w.worker.Status().Peers(p, time.Now())
				if of.Generation <= after {
					return false
				}
				owns := of.Owner.Address == at(n)
				stands := slices.ContainsFunc(of.Standbys, func(p peers.Peer) bool { return p.Address == at(n) && p.Self })
				if owns != of.Owner.Self || owns != (role == peers.Owner) || stands != (role == peers.Standby) {
					return false
				}
			}
		}
		return true
	})
}

// Three processes know where each partition is, also when one of them was killed; that one knows that it may not know any more. A process of the version
// before, which tells no address, takes part.
func TestEveryProcessKnowsWhoHasEachPartition(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s, all := market(t, broker, "peers", 6, sortedMarket(8, 30)), map[int]*member{}
		for n := range 3 {
			all[n] = s.workWith(broker, func(o *Options) {
				o.Clock, o.Standbys, o.Address, o.SessionTimeout = longAgo, 1, at(n), 6*time.Second
			})
		}
		s.agree(all, peers.Unknown)
		killed, before := all[2], all[0].worker.Status().Peers(0, time.Now())
		began := time.Now()
		killed.crash()
		delete(all, 2)
		s.agree(all, before.Generation)
		t.Logf("%v after the kill the others know the new owners", time.Since(began).Round(time.Millisecond))
		two := all[0].worker.Status().Peers(0, time.Now())
		if two.AsOf.Before(began) {
			t.Errorf("generation %d is as of %v, before the kill", two.Generation, two.AsOf)
		}
		if p := killed.worker.Status().Peers(0, time.Now()); !p.Stale || p.Generation != before.Generation {
			t.Errorf("who was killed knows %+v", p)
		}
		leave := s.joinAsBefore(broker, all[0].worker)
		enginetest.Eventually(t, "who has no address is known to have its share", func() bool {
			ofOthers, ofIt := 0, 0
			for p := range s.partitions {
				of := all[0].worker.Status().Peers(p, time.Now())
				switch {
				case of.Stale || of.Owner == nil:
				case of.Owner.Address != "":
					ofOthers++
				case strings.Contains(of.Owner.Reason, "does not tell its address") && len(of.Former) == 1 && of.Former[0].Address != "":
					ofIt++ // And whose it was works on, since this one never will.
				}
			}
			return ofOthers == 4 && ofIt == 2
		})
		leave()
		s.agree(all, two.Generation+1)
		for _, w := range all {
			w.stop()
		}
	})
}

// joinAsBefore takes part in the group as the version before did, which told no address.
func (s *fixture) joinAsBefore(broker *brokertest.Broker, as *Worker) (leave func()) {
	s.t.Helper()
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "before"})
	if err != nil {
		s.t.Fatal(err)
	}
	o := as.groupOptions()
	told, err := json.Marshal(map[string]any{"holdings": nil, "facts": as.env.Settings().Facts()})
	if err != nil {
		s.t.Fatal(err)
	}
	o.UserData, o.Rejoin = func() []byte { return told }, nil
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- client.RunGroup(ctx, o, func(*stream.Generation) error { return nil }) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		client.Close()
	}
}
