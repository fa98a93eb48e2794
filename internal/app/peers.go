package app

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/web/survey"
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
	if o.authorities != nil && !o.onlooks && strings.HasPrefix(s.reached, "http:") {
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
			switch status, onlooker := s.status.Load(), s.onlooker.Load(); {
			case status != nil:
				return status.Peers(partition, time.Now())
			case onlooker != nil:
				return onlooker.Peers(partition, time.Now())
			}
			return peers.Peers{Generation: peers.Unknown, Stale: true}
		},
	})
	return nil
}

// survey asks the processes of the worker's group, of which this one is one. The worker may become another one.
func (s *server) survey() *survey.Survey {
	return survey.New(survey.Options{
		Member: func() string { return s.status.Load().Member() },
		Tasks:  func() []task.Status { return s.status.Load().Tasks() },
		Intake: s.intake.Load,
		Count:  func() int32 { return s.status.Load().Partitions() },
		Peers:  func(now time.Time) []peers.Peers { return s.status.Load().AllPeers(now) },
		Ask:    s.forward.Ask,
	})
}
