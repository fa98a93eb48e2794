package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sellerpulse/internal/wait"

	"github.com/segmentio/kafka-go"
)

// GroupOptions say which group to join and who decides there. The zero value of the durations is useful.
//
// How the waits of a member fit one another:
//
//	heartbeat interval       500 ms, at most a third of the session: how soon a member notices that others come or go
//	one heartbeat            a third of the session with all it takes, such that a broker that hangs leaves time for another
//	session                  10 s: a member that is silent for so long is taken for dead
//	rebalance                30 s, at least the session: in it the others notice and join again, or are taken for dead
//	one join, one sync       the rebalance and Options.RequestTimeout: the coordinator lets the answer wait for the other members
//	confirming a generation  Options.RetryTimeout, heartbeat after heartbeat
//	joining the first time   Options.RetryTimeout of failures; without end once the process was a member
//	leaving                  2 s; whoever could not say so is taken for dead after its session
type GroupOptions struct {
	ID                string
	Topics            []string      // all with the same number of partitions
	SessionTimeout    time.Duration // default 10 s
	RebalanceTimeout  time.Duration // default 30 s
	HeartbeatInterval time.Duration // default 500 ms

	Protocol string                                             // name of the way to assign: members with another one cannot join
	UserData func() []byte                                      // what this member tells the one that assigns, whenever it joins
	Assign   func([]GroupMember) (map[string]Assignment, error) // what each member gets, by its id; called in the member that leads
	Rejoin   <-chan struct{}                                    // has this member join again whenever something comes, since what it tells is other now; nil for never
}

func (o GroupOptions) withDefaults() GroupOptions {
	o.SessionTimeout = durationOr(o.SessionTimeout, 10*time.Second)
	o.RebalanceTimeout = max(durationOr(o.RebalanceTimeout, 30*time.Second), o.SessionTimeout)
	o.HeartbeatInterval = min(durationOr(o.HeartbeatInterval, 500*time.Millisecond), o.heartbeatTimeout())
	return o
}

// heartbeatTimeout bounds one heartbeat, the search for the coordinator included.
func (o *GroupOptions) heartbeatTimeout() time.Duration { return o.SessionTimeout / 3 }

// GroupMember is a member as the one that assigns sees it.
type GroupMember struct {
	ID       string
	UserData []byte
}

// Assignment is what a member gets: the partitions, of every topic, that it owns, and whatever else the one that assigns tells it.
type Assignment struct {
	Partitions []int32
	UserData   []byte
}

// Generation is an assignment of the group, which holds until the next one.
type Generation struct {
	Assignment
	ID       int32
	MemberID string

	client  *Client
	groupID string
	timeout time.Duration // of one heartbeat
	session time.Duration

	mutex sync.Mutex
	heard time.Time // when the heartbeat was sent that was answered last
	over  bool
}

// ErrStranger says that somebody takes part in the group who does not know how its members assign partitions.
var ErrStranger = errors.New("another consumer uses this group id, one that is no `processor run` of this version: stop it, or choose another --app-id")

// ErrSuperseded says that a generation is over, or about to be: another follows if this process is still a member.
var ErrSuperseded = errors.New("the generation of the group is over")

// Holds is whether no other generation can have begun at an instant: the group lets none begin without this process before its session is over. asOf is
// when the group was last known to be of this generation.
func (g *Generation) Holds(now time.Time) (asOf time.Time, holds bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	since := max(now.Sub(g.heard), now.Round(0).Sub(g.heard.Round(0))) // One of the clocks stands still while a machine is suspended.
	return g.heard, !g.over && since < g.session
}

// note takes notice of the answer to a heartbeat.
func (g *Generation) note(sent time.Time, err error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	switch {
	case rejoins(err):
		g.over = true
	case err == nil && sent.After(g.heard):
		g.heard = sent
	}
}

// end makes the generation one that is over.
func (g *Generation) end() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.over = true
}

// Confirm asks the group whether the generation still holds; ErrSuperseded when it does not.
func (g *Generation) Confirm(ctx context.Context) error {
	err := g.client.retry(ctx, g.heartbeat)
	if rejoins(err) {
		return fmt.Errorf("confirm generation %d of group %q: %w: %w", g.ID, g.groupID, ErrSuperseded, err)
	}
	return err
}

