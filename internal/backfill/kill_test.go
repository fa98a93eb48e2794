package backfill

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

var errKilled = errors.New("killed")

// die ends a process in the middle of anything, from within it.
func (p *process) die() error {
	p.client.Close()
	p.stop()
	return errKilled
}

// buried waits until a process is dead. Its sessions need not be waited for.
func (p *process) buried(groups ...string) {
	p.f.t.Helper()
	if err := <-p.done; err != nil {
		p.f.t.Logf("killed: %v", err)
	}
	for _, group := range groups {
		p.f.evict(group, p.id)
	}
}

func (f *deployment) admin(do func(*kgo.Client) error) {
	f.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(f.broker.Addresses...))
	if err != nil {
		f.t.Fatal(err)
	}
	defer client.Close()
	if err := do(client); err != nil {
		f.t.Fatal(err)
	}
}

// members are those of a group, by the ids of their clients.
func (f *deployment) members(group string) (ids map[string]string) {
	f.t.Helper()
	f.admin(func(client *kgo.Client) error {
		request := kmsg.NewPtrDescribeGroupsRequest()
		request.Groups = []string{group}
		described, err := request.RequestWith(f.t.Context(), client)
		if err == nil {
			ids = map[string]string{}
			for _, m := range described.Groups[0].Members {
				ids[m.ClientID] = m.MemberID
			}
		}
		return err
	})
	return ids
}

func (f *deployment) evict(group, clientID string) {
	f.t.Helper()
	id, there := f.members(group)[clientID]
	if !there {
		return
	}
	f.admin(func(client *kgo.Client) error {
		request := kmsg.NewPtrLeaveGroupRequest()
		request.Group = group
		member := kmsg.NewLeaveGroupRequestMember()
		member.MemberID = id
		request.Members = append(request.Members, member)
		_, err := request.RequestWith(f.t.Context(), client)
		return err
	})
}

// reached counts how many partitions have come to a step.
type reached struct {
	mutex sync.Mutex
	steps map[task.Step]int
	dead  chan struct{}
}

func newReached() *reached { return &reached{steps: map[task.Step]int{}, dead: make(chan struct{})} }

func (r *reached) at(s task.Step) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.steps[s]++
	return r.steps[s]
}

// killing is where a process is killed.
type killing struct {
	name string
	at   task.Step
	nth  int       // partition at it, for whom all others wait there
	hold task.Step // at which the second partition waits for the end; none where it is empty
}

var killings = []killing{
	{"after follow", task.Followed, 2, ""},
	{"given by the live group", task.Given, 1, ""},
	{"before the live owner is fenced", task.Opened, 1, ""},
	{"after the live owner was fenced", task.Fenced, 1, ""},
	{"after all live owners were fenced", task.Brought, 2, ""},
	{"prepared", task.Prepared, 2, ""},
	{"decided", task.Decided, 2, ""},
	{"between the commits of two partitions", task.Committed, 1, task.Decided},
	{"after all commits", task.Committed, 2, ""},
}

func (k *killing) decided() bool { return k.at == task.Decided || k.at == task.Committed }

// hook kills a process where it is to be.
func (k *killing) hook(p *process, dead func()) func(int32, task.Step) error {
	r := newReached()
	return func(_ int32, s task.Step) error {
		n := r.at(s)
		if s == k.hold && n == 2 {
			<-r.dead
			return errKilled
		}
		if s != k.at {
			return nil
		}
		if n == k.nth {
			defer close(r.dead)
			defer dead()
			return p.die()
		}
		<-r.dead
		return errKilled
	}
}

// whole is whether a candidate's changelog is the live state, in how many partitions.
func (f *deployment) isLive(c *Candidate) (n int) {
	f.t.Helper()
	all, err := marks(f.t.Context(), f.client, c, c.Live, c.LiveTopics.Changelog)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, mark := range all {
		if mark.Changelog == c.Topics.Changelog {
			n++
		}
	}
	return n
}

func backfilled(alerts []outputs.Alert) (n int64) {
	for _, a := range alerts {
		if a.Cause.Kind == "BACKFILL" {
			n++
		}
	}
	return n
}

// checkEnd waits until the reports are those of a fresh state with some rules, and demands that alerts lead just there.
func (f *deployment) checkEnd(set *rules.Set) {
	f.t.Helper()
	f.awaitRead(f.appID)
	_, want := f.whole("whole-"+strings.ToLower(time.Now().UTC().Format("150405.000000")), set)
	f.eventually("reports are those of a fresh state", func() bool { return maps.Equal(f.reports(f.topics.SellerHealth, 3), want) })
	last := checkChains(f.t, f.alerts(f.topics.Alerts))
	for _, record := range f.records(f.topics.SellerHealth, 3) {
		r, err := outputs.DecodeReport(record.Value)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, rule := range r.Rules {
			key := r.SellerID + " " + rule.Rule
			if a, state := last[key], rule.State; want[r.SellerID] == reportText(&r) && told(state) != told(a.State) {
				f.t.Errorf("%s stands at %v, and subscribers were told %v", key, state, a.State)
			}
		}
	}
}

