package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// journal keeps a log.
type journal struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.Write(b)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(j, nil)) }

// lines is what was logged with a message.
func (j *journal) lines(t *testing.T, message string) (all []map[string]any) {
	t.Helper()
	j.mutex.Lock()
	defer j.mutex.Unlock()
	for line := range bytes.Lines(j.text.Bytes()) {
		var entry map[string]any
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == message {
			all = append(all, entry)
		}
	}
	return all
}

const deadLettersLine = "records went to the dead letters"

func TestDeadLettersAreToldAtMostOnceAnInterval(t *testing.T) {
	now := enginetest.Noon
	var log journal
	o := Options{Options: task.Options{Topics: task.TopicsOf("", "app"), Logger: log.logger(), Clock: func() time.Time { return now }}}.withDefaults()
	tally := newTally(&o)
	commit := func(offset int64, reasons ...events.DeadLetterReason) {
		var out engine.Output
		for i, reason := range reasons {
			out.DeadLetters = append(out.DeadLetters, engine.DeadLetter{Message: state.Message{Topic: events.Orders, Offset: offset + int64(i)}, Reason: reason, Err: errors.New("it is wrong")})
		}
		tally.commit(2, len(reasons)+1, &out)
	}
	commit(17, events.Misrouted, events.Misrouted) // at once
	for i := range int64(5) {
		now = now.Add(time.Second)
		commit(100+i, events.Misrouted)
	}
	commit(200, events.Future)     // another reason, at once
	now = now.Add(5 * time.Second) // ten since the first
	commit(300, events.Misrouted)
	now = now.Add(time.Hour)
	commit(400)
	commit(500, events.Misrouted) // at once again
	commit(501, events.Misrouted)
	tally.flush(0)
	var got []string
	for _, line := range log.lines(t, deadLettersLine) {
		got = append(got, fmt.Sprintf("%v %v %v in %v first %v: %v", line["level"], line["reason"], line["count"], time.Duration(line["within"].(float64)), line["first"], line["error"]))
	}
	want := []string{
		"WARN misrouted 2 in 0s first orders/2@17: it is wrong",
		"WARN future 1 in 0s first orders/2@200: it is wrong",
		"WARN misrouted 6 in 9s first orders/2@100: it is wrong",
		"WARN misrouted 1 in 0s first orders/2@500: it is wrong",
		"WARN misrouted 1 in 0s first orders/2@501: it is wrong",
	}
	if !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// warnedOf adds up what was warned of, by reason.
func warnedOf(t *testing.T, log *journal) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, line := range log.lines(t, deadLettersLine) {
		counts[line["reason"].(string)] += int(line["count"].(float64))
		if line["remedy"] != task.RemedyOf(events.DeadLetterReason(line["reason"].(string))) {
			t.Errorf("%v is told with the remedy %v", line["reason"], line["remedy"])
		}
	}
	return counts
}

// What a bounded run puts among the dead letters is told, each once, with one place and the remedy, and summed up in the end.
func TestDeadLettersOfABoundedRunAreHeard(t *testing.T) {
	all := hostile()
	good, bad := 0, map[string]int{}
	for _, r := range all {
		if r.reason == "" {
			good++
		} else {
			bad[string(r.reason)]++
		}
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "heard", 2, nil)
		s.send(all)
		var log journal
		err := s.run(t.Context(), t.TempDir(), func(o *Options) {
			o.AsOf = enginetest.Noon.AddDate(0, 0, 95).UnixMilli()
			o.Logger, o.DeadLetterInterval, o.CommitEvents = log.logger(), time.Hour, 20
		})
		if err != nil {
			t.Fatal(err)
		}
		if told := warnedOf(t, &log); !maps.Equal(told, bad) {
			t.Errorf("told of %v, want %v", told, bad)
		}
		if n := len(log.lines(t, deadLettersLine)); n > 2*len(bad) {
			t.Errorf("%d lines about %d reasons within an hour", n, len(bad))
		}
		checkSummary(t, &log, len(all), good, bad)
	})
}

func checkSummary(t *testing.T, log *journal, all, good int, bad map[string]int) {
	t.Helper()
	summary := log.lines(t, "read to the end")
	if len(summary) != 1 {
		t.Fatalf("%d summaries", len(summary))
	}
	// An orphan was applied when it came.
	if got, want := summary[0]["events_applied"], float64(good+bad["orphan"]); got != want {
		t.Errorf("%v events applied, want %v of %d", got, want, all)
	}
	if got, want := summary[0]["dead_letters"], float64(all-good); got != want {
		t.Errorf("%v dead letters, want %v", got, want)
	}
	for reason, n := range bad {
		if got := summary[0]["reasons"].(map[string]any)[reason]; got != float64(n) {
			t.Errorf("%v of reason %s, want %d", got, reason, n)
		}
	}
}

// The dead letters of a transaction that was aborted come again, and are told once.
func TestDeadLettersOfAnAbortedTransactionAreToldOnce(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	s := market(t, broker, "once", 1, nil)
	var bad []sent
	for i := range 5 {
		bad = append(bad, sent{topic: events.Orders, Message: stream.Message{Key: []byte("S"), Value: fmt.Appendf(nil, "garbage %d", i), Timestamp: enginetest.Noon.UnixMilli()}})
	}
	s.send(bad)
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.UnknownServerError, TopLevel: true, Count: 2})
	var log journal
	if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.Logger = log.logger() }); err != nil {
		t.Fatal(err)
	}
	if told := warnedOf(t, &log); told["undecodable"] != len(bad) || len(told) != 1 || fault.Hits() != 2 {
		t.Errorf("told of %v after %d faults, want %d", told, fault.Hits(), len(bad))
	}
	if n := len(s.records(s.topics.DeadLetters, 1)); n != len(bad) {
		t.Errorf("%d dead letters, want %d", n, len(bad))
	}
	if first := log.lines(t, deadLettersLine)[0]["first"]; first != s.topics.Inputs[events.Orders]+"/0@0" {
		t.Errorf("the first is said to be %v", first)
	}
}
