package survey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/intake"
	"sellerpulse/internal/peers"
	"sellerpulse/internal/task"
)

// Path is where a process tells its own tasks.
const Path = "/api/v1/tasks"

// Options say who there is and how others are asked. What is nil is of nothing; the zero value of the others is useful.
type Options struct {
	Member  func() string                                                                           // of this process in the group; empty while it is in none
	Tasks   func() []task.Status                                                                    // of this process
	Intake  func() *intake.Intake                                                                   // of this process; that is nil where it carries nothing over
	Count   func() int32                                                                            // of partitions; 0 while it is not known
	Peers   func(now time.Time) []peers.Peers                                                       // who has each partition; nothing while that is not known
	Why     func() error                                                                            // why that is not known, or may have changed; nil where it is known
	Ask     func(ctx context.Context, of *http.Request, p *peers.Peer, path string) ([]byte, error) // as forward.Forwarder does
	Timeout time.Duration                                                                           // of all answers; default 2 s
	AtOnce  int                                                                                     // surveys that are made at the same time, others wait; default 4
	Clock   func() time.Time                                                                        // default time.Now
}

// askedAtOnce is how many processes one survey asks at the same time.
const askedAtOnce = 32

// Survey asks. It is safe for concurrent use.
type Survey struct {
	o    Options
	room chan struct{}
}

// New makes one.
func New(o Options) *Survey {
	o.Timeout, o.AtOnce = cmp.Or(o.Timeout, 2*time.Second), cmp.Or(o.AtOnce, 4)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Survey{o, make(chan struct{}, o.AtOnce)}
}

// Here is what this process does.
func (s *Survey) Here() *Tasks {
	member, tasks := "", []task.Status(nil)
	if s.o.Member != nil {
		member = s.o.Member()
	}
	if s.o.Tasks != nil {
		tasks = s.o.Tasks()
	}
	return TasksOf(member, tasks)
}

// Intake is what this process carries over.
func (s *Survey) Intake() *Intake {
	if s.o.Intake == nil {
		return IntakeOf(nil)
	}
	return IntakeOf(s.o.Intake())
}

// Count is how many partitions there are; 0 while that is not known.
func (s *Survey) Count() int32 {
	if s.o.Count == nil {
		return 0
	}
	return s.o.Count()
}

// Peers is who has each partition; nothing while that is not known.
func (s *Survey) Peers() []peers.Peers {
	if s.o.Peers == nil {
		return nil
	}
	return s.o.Peers(s.o.Clock())
}

// Partitions asks all processes that have partitions, for whoever sent a request. Its error is that of the request's context, before there was room.
func (s *Survey) Partitions(r *http.Request) (*Partitions, error) {
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-r.Context().Done():
		return nil, fmt.Errorf("await one of %d surveys of all processes: %w", s.o.AtOnce, context.Cause(r.Context()))
	}
	p, members := newPartitions(s.Peers())
	if s.o.Why != nil {
		if err := s.o.Why(); err != nil {
			p.Not = given(err.Error())
		}
	}
	if p.Not == nil && p.AsOf == nil {
		p.Not = given("this process has not found out yet who has which partition: ask again in a moment")
	}
	here := s.Here()
	if s.o.Tasks != nil {
		self := Member{Self: true, AsOf: s.now()}
		for i := range members {
			if members[i].Self {
				self.Member, self.Address = members[i].Member, given(members[i].Address)
			}
		}
		if self.Member == "" && here.Member != nil {
			self.Member = *here.Member
		}
		p.add(&self, here.Tasks)
	}
	s.askAll(r, p, members)
	p.sort()
	return p, nil
}

func (s *Survey) now() *inspect.Instant {
	now := inspect.Instant(s.o.Clock().UnixMilli())
	return &now
}

// askAll asks the others, all at the same time, and adds what they answer.
func (s *Survey) askAll(r *http.Request, p *Partitions, members []peers.Peer) {
	ctx, cancel := context.WithTimeout(r.Context(), s.o.Timeout)
	defer cancel()
	answers, told := make([]Member, len(members)), make([][]Task, len(members))
	var group errgroup.Group
	group.SetLimit(askedAtOnce)
	for i := range members {
		if members[i].Self {
			continue
		}
		group.Go(func() error {
			answers[i], told[i] = s.ask(ctx, r, &members[i])
			return nil
		})
	}
	_ = group.Wait() // It has no error.
	for i := range members {
		if !members[i].Self {
			p.add(&answers[i], told[i])
		}
	}
}

// errOther is that somebody else answers at an address.
var errOther = errors.New("another process answers at its address: if that goes on, correct --advertise")

// ask asks one of the others.
func (s *Survey) ask(ctx context.Context, r *http.Request, of *peers.Peer) (m Member, told []Task) {
	m = Member{Member: of.Member, Address: given(of.Address)}
	tasks, err := s.tasksOf(ctx, r, of)
	if err != nil {
		m.Not = given(err.Error())
		return m, nil
	}
	m.AsOf = s.now()
	return m, tasks.Tasks
}

func (s *Survey) tasksOf(ctx context.Context, r *http.Request, of *peers.Peer) (*Tasks, error) {
	if s.o.Ask == nil {
		return nil, errors.New("this process asks no others")
	}
	body, err := s.o.Ask(ctx, r, of, Path)
	if err != nil {
		return nil, err
	}
	var tasks Tasks
	if err := json.Unmarshal(body, &tasks); err != nil {
		return nil, fmt.Errorf("what it answered cannot be read: %w", err)
	}
	if tasks.Member != nil && *tasks.Member != of.Member || tasks.Tasks == nil {
		return nil, errOther
	}
	return &tasks, nil
}