// RunGroup takes part in a consumer group and calls begin with each generation, until ctx ends; then it leaves. begin returns soon, for
// no heartbeat is sent meanwhile.
//
// What a member worked on does not end with a generation: that is for begin to decide, and whoever is given a partition must fence those
// before it. RunGroup's error is begin's, or says why the group cannot be joined: ErrUnreachable after Options.RetryTimeout of trying for
// the first time, ErrStranger when somebody else is in it, which begin may find out too. Once it was a member it tries for ever.
func (c *Client) RunGroup(ctx context.Context, options GroupOptions, begin func(*Generation) error) error {
	m := &member{client: c, options: options.withDefaults(), begin: begin}
	err := c.retry(ctx, func(ctx context.Context) error { return c.learn(ctx, options.Topics) })
	if err == nil {
		err = m.run(ctx)
	}
	m.leave(ctx)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("group %q: %w", options.ID, err)
	}
	return nil
}

// member is this process's part in a group.
type member struct {
	client  *Client
	options GroupOptions
	begin   func(*Generation) error

	id      string // as the coordinator calls it; empty while it does not know this process
	failing time.Time
	joined  bool // at least once
}

// run joins, works through generation after generation, and joins again.
func (m *member) run(ctx context.Context) error {
	pause := newBackOff()
	for {
		generation, err := m.join(ctx)
		if err == nil {
			if err = m.begin(generation); err == nil {
				m.recovered()
				pause.Reset()
				err = m.beat(ctx, generation)
			} else if !errors.Is(err, ErrStranger) {
				return err
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if err := m.checkRetry(err); err != nil {
			return err
		}
		if !wait.For(ctx, pause.NextBackOff()) {
			return nil
		}
	}
}

// recovered notes that the member is in the group, and says so if it was not.
func (m *member) recovered() {
	if !m.failing.IsZero() {
		m.client.log.Info("member of the group again", "group", m.options.ID, "after", time.Since(m.failing).Round(time.Millisecond))
	}
	m.joined, m.failing = true, time.Time{}
}

// checkRetry is nil while it makes sense to go on trying to join, and tells of an outage once.
func (m *member) checkRetry(err error) error {
	switch {
	case err == nil || errors.Is(err, kafka.RebalanceInProgress) || errors.Is(err, kafka.MemberIDRequired):
		return nil
	case errors.Is(err, kafka.UnknownMemberId), errors.Is(err, kafka.IllegalGeneration):
		m.id = "" // The group went on without this member, which begins anew.
	case errors.Is(err, ErrStranger) && m.joined:
		// What this process works on is not the stranger's, who may be somebody's mistake: it is waited for to go.
	case !retriable(err):
		return err
	}
	if m.failing.IsZero() {
		m.failing = time.Now()
		m.client.log.Warn("not a member of the group: joining it again", "group", m.options.ID, "error", err)
	}
	if !m.joined && time.Since(m.failing) > m.client.options.RetryTimeout {
		return exhausted(err)
	}
	return nil
}

// rejoins tells which refusals belong to the life of a group.
func rejoins(err error) bool {
	for _, code := range []kafka.Error{kafka.RebalanceInProgress, kafka.IllegalGeneration, kafka.UnknownMemberId, kafka.MemberIDRequired} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// beat sends heartbeats until the generation is over, whose end is its error. What passes by itself is waited for: the coordinator
// moves, or is away, and the tasks go on meanwhile.
func (m *member) beat(ctx context.Context, g *Generation) error {
	defer g.end()
	away := false
	pause := newBackOff()
	pause.MaxInterval = m.options.HeartbeatInterval
	for interval := m.options.HeartbeatInterval; ; {
		if again, err := m.rest(ctx, interval); !again {
			return err
		}
		err := g.heartbeat(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			if away {
				m.client.log.Info("coordinator of the group is back", "group", g.groupID)
			}
			away, interval = false, m.options.HeartbeatInterval
			pause.Reset()
		case !retriable(err):
			return err
		default:
			if !away {
				m.client.log.Warn("coordinator of the group is away", "group", g.groupID, "error", err)
			}
			away, interval = true, pause.NextBackOff()
		}
	}
}

// rest waits until the next heartbeat; there is none where ctx ends, or where this member is to join again, which its error says.
func (m *member) rest(ctx context.Context, interval time.Duration) (again bool, err error) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, nil
	case <-m.options.Rejoin:
		return false, kafka.RebalanceInProgress
	case <-ctx.Done():
		return false, nil
	}
}

// leaveTimeout bounds an orderly leave. A member that could not say so counts as one until its session times out.
const leaveTimeout = 2 * time.Second

func (m *member) leave(ctx context.Context) {
	if m.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := m.client.leaveGroup(ctx, m.options.ID, m.id); err != nil {
		m.client.log.Debug("leave group", "group", m.options.ID, "error", err)
	}
}
