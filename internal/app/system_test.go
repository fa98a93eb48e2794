package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/survey"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// Either of two processes tells what both do, how much they have done, and what went to the dead letters.
func TestAnyProcessTellsWhatAllDo(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		o := optionsOn(t, broker)
		services := []*App{running(t, o), running(t, o)}
		awaitDivision(t, services...)
		client, err := stream.Dial(t.Context(), o.Kafka)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		all := cancelled([]string{"S1", "S2", "S3", "a/b"})
		old := all[0]
		old.OrderID, old.OrderDate = "old", time.Now().AddDate(-2, 0, 0).UnixMilli()
		all = append(all, old)
		if err := enginetest.Produce(t.Context(), client, o.Worker.Topics.Inputs, 2, all); err != nil {
			t.Fatal(err)
		}
		for n, a := range services {
			enginetest.Eventually(t, "both tell what they have done", func() bool {
				_, body := get(t, a, "/api/v1/partitions")
				var told survey.Partitions
				if err := json.Unmarshal([]byte(body), &told); err != nil {
					t.Fatal(err)
				}
				events, members := int64(0), map[string]bool{}
				for i := range told.Partitions {
					for _, at := range told.Partitions[i].Tasks {
						if at.Phase == task.Running && at.StreamTime != nil {
							members[at.Member] = true
							events += at.LastMinute
						}
					}
				}
				return !told.Stale && told.Not == nil && len(told.Members) == 2 && len(members) == 2 && events == int64(len(all))
			})
			awaitBody(t, a, "/system", o.Worker.Topics.Inputs[0]+"/")
			status, body := get(t, a, "/system")
			if status != http.StatusOK || !strings.Contains(body, "<strong>2 / 2</strong>") || !strings.Contains(body, "nothing, if the order is really so old") {
				t.Errorf("the page of process %d is %d %s", n, status, body)
			}
			if strings.Contains(body, `class="notice"`) {
				t.Errorf("the page of process %d misses something: %s", n, body)
			}
		}
	})
}
