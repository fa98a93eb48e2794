package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// directory is who has the state of each partition in a generation of the group. It does not change.
type directory struct {
	generation *stream.Generation
	partitions byPartition
}

// newDirectory finds out who has what in a generation of this process.
func newDirectory(g *stream.Generation, members []stream.GenerationMember, partitions int32) *directory {
	own := ""
	for i := range members {
		if members[i].ID == g.MemberID {
			own = members[i].Host
		}
	}
	return &directory{g, whoHasWhat(members, partitions, g.MemberID, func(host string) bool { return host == own })}
}

// whoHasWhat sorts what members told and were assigned by partition. Members are others' word: what cannot be read counts as nothing. self is the member that
// this process is, near whether a host is that from which it talks.
func whoHasWhat(members []stream.GenerationMember, partitions int32, self string, near func(host string) bool) byPartition {
	all := make(byPartition, partitions)
	for _, m := range slices.SortedFunc(slices.Values(members), func(a, b stream.GenerationMember) int { return cmp.Compare(a.ID, b.ID) }) {
		all.add(&m, m.ID == self, near(m.Host))
	}
	return all
}

// byPartition is who has each partition, without what changes with time.
type byPartition []peers.Peers

// add notes what a member has, unless the group refused it or it is none of this program.
func (all byPartition) add(m *stream.GenerationMember, self, near bool) {
	told, err := decodeAssigned(m.Assignment.UserData)
	if err != nil || told.Refused != "" {
		return
	}
	data := toldBy(m)
	peer := peers.Peer{Member: m.ID, Self: self}
	peer.Address, peer.Reason = reach(&data, near)
	for _, p := range all.real(m.Assignment.Partitions) {
		all[p].Owner = &peer
	}
	for _, p := range all.real(told.Standby) {
		all[p].Standbys = append(all[p].Standbys, peer)
	}
	var left []int32
	for _, h := range data.Holdings {
		if h.Active && !slices.Contains(m.Assignment.Partitions, h.Partition) {
			left = append(left, h.Partition)
		}
	}
	for _, p := range all.real(left) {
		all[p].Former = append(all[p].Former, peer)
	}
}

// toldBy is what a member tells of itself; nothing where that cannot be read.
func toldBy(m *stream.GenerationMember) (data memberData) {
	if json.Unmarshal(m.UserData, &data) != nil {
		return memberData{}
	}
	return data
}

// real are those partitions that there are, each once.
func (all byPartition) real(partitions []int32) []int32 {
	there := slices.DeleteFunc(slices.Sorted(slices.Values(partitions)), func(p int32) bool { return p < 0 || int(p) >= len(all) })
	return slices.Compact(there)
}

// at is who has a partition at an instant, in the latest generation that this process is in if that is the directory's.
func (d *directory) at(partition int32, now time.Time, latest *stream.Generation) peers.Peers {
	p := d.partitions[partition]
	asOf, holds := d.generation.Holds(now)
	p.Generation, p.AsOf, p.Stale = d.generation.ID, asOf, !holds || d.generation != latest
	return p
}

// reach is the address at which this process can ask a member, or why it cannot, and what to do.
func reach(data *memberData, sameHost bool) (address, reason string) {
	if data.Version < telling {
		return "", "its version of the program does not tell its address: update it"
	}
	if data.Address == "" {
		return "", "it has no address: give it --listen, and --advertise where its host's name does not do"
	}
	address, err := peers.ParseAddress(data.Address, "http")
	if err != nil {
		return "", "the address that it tells is none: give it --advertise"
	}
	if !sameHost && peers.Loopback(address) {
		return "", "it listens on loopback, on another host: give it --listen and --advertise"
	}
	return address, ""
}

// generations holds the latest generation until somebody takes it.
type generations chan *stream.Generation

// put is for one goroutine.
func (g generations) put(latest *stream.Generation) {
	select {
	case <-g:
	default:
	}
	g <- latest
}

// watchPeers finds out after each assignment of the group who has what, until ctx ends.
func (w *Worker) watchPeers(ctx context.Context) {
	for {
		select {
		case g := <-w.generations:
			w.findPeers(ctx, g)
		case <-ctx.Done():
			return
		}
	}
}

// findPause is the time between two tries to find out who has what, each of which tries for a while.
const findPause = time.Second

// findPeers asks the group who has what until it is known, or the generation is over.
func (w *Worker) findPeers(ctx context.Context, g *stream.Generation) {
	for told := false; ; told = true {
		members, err := g.Members(ctx)
		switch {
		case err == nil:
			w.status.know(newDirectory(g, members, w.env.Partitions))
			w.options.Logger.Debug("who has which partition is known", "generation", g.ID, "members", len(members))
			return
		case errors.Is(err, stream.ErrSuperseded):
			return
		case ctx.Err() == nil && !told:
			w.options.Logger.Warn("cannot find out which process has which partition: trying again", "generation", g.ID, "error", err)
		}
		if !wait.For(ctx, findPause) {
			return
		}
	}
}
