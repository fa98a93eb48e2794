package brokertest

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

// Kind is what sort of broker a Broker is.
type Kind string

// The kinds of brokers.
const (
	EmbeddedKind Kind = "embedded" // franz-go's kfake, in this process
	KafkaKind    Kind = "kafka"    // Apache Kafka, a process of its own
)

// Broker is a broker, or a cluster of them, that a test may use until it ends.
type Broker struct {
	Kind      Kind
	Addresses []string // "host:port"s
	// Prefix is this test's own. It goes before every topic, group, application id and transactional id; topics that
	// begin with it are deleted after the test.
	Prefix string
}

// Each runs a test on the embedded broker and on Apache Kafka, as the subtests "embedded" and "kafka".
func Each(t *testing.T, test func(t *testing.T, broker *Broker)) {
	t.Helper()
	t.Run(string(EmbeddedKind), func(t *testing.T) { test(t, Embedded(t)) })
	t.Run(string(KafkaKind), func(t *testing.T) { test(t, Kafka(t)) })
}

// notInTopic is what a name of a topic cannot hold, and dots and underscores, which Kafka advises not to mix.
var notInTopic = regexp.MustCompile(`[^a-z0-9]+`)

// newPrefix is the test's name as far as a topic's may hold it, and eight random digits: runs of one test differ too.
func newPrefix(t testing.TB) string {
	const most = 80
	name := strings.Trim(notInTopic.ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
	var random [4]byte
	rand.Read(random[:]) // never fails
	return name[:min(most, len(name))] + "-" + hex.EncodeToString(random[:]) + "-"
}
