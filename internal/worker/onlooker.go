package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
)

// OnlookerOptions say which group is looked at. Those with a default may be left out.
type OnlookerOptions struct {
	Client   *stream.Client
	Group    string
	Hosts    []string      // by which brokers may know this machine: members that talk from there are reached on loopback
	Interval time.Duration // between two looks; default 5 s
	Clock    func() time.Time
	Logger   *slog.Logger
}

// Onlooker knows who has which partition without being a member: it reads the group's description again and again. For any goroutine.
type Onlooker struct {
	o OnlookerOptions

	mutex   sync.Mutex
	known   byPartition // of the last settled description
	asOf    time.Time   // when that was read; zero before
	murmur2 bool        // a seller is in the partition of its id
	why     error       // nothing is known, or may have changed since; nil where it is known
}

var (
	errNotLooked = errors.New("the group has not been looked at yet: ask again in a moment")
	errUnsettled = errors.New("members of the group come or go: ask again in a moment")
)

// NewOnlooker makes one, which knows nothing before it is run.
func NewOnlooker(o OnlookerOptions) *Onlooker {
	o.Interval = cmp.Or(o.Interval, 5*time.Second)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Onlooker{o: o, why: errNotLooked}
}

// Run looks until ctx ends. What fails is tried again at the next look.
func (l *Onlooker) Run(ctx context.Context) {
	l.look(ctx)
	for wait.For(ctx, l.o.Interval) {
		l.look(ctx)
	}
}

// look reads the description once. An outage is logged when it begins.
func (l *Onlooker) look(ctx context.Context) {
	members, settled, err := l.o.Client.Members(ctx, l.o.Group)
	if ctx.Err() != nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err != nil {
		if l.why == nil || errors.Is(l.why, errNotLooked) {
			l.o.Logger.Warn("cannot find out which process has which partition: trying again", "group", l.o.Group, "error", err)
		}
		l.why = err
		return
	}
	if !settled {
		l.why = errUnsettled
		return
	}
	l.take(members)
}

// take takes a settled description. The lock is held.
func (l *Onlooker) take(members []stream.GenerationMember) {
	partitions, murmur2 := agreed(members)
	l.known = whoHasWhat(members, partitions, "", func(host string) bool { return slices.Contains(l.o.Hosts, host) })
	l.asOf, l.murmur2, l.why = l.o.Clock(), murmur2, nil
	if partitions == 0 {
		l.why = fmt.Errorf("no process of the application runs: group %q has no member with partitions: start one with `processor run`, or name another --app-id", l.o.Group)
	}
}

// maxPartitions bounds what is taken from others' word for the number of partitions.
const maxPartitions = 1 << 16

// agreed is what the states of the group rest on: how many partitions there are, and whether sellers are where their ids say. 0 where no member tells.
func agreed(members []stream.GenerationMember) (partitions int32, murmur2 bool) {
	for i := range members {
		if told, err := decodeAssigned(members[i].Assignment.UserData); err != nil || told.Refused != "" {
			continue
		}
		n, byID := 0, false
		for _, f := range toldBy(&members[i]).Facts {
			switch f.Name {
			case state.PartitionsFact(events.Orders.String()):
				n, _ = strconv.Atoi(f.Value) // What is no number counts as nothing.
			case state.FactPartitioner:
				byID = f.Value == state.Murmur2
			}
		}
		if n > 0 && n <= maxPartitions {
			return int32(n), byID
		}
	}
	return 0, false
}

// AllPeers is who has the state of each partition; nothing while nothing is known, or no process runs.
func (l *Onlooker) AllPeers(now time.Time) (all []peers.Peers) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for p := range l.known {
		all = append(all, l.at(int32(p), now))
	}
	return all
}

// Peers is what [Onlooker.AllPeers] gives of one partition.
func (l *Onlooker) Peers(partition int32, now time.Time) peers.Peers {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if partition < 0 || int(partition) >= len(l.known) {
		return peers.Peers{Generation: peers.Unknown, AsOf: l.asOf, Stale: true}
	}
	return l.at(partition, now)
}

// at is who has a partition. It is stale where a look failed or did not come: a member is taken for dead after some seconds. The lock is held.
func (l *Onlooker) at(partition int32, now time.Time) peers.Peers {
	p := l.known[partition]
	p.Generation, p.AsOf, p.Stale = peers.Unknown, l.asOf, l.why != nil || now.Sub(l.asOf) > 2*l.o.Interval
	return p
}

// PartitionOf is the partition of a seller; false where it is not known, or sellers are in any.
func (l *Onlooker) PartitionOf(seller string) (partition int32, ok bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.known) == 0 || !l.murmur2 {
		return 0, false
	}
	return stream.PartitionFor([]byte(seller), int32(len(l.known))), true
}

// Partitions is how many there are; 0 while that is not known.
func (l *Onlooker) Partitions() int32 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return int32(len(l.known))
}

// Why says why nothing is known, or why it may have changed since; nil where it is known.
func (l *Onlooker) Why() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.why
}
