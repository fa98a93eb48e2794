package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

// masked are parts of what is printed that are others each time.
var masked = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`\btime=\S+ `), ""},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d`), "DATE"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "DURATION"},
	{regexp.MustCompile(`generation=\d+ owned="\[\d \d\]"`), "two partitions"},
	{regexp.MustCompile(`read=\d+`), "read"},
	{regexp.MustCompile(`\d+\.\d% +[\d,]+`), "DONE"},
	{regexp.MustCompile(`"[0-9a-f]{16}"`), "HASH"},
	{regexp.MustCompile(`(?m) +$`), ""},
}

var formerName = regexp.MustCompile(`\b\d{8}T\d{6}Z\b`)

// The page about backfills, on Apache Kafka, with real orders that end a day ago, while events come in.
func TestBackfillPage(t *testing.T) {
	zone, noon := noonIn(t)
	before, coming := heldBack(realOrders(t, time.Date(2018, 9, 6, 12, 0, 0, 0, time.UTC), noon), 1000)
	broker, _ := brokertest.Cluster(t, 1, nil) // Its own, so that names are those of the page.
	environment := map[string]string{
		"SELLERPULSE_BROKERS": strings.Join(broker.Addresses, ","), "SELLERPULSE_TIME_ZONE": zone, "SELLERPULSE_HEALTH_INTERVAL": "100ms", "SELLERPULSE_LISTEN": "127.0.0.1:0",
	}
	directory := t.TempDir()
	p := &page{t: t, directory: directory, names: formerName, mask: func(text string) string {
		text = strings.ReplaceAll(text, directory+string(filepath.Separator), "")
		for _, m := range masked {
			text = m.pattern.ReplaceAllString(text, m.as)
		}
		return text
	}}
	p.environment = append(othersVariables(), "PATH="+strings.Join([]string{build(t), brokertest.TopicsTool(t), os.Getenv("PATH")}, string(os.PathListSeparator)))
	for name, value := range environment {
		p.environment = append(p.environment, name+"="+value)
	}
	source := &source{t: t, environment: environment, events: coming}
	p.during = func(command string) (stop func()) {
		switch {
		case strings.HasPrefix(command, "processor backfill diff "):
			source.send(40)
		case strings.HasPrefix(command, "processor backfill cut-over "):
			return source.run()
		}
		return func() {}
	}
	must(t, environment, "", "topics", "--partitions", "4")
	must(t, environment, jsonLines(t, before), "produce")
	p.run(pageSteps(t, "../../docs/backfill.md"))
}

// noonIn is a time zone in which it is between noon and one o'clock, so that no day begins during the test, and noon there.
func noonIn(t *testing.T) (zone string, noon time.Time) {
	t.Helper()
	hour := time.Now().UTC().Truncate(time.Hour)
	return fmt.Sprintf("Etc/GMT%+d", hour.Hour()-12), hour
}

// source is the market going on.
type source struct {
	t           *testing.T
	environment map[string]string
	events      []map[string]any
}

// send has some events happen now.
func (s *source) send(n int) {
	some := s.events[:min(n, len(s.events))]
	s.events = s.events[len(some):]
	for _, e := range some {
		e["occurred_at"] = instantText(time.Now().UTC())
	}
	must(s.t, s.environment, jsonLines(s.t, some), "produce")
}

// run has events happen until it is stopped, or none is left.
func (s *source) run() (stop func()) {
	s.send(40)
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for beat := time.NewTicker(50 * time.Millisecond); len(s.events) > 0; {
			select {
			case <-beat.C:
				s.send(5)
			case <-stopped:
				beat.Stop()
				return
			}
		}
	}()
	return func() {
		close(stopped)
		<-done
	}
}