func told(s rules.State) bool { return s == rules.AtRisk || s == rules.Breached }

// A process of the candidate is killed at each step. Before it was decided nothing has changed, and the next cut-over does it; after that it is
// carried out by the process that comes after it.
func TestKilledAtEachStep(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for i := range killings {
			k := &killings[i]
			if broker.Kind == brokertest.KafkaKind && k.at != task.Fenced && k.hold == "" {
				continue // It is about the same there.
			}
			t.Run(k.name, func(t *testing.T) { killAt(t, broker, k) })
		}
	})
}

func killAt(t *testing.T, broker *brokertest.Broker, k *killing) {
	b := *broker
	b.Prefix += strings.ReplaceAll(k.name, " ", "-") + "-"
	f, all := newDeployment(t, &b), market(3, 30)
	other, directory := stricter(t), t.TempDir()
	f.produce(all[:800])
	live := f.run(rules.BuiltIn(), t.TempDir(), nil)
	asking, dead := context.WithCancel(t.Context())
	c, first := f.startWith("x", other, directory, func(p *process, o *SuccessorOptions) { o.Live.Hooks.OnStep = k.hook(p, dead) })
	f.awaitRead(f.appID)
	f.awaitRead(c.AppID)
	if done, err := f.cutOverBy(asking, "x", nil); err == nil {
		t.Fatalf("cut over by a process that was killed: %+v", done)
	}
	first.buried(f.appID, c.AppID)
	f.produce(all[800:1000])
	second := f.start("x", other, directory)
	if !k.decided() {
		f.awaitRead(f.appID)
		if n, told := f.isLive(c), backfilled(f.alerts(f.topics.Alerts)); n > 0 || told > 0 {
			t.Fatalf("%d partitions were cut over, and %d alerts told, though it was not decided", n, told)
		}
		f.awaitRead(c.AppID)
		done, err := f.cutOver("x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if done.Differences.Alerts == 0 {
			t.Errorf("differences %+v, want alerts", done.Differences)
		}
		f.eventually("the alerts of the cut-over can be read", func() bool { return backfilled(f.alerts(f.topics.Alerts)) == done.Differences.Alerts })
	}
	f.eventually("all is cut over", func() bool { return f.isLive(c) == partitions })
	f.produce(all[1000:])
	live.leave()
	f.checkEnd(other)
	second.end()
}

// cutOverBy asks with a client of its own until ctx ends.
func (f *deployment) cutOverBy(ctx context.Context, name string, change func(*Coordinator)) (*Outcome, error) {
	f.t.Helper()
	c := &Coordinator{Client: f.client, Application: f.application(), Name: name, MaxDifferences: -1, Now: time.Now}
	if change != nil {
		change(c)
	}
	return c.Run(ctx)
}

// The command is killed at each step: without its decision the live processes have their partitions again after a while; with it, all is cut over.
func TestTheCommandIsKilledAtEachStep(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for _, at := range []task.Step{task.Followed, task.Prepared, task.Decided} {
			t.Run(string(at), func(t *testing.T) {
				b := *broker
				b.Prefix += string(at) + "-"
				f, all := newDeployment(t, &b), market(4, 30)
				f.produce(all[:800])
				live := f.run(rules.BuiltIn(), t.TempDir(), nil)
				ctx, command := f.process()
				c, p := f.startWith("x", stricter(t), t.TempDir(), func(p *process, o *SuccessorOptions) {
					o.Patience.Decision = 100 * time.Millisecond
					r, late := newReached(), at == task.Decided
					o.Live.Hooks.OnStep = func(_ int32, s task.Step) error {
						if late && s == task.Decided && r.at(s) == 1 {
							_ = command.die()
						}
						return nil
					}
				})
				f.awaitRead(f.appID)
				f.awaitRead(c.AppID)
				_, err := f.cutOverBy(ctx, "x", func(o *Coordinator) {
					o.Client = command.client
					o.Progress = func(p StepProgress) {
						if p.Done == p.Of && (p.Step == string(stepFollow) && at == task.Followed || p.Step == string(stepPrepare) && at == task.Prepared) {
							_ = command.die()
						}
					}
				})
				if err == nil {
					t.Fatal("the command was killed, and says that it is done")
				}
				if at != task.Decided {
					f.produce(all[800:1000])
					f.awaitRead(f.appID)
					if n, told := f.isLive(c), backfilled(f.alerts(f.topics.Alerts)); n > 0 || told > 0 {
						t.Fatalf("%d partitions were cut over, and %d alerts told, though it was not decided", n, told)
					}
					f.awaitRead(c.AppID)
					if _, err := f.cutOver("x", nil); err != nil {
						t.Fatal(err)
					}
				}
				f.eventually("all is cut over", func() bool { return f.isLive(c) == partitions })
				f.produce(all[1000:])
				live.leave()
				f.checkEnd(stricter(t))
				p.end()
			})
		}
	})
}

