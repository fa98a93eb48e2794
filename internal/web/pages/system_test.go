package pages

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/events"
)

var today = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// systemOf is the text of the system page, where others answer by a function.
func systemOf(t *testing.T, letters *view.View, known []peers.Peers, others func(member string) (*survey.Tasks, error)) string {
	t.Helper()
	p := New(Options{
		View: view.New(view.Options{}), Letters: letters, Zone: time.UTC, Clock: func() time.Time { return today }, Logger: slog.New(slog.DiscardHandler),
		Survey: survey.New(survey.Options{
			Peers: func(time.Time) []peers.Peers { return known },
			Ask: func(_ context.Context, _ *http.Request, p *peers.Peer, _ string) ([]byte, error) {
				told, err := others(p.Member)
				if err != nil {
					return nil, err
				}
				return json.Marshal(told)
			},
		}),
	})
	mux := http.NewServeMux()
	p.Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/system", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// The page says of each partition who works on it and how far it is, or why that is not known, and what to do.
func TestSystemStates(t *testing.T) {
	owned := func(member string) peers.Peers {
		return peers.Peers{Owner: &peers.Peer{Member: member, Address: "http://" + member + ".example:8080"}, AsOf: today}
	}
	stands := owned("a")
	stands.Standbys = []peers.Peer{{Member: "b", Address: "http://b.example:8080"}, {Member: "silent"}}
	failure := &task.Failure{At: "orders/2@17", Err: errors.New("it broke"), Remedy: "skip it", Since: today, Tries: 3}
	copyFailure := &task.Failure{Standby: true, Err: errors.New("the copy broke"), Since: today, Tries: 4}
	text := systemOf(t, nil, []peers.Peers{stands, owned("a"), owned("a"), {AsOf: today}, owned("silent"), owned("b"), owned("b")}, func(member string) (*survey.Tasks, error) {
		switch member {
		case "a":
			return survey.TasksOf("a", []task.Status{
				{Partition: 0, Phase: task.Running, StreamTime: today.UnixMilli(), Lag: 1234, Delay: 90 * time.Second, LastMinute: 90, Blocked: 5},
				{Partition: 1, Phase: task.Restoring, StreamTime: events.None, Restored: 10, ToRestore: 2000},
				{Partition: 2, Phase: task.Failed, StreamTime: events.None, Failure: failure},
			}), nil
		case "b":
			return survey.TasksOf("b", []task.Status{
				{Partition: 0, Phase: task.Failed, StreamTime: events.None, Lag: 77, Failure: copyFailure},
				{Partition: 5, Phase: task.Running, StreamTime: today.UnixMilli(), LastMinute: 1200},
			}), nil
		}
		return nil, errors.New("it did not answer in time")
	})
	for _, want := range []string{
		"<strong>2 / 7</strong>", "<strong>1,234</strong>", "<strong>22</strong>", "<strong>90 s</strong>", "1 of 3 processes did not answer",
		"b.example:8080: 77 behind, silent.example:8080: not known", ">1.5</td>", "5 events wait behind an open transaction", "10 of 2,000 changelog offsets read",
		"Failed since 2026-05-01 12:00:00, tries: 3. orders/2@17: it broke", "<b>What to do:</b> skip it", "nobody has it", "start another processor",
		"Who works on it did not answer.", "it did not answer in time", "has just been given to this process", "The copy at b.example:8080 has failed since",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// What is not known yet is said, and nothing is made up in its place.
func TestSystemBeforeAnythingIsKnown(t *testing.T) {
	text := systemOf(t, view.New(view.Options{DeadLetters: "dead-letters"}), nil, nil)
	for _, want := range []string{
		"It is not known which partitions there are", "No partition is known of.", "No process is known of.", "The rules are not known.", "The dead letters are being read",
		"It is not known yet whether there are any.", "<strong>0 / 0</strong>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
}

func TestDurations(t *testing.T) {
	en, sv := wordsFor("en", "", time.UTC), wordsFor("sv", "", time.UTC)
	for got, want := range map[string]string{
		en.duration(0): "0 s", en.duration(0.25): "0.2 s", sv.duration(1.5): "1,5 s", en.duration(119): "119 s", en.duration(120): "2 min", en.duration(7199): "119 min",
		en.duration(7200): "2 h", en.duration(2 * 86400): "2 days", en.perSecond(0): "0", en.perSecond(90): "1.5", en.perSecond(72_000): "1,200",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
