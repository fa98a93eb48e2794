package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/web/survey"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/registrytest"
)

// fetched is the status and the text of an answer.
func fetched(t *testing.T, url string) (status int, text string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// An intake tells over HTTP how far it is, through an outage of the schema registry too; the command that asks the brokers tells the same.
func TestAnIntakeTellsHowFarItIs(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	b := brokertest.Embedded(t)
	environment := with(topicsAt(t, b), "SELLERPULSE_SCHEMA_REGISTRY", fake.URL())
	topic := b.Prefix + "rows"
	rows := registered(t, &registrytest.Registry{URL: fake.URL()}, topic)
	rows.changed(t, "c", nil, orderRow("pending"))
	rows.changed(t, "u", orderRow("paid"), orderRow("cancelled"))
	rows.messages[1].Value = rows.messages[1].Value[:20]
	sendRows(t, environment, topic, rows.messages)
	var away atomic.Bool
	away.Store(true)
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		gone := strings.HasPrefix(r.URL.Path, "/schemas/ids/") && away.Load()
		if gone {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return gone
	})
	of := []string{"--mapping", "debezium-orders", "--from-topics", "orders=" + topic}
	status := func() string {
		return must(t, environment, "", append([]string{"intake", "status", "--output", "json"}, of...)...)
	}
	source := func(committed string, lag int) string {
		return fmt.Sprintf(`[{"topic":%q,"partition":0,"committed":%s,"end":2,"lag":%d,"made_anew":false}]}`, topic, committed, lag) + "\n"
	}
	if got := status(); !strings.HasSuffix(got, source("null", 2)) {
		t.Errorf("before the first commit intake status prints %s", got)
	}
	url, stop := listening(t, environment, append([]string{"intake", "--memory", "256MiB"}, of...)...)
	defer stop()
	says := func(path string, code int, parts ...string) {
		t.Helper()
		last := ""
		defer func() {
			if t.Failed() {
				t.Logf("%s says %s", path, last)
			}
		}()
		enginetest.Eventually(t, fmt.Sprintf("%s says %q", path, parts), func() bool {
			status, text := fetched(t, url+path)
			last = text
			for _, part := range parts {
				if !strings.Contains(text, part) {
					return false
				}
			}
			return status == code
		})
	}
	lag := fmt.Sprintf(`sellerpulse_intake_lag_messages{partition="0",topic=%q} `, topic)
	says("/readyz", 503, "source partition 0: failed: ", "see --schema-registry")
	says("/livez", 200, "alive")
	says("/metrics", 200, lag+"2\n", "sellerpulse_schema_registry_away 1\n", "sellerpulse_intake_failed_partitions 1\n", "sellerpulse_intake_partitions 1\n", "sellerpulse_intake_events_total 0\n", `sellerpulse_intake_dead_letters_total{reason="undecodable"} 0`)
	says("/api/v1/intake", 200, `"lag":2}],"committed_at":null,"records_last_minute":0,"failure":{"error":"`, `"lasts":true`)

	away.Store(false)
	says("/readyz", 200, "ready")
	says("/metrics", 200, lag+"0\n", "sellerpulse_schema_registry_away 0\n", "sellerpulse_intake_failed_partitions 0\n", "sellerpulse_intake_events_total 1\n", `sellerpulse_intake_dead_letters_total{reason="undecodable"} 1`,
		fmt.Sprintf("sellerpulse_intake_records_total{topic=%q} 2\n", topic), `sellerpulse_intake_last_commit_timestamp_seconds{partition="0"} `)
	_, text := fetched(t, url+survey.IntakePath)
	var told survey.Intake
	if err := json.Unmarshal([]byte(text), &told); err != nil || told.Waits != nil || len(told.Partitions) != 1 || told.Partitions[0].Committed == nil || told.Partitions[0].LastMinute != 2 || told.Partitions[0].Failure != nil {
		t.Errorf("it tells %s, %v", text, err)
	}
	if got := status(); !strings.HasSuffix(got, source("2", 0)) {
		t.Errorf("intake status prints %s", got)
	}
	if got := must(t, environment, "", append([]string{"intake", "status"}, of...)...); !strings.Contains(got, "TOPIC") || !strings.Contains(got, topic+" ") {
		t.Errorf("intake status prints %s", got)
	}
	if status, _ := fetched(t, url+"/api/v1/tasks"); status != http.StatusNotFound {
		t.Errorf("an intake answers about tasks with %d", status)
	}
}

// A service that carries records over is not ready while it cannot, and tells how far it is.
func TestRunTellsOfItsIntake(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	file := shopOn(t, environment, 2, shopRecords)
	url, stop := listening(t, environment, "run", "--intake", file)
	defer stop()
	enginetest.Eventually(t, "all is carried over", func() bool {
		_, text := fetched(t, url+"/metrics")
		return strings.Contains(text, "sellerpulse_intake_events_total 2\n") && strings.Contains(text, `sellerpulse_intake_dead_letters_total{reason="invalid"} 1`)
	})
	enginetest.Eventually(t, "it is ready", func() bool {
		status, _ := fetched(t, url+"/readyz")
		return status == http.StatusOK
	})
	if _, text := fetched(t, url+survey.IntakePath); !strings.Contains(text, `"mapping":"shop","group":"`+environment["SELLERPULSE_APP_ID"]+`-intake-shop","waits":null`) || strings.Count(text, `"lag":0`) != 2 {
		t.Errorf("it tells %s", text)
	}
}