// A transaction is answered with an error, though it came to pass; and one is refused, and is made again.
func TestATransactionThatIsAnsweredWithAnError(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	for name, comes := range map[string]bool{"committed": true, "not committed": false} {
		t.Run(name, func(t *testing.T) {
			b := *broker
			b.Prefix += strings.ReplaceAll(name, " ", "-") + "-"
			f, all := newDeployment(t, &b), market(5, 30)
			f.produce(all[:800])
			live := f.run(rules.BuiltIn(), t.TempDir(), nil)
			c, p := f.startWith("x", stricter(t), t.TempDir(), func(_ *process, o *SuccessorOptions) {
				r := newReached()
				o.Live.Hooks.OnStep = func(_ int32, s task.Step) error {
					switch {
					case s == task.Committed && comes:
						return errKilled
					case s == task.Decided && !comes && r.at(s) == 1:
						refuseEnd(cluster, f.appID)
					}
					return nil
				}
			})
			f.awaitRead(f.appID)
			f.awaitRead(c.AppID)
			if _, err := f.cutOver("x", nil); (err == nil) != comes {
				t.Fatalf("cut-over: %v", err)
			}
			f.eventually("all is cut over", func() bool { return f.isLive(c) == partitions })
			f.produce(all[800:])
			live.leave()
			f.checkEnd(stricter(t))
			p.end()
		})
	}
}

// refuseEnd has a broker refuse the next end of a transaction of an application's own tasks.
func refuseEnd(cluster *kfake.Cluster, appID string) {
	const invalidState = 48
	var refused atomic.Bool
	cluster.ControlKey(kmsg.EndTxn.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		request := r.(*kmsg.EndTxnRequest)
		if rest, ours := strings.CutPrefix(request.TransactionalID, appID+"-"); !ours || len(rest) > 1 || !request.Commit || refused.Swap(true) {
			return nil, nil, false
		}
		response := request.ResponseKind().(*kmsg.EndTxnResponse)
		response.ErrorCode = invalidState
		return response, nil, true
	})
}

// A process that is started while a cut-over goes on has no part in it: whoever asked is told so at once.
func TestStartedDuringACutOver(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(9, 30)
		f.produce(all[:800])
		live := f.run(rules.BuiltIn(), t.TempDir(), nil)
		directory := t.TempDir()
		var again *process
		k := killing{at: task.Prepared, nth: 2}
		c, _ := f.startWith("x", rules.BuiltIn(), directory, func(p *process, o *SuccessorOptions) {
			killed := make(chan struct{})
			o.Live.Hooks.OnStep = k.hook(p, func() { close(killed) })
			go func() {
				<-killed
				p.buried(f.appID, f.appID+infix+"x")
				again = f.start("x", rules.BuiltIn(), directory)
			}()
		})
		f.awaitRead(f.appID)
		f.awaitRead(c.AppID)
		if _, err := f.cutOver("x", nil); err == nil || !strings.Contains(err.Error(), "was started meanwhile") {
			t.Errorf("cut-over: %v", err)
		}
		f.produce(all[800:])
		f.awaitRead(f.appID)
		f.awaitRead(c.AppID)
		if done, err := f.cutOver("x", func(o *Coordinator) { o.MaxDifferences = 0 }); err != nil {
			t.Errorf("cut-over: %+v, %v", done, err)
		}
		f.checkEnd(rules.BuiltIn())
		again.end()
		live.end()
	})
}

