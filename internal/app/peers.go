package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/api"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/web/problem"
	"sellerpulse/internal/worker"
)

// reachPeers finds out where other processes reach this one, and how it reaches them.
func (s *server) reachPeers(o *serverOptions) (err error) {
	scheme := "http"
	if o.access.TLS() != nil {
		scheme = "https"
	}
	hostname, _ := os.Hostname() // Without a name there is no address of all interfaces.
	if s.reached, err = peers.Advertise(&peers.Listening{Given: o.advertise, Listen: o.address, At: s.listener.Addr(), Hostname: hostname, Scheme: scheme}); err != nil {
		return err
	}
	if o.authorities != nil && strings.HasPrefix(s.reached, "http:") {
		return fmt.Errorf("--peer-tls-ca has processes ask each other by https alone, and this one would be at %s: give it TLS by --http-tls-cert, or name the address of what is before it with --advertise https://…", s.reached)
	}
	s.forward = forward.New(forward.Options{
		Address: s.reached, Authorities: o.authorities, Metrics: o.forwarded, Logger: o.log,
		Local: func(partition int32) (role peers.Role, ok bool) {
			if status := s.status.Load(); status != nil {
				return status.Local(partition)
			}
			return "", false
		},
		Peers: func(partition int32) peers.Peers {
			if status := s.status.Load(); status != nil {
				return status.Peers(partition, time.Now())
			}
			return peers.Peers{Generation: peers.Unknown, Stale: true}
		},
	})
	return nil
}

// about is the partition that a request names, and the status of the worker; nil where it has been answered that there is none.
func (s *server) about(w http.ResponseWriter, r *http.Request) (partition int32, status *worker.Status) {
	if status = s.status.Load(); status == nil {
		problem.Write(w, http.StatusServiceUnavailable, "connecting to kafka")
		return 0, nil
	}
	n, err := strconv.ParseInt(r.PathValue("partition"), 10, 32)
	if partitions := status.Partitions(); err != nil || n < 0 || int32(n) >= partitions {
		problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is no such partition: they are 0 to %d", partitions-1))
		return 0, nil
	}
	return int32(n), status
}

// task answers with the task of a partition, from whichever process has it.
func (s *server) task(w http.ResponseWriter, r *http.Request) {
	partition, status := s.about(w, r)
	if status == nil {
		return
	}
	s.forward.Serve(w, r, partition, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, t := range status.Tasks() {
			if t.Partition == partition {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(api.TaskOf(&t)) // The one who asked has gone.
				return
			}
		}
		problem.Write(w, http.StatusServiceUnavailable, "the partition has just gone to another process: ask again")
	}))
}

// peersAnswer is who has what as /api/v1/peers gives it.
type peersAnswer struct {
	Generation *int32           `json:"generation"` // of the group; null while nothing is known
	AsOf       *string          `json:"as_of"`
	Stale      bool             `json:"stale"`
	Partitions []partitionPeers `json:"partitions"`
}

type partitionPeers struct {
	Partition int32        `json:"partition"`
	Owner     *peers.Peer  `json:"owner"`
	Former    []peers.Peer `json:"former"`
	Standbys  []peers.Peer `json:"standbys"`
}

// peers answers with which processes have the state of each partition, as far as this one knows.
func (s *server) peers(w http.ResponseWriter, _ *http.Request) {
	answer := peersAnswer{Stale: true, Partitions: []partitionPeers{}}
	if status := s.status.Load(); status != nil {
		all := status.AllPeers(time.Now())
		for p := range all {
			of := &all[p]
			answer.Partitions = append(answer.Partitions, partitionPeers{int32(p), of.Owner, append([]peers.Peer{}, of.Former...), append([]peers.Peer{}, of.Standbys...)})
			asOf := of.AsOf.UTC().Format(time.RFC3339Nano)
			answer.Generation, answer.AsOf, answer.Stale = &of.Generation, &asOf, of.Stale
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // The one who asked has gone.
}
