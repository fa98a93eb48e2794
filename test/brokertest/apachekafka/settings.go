package apachekafka

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// settings is the server.properties of node index: built for a fast start and small, replicated as widely as there are nodes.
func (c *Cluster) settings(index int) map[string]string {
	node := c.nodes[index]
	replicas := strconv.Itoa(min(len(c.nodes), 3))
	leastInSync := strconv.Itoa(max(1, min(len(c.nodes), 3)-1))
	settings := map[string]string{
		"node.id":                                          strconv.Itoa(index + 1),
		"process.roles":                                    "broker,controller",
		"controller.quorum.voters":                         c.voters(),
		"controller.listener.names":                        "CONTROLLER",
		"listeners":                                        "PLAINTEXT://" + node.broker.address() + ",CONTROLLER://" + node.controller.address(),
		"listener.security.protocol.map":                   "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                                         node.directory,
		"auto.create.topics.enable":                        "false",
		"num.partitions":                                   "1",
		"default.replication.factor":                       replicas,
		"min.insync.replicas":                              leastInSync,
		"offsets.topic.num.partitions":                     "5",
		"offsets.topic.replication.factor":                 replicas,
		"transaction.state.log.num.partitions":             "5",
		"transaction.state.log.replication.factor":         replicas,
		"transaction.state.log.min.isr":                    leastInSync,
		"share.coordinator.state.topic.replication.factor": replicas,
		"share.coordinator.state.topic.min.isr":            leastInSync,
		"group.initial.rebalance.delay.ms":                 "0",
		"group.min.session.timeout.ms":                     "6000",
		// How soon a timed-out transaction is aborted, and how soon a killed node is missed.
		"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
		"broker.session.timeout.ms":                                   "3000",
		"broker.heartbeat.interval.ms":                                "500",
		// Tests write records of years ago; they must not be deleted under them.
		"log.retention.ms": "-1",
		// The default sets 128 MiB of the heap aside.
		"log.cleaner.dedupe.buffer.size": "16777216",
	}
	for _, name := range slices.Sorted(maps.Keys(c.options.Listeners)) {
		settings["listeners"] += "," + name + "://" + node.further[name].address()
		settings["listener.security.protocol.map"] += "," + name + ":" + c.options.Listeners[name]
	}
	if node.advertised != "" {
		settings["listeners"] += "," + proxied + "://" + node.further[proxied].address()
		settings["listener.security.protocol.map"] += "," + proxied + ":PLAINTEXT"
		settings["advertised.listeners"] = "PLAINTEXT://" + node.broker.address() + "," + proxied + "://" + node.advertised
		settings["inter.broker.listener.name"] = "PLAINTEXT"
	}
	maps.Copy(settings, c.options.Settings)
	return settings
}

func (c *Cluster) voters() string {
	voters := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		voters[i] = fmt.Sprintf("%d@%s", i+1, node.controller.address())
	}
	return strings.Join(voters, ",")
}

// properties writes settings in Java's format, sorted. Of what that format would have escaped, only the ends of lines occur here.
func properties(settings map[string]string) []byte {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(settings[key], "\n", `\n`))
	}
	return []byte(text.String())
}
