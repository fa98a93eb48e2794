package brokertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/test/brokertest/apachekafka"
)

// DescribeMembers is what Apache Kafka's own `kafka-consumer-groups.sh --describe --members --verbose` prints of a group. Without the jars it skips the
// test, or fails it with CI=true.
func DescribeMembers(t testing.TB, broker *Broker, group string) string {
	t.Helper()
	installation, err := apachekafka.Find()
	if err != nil {
		missing(t, err)
	}
	command := exec.CommandContext(
		t.Context(), installation.Java, "-cp", filepath.Join(installation.Libs, "*"), "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
		"--bootstrap-server", strings.Join(broker.Addresses, ","), "--describe", "--members", "--verbose", "--group", group)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("describe group %s: %v\n%s%s", group, err, output, problems.String())
	}
	return string(output)
}

// TopicsTool makes Apache Kafka's own `kafka-topics.sh`, and gives the directory in which it is.
func TopicsTool(t testing.TB) string {
	t.Helper()
	installation, err := apachekafka.Find()
	if err != nil {
		missing(t, err)
	}
	directory := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '%s/*' org.apache.kafka.tools.TopicCommand \"$@\"\n", installation.Java, installation.Libs)
	if err := os.WriteFile(filepath.Join(directory, "kafka-topics.sh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return directory
}