// Of two cut-overs at once one is carried out, and the other says that it is not.
func TestTwoCutOversAtOnce(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, names := range map[string][]string{"of one": {"x"}, "of two": {"x", "y"}} {
			t.Run(name, func(t *testing.T) {
				b := *broker
				b.Prefix += strings.ReplaceAll(name, " ", "-") + "-"
				f, all := newDeployment(t, &b), market(6, 30)
				f.produce(all[:800])
				live := f.run(rules.BuiltIn(), t.TempDir(), nil)
				processes := map[string]*process{}
				for _, name := range names {
					c, p := f.startWith(name, stricter(t), t.TempDir(), func(*process, *SuccessorOptions) {})
					f.awaitRead(c.AppID)
					processes[name] = p
				}
				f.awaitRead(f.appID)
				var both sync.WaitGroup
				var errs [2]error
				for i := range errs {
					both.Go(func() { _, errs[i] = f.cutOver(names[i%len(names)], nil) })
				}
				both.Wait()
				if (errs[0] == nil) == (errs[1] == nil) {
					t.Fatalf("cut-overs ended with %v and %v, want just one that says it is done", errs[0], errs[1])
				}
				won := names[0]
				if errs[0] != nil {
					won = names[1%len(names)]
				}
				f.eventually("all is cut over", func() bool { return f.isLive(f.candidate(won)) == partitions })
				f.produce(all[800:])
				live.leave()
				f.checkEnd(stricter(t))
				for _, p := range processes {
					p.end()
				}
			})
		}
	})
}

// Each of two processes has a part; one is killed when the other has cut its part over, and goes on with its own when it is started again.
func TestTwoProcessesOfOneCandidate(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(7, 30)
		other, directory := stricter(t), t.TempDir()
		f.produce(all[:800])
		live := f.run(rules.BuiltIn(), t.TempDir(), nil)
		asking, dead := context.WithCancel(t.Context())
		committed := make(chan struct{})
		c, first := f.startWith("x", other, t.TempDir(), func(_ *process, o *SuccessorOptions) {
			o.Live.Hooks.OnStep = func(_ int32, s task.Step) error {
				if s == task.Committed {
					close(committed)
				}
				return nil
			}
		})
		_, second := f.startWith("x", other, directory, func(p *process, o *SuccessorOptions) {
			o.Live.Hooks.OnStep = func(_ int32, s task.Step) error {
				if s != task.Decided {
					return nil
				}
				<-committed
				defer dead()
				return p.die()
			}
		})
		f.eventually("each has a partition", func() bool { return first.owns() == 1 && second.owns() == 1 })
		f.awaitRead(f.appID)
		f.awaitRead(c.AppID)
		if done, err := f.cutOverBy(asking, "x", nil); err == nil {
			t.Fatalf("cut over by a process that was killed: %+v", done)
		}
		second.buried(f.appID, c.AppID)
		f.eventually("one partition is cut over", func() bool { return f.isLive(c) == 1 })
		if _, err := f.cutOver("x", nil); err == nil || !strings.Contains(err.Error(), "not complete") {
			t.Errorf("cut-over while one is not complete: %v", err)
		}
		f.produce(all[800:1000])
		second = f.start("x", other, directory)
		f.eventually("all is cut over", func() bool { return f.isLive(c) == partitions })
		f.produce(all[1000:])
		live.leave()
		f.checkEnd(other)
		first.end()
		second.end()
	})
}

// A live process joins during the cut-over, and one is killed and started again.
func TestLiveProcessesComeAndGoDuringACutOver(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(8, 30)
		directory := t.TempDir()
		f.produce(all[:800])
		live := f.run(rules.BuiltIn(), directory, nil)
		var joined, again *process
		var once, afterwards sync.Once
		second := t.TempDir()
		c, p := f.startWith("x", rules.BuiltIn(), t.TempDir(), func(_ *process, o *SuccessorOptions) {
			o.Live.Hooks.OnStep = func(_ int32, s task.Step) error {
				if s == task.Given {
					once.Do(func() {
						joined = f.run(rules.BuiltIn(), second, nil)
						f.eventually("a live process joins", func() bool { return len(f.members(f.appID)) == 3 })
					})
				}
				if s == task.Prepared {
					afterwards.Do(func() {
						_ = live.die()
						live.buried(f.appID)
						again = f.run(rules.BuiltIn(), directory, nil)
						f.eventually("the other is there again", func() bool { return len(f.members(f.appID)) == 3 })
					})
				}
				return nil
			}
		})
		f.awaitRead(f.appID)
		f.awaitRead(c.AppID)
		done, err := f.cutOver("x", func(o *Coordinator) { o.MaxDifferences = 0 })
		if err != nil || done.Differences != (task.Difference{}) {
			t.Fatalf("cut-over: %+v, error %v", done, err)
		}
		f.produce(all[800:])
		f.checkEnd(rules.BuiltIn())
		for _, p := range []*process{joined, again, p} {
			p.end()
		}
		if got := f.alerts(f.topics.Alerts); len(got) == 0 || backfilled(got) > 0 || len(checkChains(t, got)) == 0 {
			t.Errorf("%d alerts, of which %d of the cut-over", len(got), backfilled(got))
		}
	})
}
