package browser

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/pages"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/events"
)

// fleet is partitions of three processes, one of which does not answer, in all states that the system page tells apart.
func fleet() *survey.Survey {
	at := time.UnixMilli(int64(present))
	address := func(member string) string {
		return "http://" + member + "." + strings.Repeat("long-name.", 6) + "example:8080"
	}
	owned := func(member string, standbys ...string) peers.Peers {
		p := peers.Peers{Owner: &peers.Peer{Member: member, Address: address(member)}, AsOf: at, Stale: true}
		for _, id := range standbys {
			p.Standbys = append(p.Standbys, peers.Peer{Member: id, Address: address(id)})
		}
		return p
	}
	known := []peers.Peers{owned("a", "b", "silent"), owned("a"), owned("a"), owned("a"), {AsOf: at}, owned("silent"), owned("b")}
	tasks := allPhases()
	tasks[3] = task.Status{Partition: 3, Phase: task.Failed, StreamTime: int64(present), Failure: tasks[5].Failure, Blocked: 3}
	told := map[string]*survey.Tasks{
		"a": survey.TasksOf("a", tasks[:4]),
		"b": survey.TasksOf("b", []task.Status{{Partition: 0, Phase: task.Standby, Lag: 12_345_678, StreamTime: events.None}}),
	}
	return survey.New(survey.Options{
		Peers: func(time.Time) []peers.Peers { return known },
		Ask: func(_ context.Context, _ *http.Request, p *peers.Peer, _ string) ([]byte, error) {
			if told[p.Member] == nil {
				return nil, errors.New("dial tcp: connection refused")
			}
			return json.Marshal(told[p.Member])
		},
	})
}

// The page of the system fits and can be used in every state that it has: processes that do not answer, partitions that nobody has, dead letters not read yet.
func TestSystemStates(t *testing.T) {
	mux := http.NewServeMux()
	pages.New(pages.Options{
		View: view.New(view.Options{}), Letters: view.New(view.Options{DeadLetters: "dead-letters"}), Survey: fleet(), Zone: time.UTC, Version: "v1.2.3",
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now,
	}).Register(mux)
	routes := access.NewRoutes()
	routes.Handle("GET /", access.Viewer, mux)
	guard, err := access.New(access.Options{Rate: 1_000_000, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(guard.Handler(routes, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	t.Cleanup(server.Close)
	checkAll(t, &site{url: server.URL}, []shown{{"every state: system", "/system", 0, ".pill.bad"}, {"every state: what to do", "/system", 0, ".remark b"}, {"every state: notices", "/system", 0, ".notice"}})
}
