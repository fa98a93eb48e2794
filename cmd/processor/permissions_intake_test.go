package main

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// source makes a topic of somebody else, with events of every kind and a record that cannot be mapped, and a mapping file of it.
func (s secured) source(t *testing.T) (file string) {
	t.Helper()
	topic := s.Prefix + "shop"
	enginetest.Topics(t, s.Addresses, []stream.TopicSpec{{Name: topic, Partitions: 1, ReplicationFactor: 1}})
	messages := []stream.Message{{Value: []byte(`{"note":"closed"}`)}}
	for topic, value := range ofEachTopic {
		messages = append(messages, stream.Message{Value: []byte(`{"topic":"` + topic + `",` + value + eventOfS1)})
	}
	sendTo(t, s.Broker, messages, func(int) stream.TopicPartition { return stream.TopicPartition{Topic: topic} })
	return write(t, "secured.yaml", "mapping: secured\nsources:\n  - {topics: ["+topic+"], events: .}\n")
}

// intakePermissions are those of the commands that read topics of others.
func (s secured) intakePermissions(command string) (all []brokertest.Permission) {
	of := func(resource kmsg.ACLResourceType, operation kmsg.ACLOperation) brokertest.Permission {
		return brokertest.Permission{Operation: operation, Resource: resource, Name: s.Prefix + "app-intake-", Prefixed: true}
	}
	switch command {
	case "intake":
		for _, name := range append([]string{"dead-letters"}, inputs...) {
			all = append(all, s.topic(kmsg.ACLOperationWrite, name), s.topic(kmsg.ACLOperationDescribeConfigs, name))
		}
		all = append(all, s.topic(kmsg.ACLOperationRead, "shop"), of(kmsg.ACLResourceTypeGroup, kmsg.ACLOperationRead), of(kmsg.ACLResourceTypeTransactionalId, kmsg.ACLOperationWrite))
	case "intake status":
		all = append(all, s.topic(kmsg.ACLOperationDescribe, "shop"), of(kmsg.ACLResourceTypeGroup, kmsg.ACLOperationDescribe))
	case "dead-letters resubmit --mapping", "dead-letters resubmit", "dead-letters list", "dead-letters show": // There are letters of it.
		all = append(all, s.topic(kmsg.ACLOperationDescribe, "shop"))
	case "mapping try":
		all = append(all, s.topic(kmsg.ACLOperationRead, "shop"))
	}
	return all
}

// says runs a command until it has said a text on standard error, and tells all that it said. It may end of itself before.
func says(t *testing.T, environment map[string]string, text string, args ...string) (said string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	lines, stderr := io.Pipe()
	s := &session{environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: stderr}
	go func() {
		run(ctx, args, s)
		_ = stderr.Close()
	}()
	defer stop()
	for all := bufio.NewScanner(lines); all.Scan(); {
		if said += all.Text() + "\n"; strings.Contains(all.Text(), text) {
			stop() // What follows is read, so that it can end.
		}
	}
	return said
}

// A service that carries records over works with what is listed for it. Without any one of what `run` alone does not need it names the one, as it starts or as it goes on.
func TestRunWithIntakeNeedsJustItsPermissions(t *testing.T) {
	s := newSecured(t)
	admin, environment := s.user(t, "admin")
	s.Allow(t, admin, s.permissions("topics")...)
	must(t, environment, "", "topics", "--partitions", "1")
	file := s.source(t)
	user, environment := s.user(t, "both")
	intake := slices.DeleteFunc(s.permissions("intake"), func(p brokertest.Permission) bool {
		return slices.Contains(s.permissions("run"), p) || p.Resource == kmsg.ACLResourceTypeTransactionalId // That of `run` has the same beginning.
	})
	s.Allow(t, user, s.permissions("run")...)
	s.Allow(t, user, intake...)
	args := func() []string {
		return []string{"run", "--intake", file, "--state-dir", t.TempDir(), "--listen", ""}
	}
	// One that is without what it needs for the records that there are says so before it has committed any.
	for _, p := range intake {
		t.Run("without "+strings.ReplaceAll(p.String(), s.Prefix, ""), func(t *testing.T) {
			s.Forbid(t, user, p)
			defer s.Allow(t, user, p)
			on := "on " + toolNames[p.Resource.String()]
			said := says(t, environment, "grant ", args()...)
			name := strings.ReplaceAll(said, `\"`, `"`)
			if !strings.Contains(name, "grant "+toolNames[p.Operation.String()]+" "+on+` "`+p.Name) && !strings.Contains(name, "grant Describe (which Read and Write include) "+on+` "`+p.Name) {
				t.Errorf("it says %s, want %v to be named", said, p)
			}
		})
	}
	if said := says(t, environment, "could not be mapped", args()...); strings.Contains(said, "grant ") || !strings.Contains(said, "records of sources could not be mapped") {
		t.Errorf("with all permissions it says %s", said)
	}
}
