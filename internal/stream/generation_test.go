package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

// Every member sees of all what they told and what they were assigned, until the generation is over.
func TestMembersOfAGeneration(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client, topic := dial(t, broker), broker.Prefix+"a"
		createTopic(t, client, topic, 4)
		members := &book{members: map[string]*Generation{}}
		join := func(name string) (leave func()) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- client.RunGroup(ctx, groupOptions(broker.Prefix+"g", name, topic), members.begin(name))
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
		checkMembers(t, alone, map[string]string{"first": "[0 1 2 3]"})
		before := time.Now()
		await(t, "another heartbeat", func() bool { asOf, holds := alone.Holds(time.Now()); return holds && asOf.After(before) })

		leaveSecond := join("second")
		await(t, "two partitions each", func() bool { return members.owns("first", 0, 1) && members.owns("second", 2, 3) })
		if _, err := alone.Members(t.Context()); !errors.Is(err, ErrSuperseded) {
			t.Errorf("members of a generation that is over: %v", err)
		}
		if asOf, holds := alone.Holds(time.Now()); holds || !asOf.After(before) {
			t.Errorf("a generation that is over holds: %v, as of %v", holds, asOf)
		}
		for _, name := range []string{"first", "second"} {
			checkMembers(t, members.of(name), map[string]string{"first": "[0 1]", "second": "[2 3]"})
		}
		second := members.of("second")
		leaveFirst()
		leaveSecond()
		if _, holds := second.Holds(time.Now()); holds {
			t.Error("the generation holds though its member has left")
		}
	})
}

// checkMembers compares the members of a generation with what each is to own.
func checkMembers(t *testing.T, g *Generation, want map[string]string) {
	t.Helper()
	all, err := g.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range all {
		got[string(m.UserData)] = fmt.Sprint(m.Assignment.Partitions)
		if m.Host != "127.0.0.1" {
			t.Errorf("member %s is at %q", m.ID, m.Host)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || !slices.ContainsFunc(all, func(m GenerationMember) bool { return m.ID == g.MemberID }) {
		t.Errorf("members %+v, want %v, and %s among them", all, want, g.MemberID)
	}
}

// A generation holds for a session after the last heartbeat that was answered, on either clock, and no longer than until it is over.
func TestAGenerationHoldsForASession(t *testing.T) {
	heard := time.Now()
	g := &Generation{session: 10 * time.Second}
	g.note(heard, nil)
	g.note(heard.Add(-time.Second), nil) // An answer that came late.
	for now, want := range map[time.Time]bool{
		heard: true, heard.Add(9 * time.Second): true, heard.Add(10 * time.Second): false, heard.Round(0).Add(time.Hour): false,
	} {
		if asOf, holds := g.Holds(now); holds != want || !asOf.Equal(heard) {
			t.Errorf("at %v it holds: %v, as of %v", now.Sub(heard), holds, asOf)
		}
	}
	g.note(heard.Add(time.Second), errors.New("an outage"))
	if asOf, holds := g.Holds(heard); !holds || !asOf.Equal(heard) {
		t.Errorf("after an outage it holds: %v, as of %v", holds, asOf)
	}
	g.end()
	if _, holds := g.Holds(heard); holds {
		t.Error("it holds though it is over")
	}
}

func TestHostOf(t *testing.T) {
	for client, want := range map[string]string{
		"/10.0.0.7": "10.0.0.7", "10.0.0.7:4711": "10.0.0.7", "/0:0:0:0:0:0:0:1": "0:0:0:0:0:0:0:1", "[::1]:4711": "::1", "a.example": "a.example", "": "",
	} {
		if got := hostOf(client); got != want {
			t.Errorf("%q is %q, want %q", client, got, want)
		}
	}
}
