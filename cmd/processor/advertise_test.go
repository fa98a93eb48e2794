package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/brokertest"
)

// told is what the members of a group tell when they join it.
func told(t *testing.T, b *brokertest.Broker, group string) (texts []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addresses...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	groups, err := kadm.NewClient(client).DescribeGroups(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range groups[group].Members {
		if joined, ok := m.Join.AsConsumer(); ok {
			texts = append(texts, string(joined.UserData))
		}
	}
	return texts
}

// A process tells its group where others reach it: the service its own, and a candidate's process its candidate's, and then that of the live application
// once it works for that.
func TestProcessesTellTheirGroupWhereTheyAre(t *testing.T) {
	b := brokertest.Embedded(t)
	environment, app := topicsAt(t, b), b.Prefix+"app"
	must(t, environment, shop, "produce")
	tells := func(group, address string) {
		t.Helper()
		await(t, group+" is told "+address, func() bool {
			all := told(t, b, group)
			return len(all) == 1 && strings.Contains(all[0], `"address":"`+address+`"`)
		})
	}
	background(t, environment, "run", "--listen", "127.0.0.1:0", "--advertise", "live.example:8080", "--state-dir", t.TempDir())
	tells(app, "http://live.example:8080")
	background(t, environment, "backfill", "start", "x", "--listen", "127.0.0.1:0", "--advertise", "https://candidate.example", "--state-dir", filepath.Join(t.TempDir(), "x"),
		"--rules", write(t, "rules.yaml", fewRules))
	tells(app+"-backfill-x", "https://candidate.example")
	await(t, "both are far enough for a cut-over", func() bool { return call(t, environment, "", "backfill", "cut-over", "x").code == exitDone })
	tells(app, "https://candidate.example")
}
