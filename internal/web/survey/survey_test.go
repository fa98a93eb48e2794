package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

var confirmed = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// group are members that have partitions, and what each answers: its tasks, or why it does not.
type group struct {
	known   []peers.Peers
	answers map[string]any // *Tasks, error or text
}

func (g *group) ask(_ context.Context, _ *http.Request, p *peers.Peer, path string) ([]byte, error) {
	switch a := g.answers[p.Member].(type) {
	case error:
		return nil, a
	case string:
		return []byte(a), nil
	default:
		if path != Path {
			return nil, errors.New("asked for " + path)
		}
		return json.Marshal(a)
	}
}

func peer(member string) *peers.Peer {
	return &peers.Peer{Member: member, Address: "http://" + member + ":1", Self: member == "self"}
}

// text is a survey in short.
func text(p *Partitions) string {
	var b strings.Builder
	for _, m := range p.Members {
		fmt.Fprintf(&b, "%s answered %v", m.Member, m.AsOf != nil)
		if m.Not != nil {
			fmt.Fprintf(&b, " (%s)", *m.Not)
		}
		b.WriteString("\n")
	}
	for _, of := range p.Partitions {
		owner := "nobody"
		if of.Owner != nil {
			owner = *of.Owner
		}
		fmt.Fprintf(&b, "%d of %s, former %v, standbys %v:", of.Partition, owner, of.Former, of.Standbys)
		for _, t := range of.Tasks {
			fmt.Fprintf(&b, " %s %s %d", t.Member, t.Phase, t.Lag)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// All members are asked, and each partition has what those say that answered; of those that did not it is said why.
func TestSurvey(t *testing.T) {
	of := func(owner *peers.Peer, others ...*peers.Peer) (p peers.Peers) {
		p = peers.Peers{Owner: owner, Generation: 7, AsOf: confirmed}
		for _, other := range others {
			p.Standbys = append(p.Standbys, *other)
		}
		return p
	}
	moved := of(peer("b"))
	moved.Former = []peers.Peer{*peer("self")}
	g := &group{
		known: []peers.Peers{of(peer("self"), peer("b")), moved, of(nil), of(peer("c")), of(peer("d")), of(peer("e"))},
		answers: map[string]any{
			"b": TasksOf("b", []task.Status{
				{Partition: 0, Phase: task.Standby, Lag: 3, StreamTime: events.None},
				{Partition: 1, Phase: task.Restoring, StreamTime: events.None},
				{Partition: 99, Phase: task.Running, StreamTime: events.None}, // Others' word makes no partition.
			}),
			"c": errors.New("it hangs"),
			"d": TasksOf("another", nil),
			"e": `<html>`,
		},
	}
	s := New(Options{
		Member: func() string { return "self" }, Tasks: func() []task.Status {
			return []task.Status{{Partition: 0, Phase: task.Running, Lag: 1, StreamTime: 5}, {Partition: 1, Phase: task.Running, StreamTime: 5}}
		},
		Peers: func(time.Time) []peers.Peers { return g.known }, Ask: g.ask,
	})
	p, err := s.Partitions(new(http.Request).WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	const want = `b answered true
c answered false (it hangs)
d answered false (another process answers at its address: if that goes on, correct --advertise)
e answered false (what it answered cannot be read: invalid character '<' looking for beginning of value)
self answered true
0 of self, former [], standbys [b]: b standby 3 self running 1
1 of b, former [self], standbys []: b restoring 0 self running 0
2 of nobody, former [], standbys []:
3 of c, former [], standbys []:
4 of d, former [], standbys []:
5 of e, former [], standbys []:
`
	if got := text(p); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if p.Generation == nil || *p.Generation != 7 || p.AsOf.String() != "2026-05-01T12:00:00.000Z" || p.Stale || p.Not != nil {
		t.Errorf("generation %v as of %v, stale %v, %v", p.Generation, p.AsOf, p.Stale, p.Not)
	}
}

// While the group is not known this process tells what it does itself; one without tasks, and without others, tells nothing but why.
func TestSurveyOfWhatIsNotKnown(t *testing.T) {
	alone := New(Options{Tasks: func() []task.Status {
		return []task.Status{{Partition: 3, Phase: task.Restoring, StreamTime: events.None}, {Partition: 1, Phase: task.Running}}
	}})
	nothing := New(Options{Why: func() error { return errors.New("none runs") }})
	for _, c := range []struct {
		s         *Survey
		want, not string
	}{
		{alone, " answered true\n1 of nobody, former [], standbys []:  running 0\n3 of nobody, former [], standbys []:  restoring 0\n", "not found out yet"},
		{nothing, "", "none runs"},
		{New(Options{}), "", "not found out yet"},
	} {
		p, err := c.s.Partitions(new(http.Request).WithContext(t.Context()))
		if err != nil || text(p) != c.want || !p.Stale || p.AsOf != nil || p.Generation != nil || p.Not == nil || !strings.Contains(*p.Not, c.not) {
			t.Errorf("%v: %s %+v, want %s and %s", err, text(p), p, c.want, c.not)
		}
	}
}

// Those that hang cost no more than the time for all, however many they are; and so many surveys are made at a time, others wait.
func TestSurveysAreBounded(t *testing.T) {
	var known []peers.Peers
	for n := range 3 * askedAtOnce {
		known = append(known, peers.Peers{Owner: peer(fmt.Sprintf("m%03d", n)), AsOf: confirmed})
	}
	begun := make(chan struct{}, len(known))
	s := New(Options{AtOnce: 1, Timeout: 50 * time.Millisecond, Peers: func(time.Time) []peers.Peers { return known }, Ask: func(ctx context.Context, _ *http.Request, _ *peers.Peer, _ string) ([]byte, error) {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	done := make(chan *Partitions)
	go func() {
		p, _ := s.Partitions(new(http.Request).WithContext(t.Context()))
		done <- p
	}()
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s.room <- struct{}{} // Once the first survey has ended.
	p := <-done
	if len(p.Members) != len(known) || slices.ContainsFunc(p.Members, func(m Member) bool { return m.Not == nil }) {
		t.Errorf("%d members of %d", len(p.Members), len(known))
	}
	if _, err := s.Partitions(new(http.Request).WithContext(ended)); !errors.Is(err, context.Canceled) {
		t.Errorf("without room: %v", err)
	}
}
