package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

// secured is an Apache Kafka that lets in only who logs in, and what users of it set in the environment.
type secured struct {
	*brokertest.SecuredBroker
	authority string // file
}

func newSecured(t *testing.T) secured {
	broker := brokertest.Secured(t)
	return secured{broker, write(t, "ca.pem", broker.PEM)}
}

func (s secured) environment(user, password string) map[string]string {
	return map[string]string{
		"SELLERPULSE_BROKERS": s.SASL[0], "SELLERPULSE_APP_ID": s.Prefix + "app", "SELLERPULSE_TOPIC_PREFIX": s.Prefix,
		"SELLERPULSE_TLS_CA": s.authority, "SELLERPULSE_SASL_MECHANISM": "SCRAM-SHA-512", "SELLERPULSE_SASL_USERNAME": user, passwordVariable: password,
	}
}

// user makes a user of the test's own who may do nothing yet.
func (s secured) user(t *testing.T, name string) (user string, environment map[string]string) {
	t.Helper()
	user = s.Prefix + name
	s.AddScramUser(t, user, "secret of "+name)
	return user, s.environment(user, "secret of "+name)
}

func (s secured) topic(operation kmsg.ACLOperation, name string) brokertest.Permission {
	return brokertest.Permission{Operation: operation, Resource: kmsg.ACLResourceTypeTopic, Name: s.Prefix + name}
}

// permissions are those that docs/security.md lists.
func (s secured) permissions(command string) []brokertest.Permission {
	const (
		read, write, create, configs = kmsg.ACLOperationRead, kmsg.ACLOperationWrite, kmsg.ACLOperationCreate, kmsg.ACLOperationDescribeConfigs
	)
	inputs := []string{"orders", "shipments", "feedback", "claims", "chargebacks", "returns"}
	outputs := []string{"alerts", "seller-health", "dead-letters"}
	var all []brokertest.Permission
	add := func(names []string, operations ...kmsg.ACLOperation) {
		for _, name := range names {
			for _, operation := range operations {
				all = append(all, s.topic(operation, name))
			}
		}
	}
	switch command {
	case "topics":
		add(append(inputs, append(outputs, s.Prefix+"app-changelog", s.Prefix+"app-rules")...), create, kmsg.ACLOperationDescribe, configs)
	case "check":
		add(append(inputs, append(outputs, s.Prefix+"app-changelog", s.Prefix+"app-rules")...), kmsg.ACLOperationDescribe, configs)
	case "run":
		add(inputs, read, configs)
		add(outputs, write, configs)
		add([]string{s.Prefix + "app-changelog"}, read, write, configs)
		add([]string{s.Prefix + "app-rules"}, read, configs)
		all = append(all,
			brokertest.Permission{Operation: read, Resource: kmsg.ACLResourceTypeGroup, Name: s.Prefix + "app"},
			brokertest.Permission{Operation: write, Resource: kmsg.ACLResourceTypeTransactionalId, Name: s.Prefix + "app-", Prefixed: true})
	case "rules apply":
		add([]string{s.Prefix + "app-rules"}, read, write)
		all = append(all,
			brokertest.Permission{Operation: kmsg.ACLOperationDescribe, Resource: kmsg.ACLResourceTypeGroup, Name: s.Prefix + "app"},
			brokertest.Permission{Operation: write, Resource: kmsg.ACLResourceTypeTransactionalId, Name: s.Prefix + "app-rules"})
	case "rules status":
		add([]string{s.Prefix + "app-rules"}, read)
		add(inputs, kmsg.ACLOperationDescribe)
		all = append(all, brokertest.Permission{Operation: kmsg.ACLOperationDescribe, Resource: kmsg.ACLResourceTypeGroup, Name: s.Prefix + "app"})
	case "rules history":
		add([]string{s.Prefix + "app-rules"}, read)
	case "produce":
		add(inputs, write, configs)
	case "export":
		add(inputs, read, configs)
	case "alerts", "why":
		add([]string{"alerts"}, read, configs)
	case "report":
		add([]string{"seller-health"}, read, configs)
	case "dashboard":
		add(outputs, read)
		all = append(all, brokertest.Permission{Operation: kmsg.ACLOperationDescribe, Resource: kmsg.ACLResourceTypeGroup, Name: s.Prefix + "app"})
	case "dead-letters list", "dead-letters show":
		add(inputs, kmsg.ACLOperationDescribe)
		add([]string{"dead-letters", ledgerName}, read)
	case "dead-letters resubmit", "dead-letters resubmit --mapping":
		add(inputs, write, configs)
		add([]string{"dead-letters"}, read)
		add([]string{ledgerName}, create, read, write)
		all = append(all, brokertest.Permission{Operation: write, Resource: kmsg.ACLResourceTypeTransactionalId, Name: s.Prefix + ledgerName})
	}
	return slices.Concat(all, s.backfillPermissions(command), s.intakePermissions(command))
}

// backfillPermissions are those of the commands of backfills.
func (s secured) backfillPermissions(command string) (all []brokertest.Permission) {
	const (
		read, write, create, remove    = kmsg.ACLOperationRead, kmsg.ACLOperationWrite, kmsg.ACLOperationCreate, kmsg.ACLOperationDelete
		describe, configs              = kmsg.ACLOperationDescribe, kmsg.ACLOperationDescribeConfigs
		topic, group, transactionalIDs = kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup, kmsg.ACLResourceTypeTransactionalId
	)
	inputs := func(operations ...kmsg.ACLOperation) {
		for _, name := range []string{"orders", "shipments", "feedback", "claims", "chargebacks", "returns"} {
			for _, operation := range operations {
				all = append(all, s.topic(operation, name))
			}
		}
	}
	own := func(resource kmsg.ACLResourceType, operations ...kmsg.ACLOperation) {
		name := s.Prefix + "app-backfill-"
		if resource == topic {
			name = s.Prefix + name
		}
		for _, operation := range operations {
			all = append(all, brokertest.Permission{Operation: operation, Resource: resource, Name: name, Prefixed: true})
		}
	}
	live := func() {
		all = append(all, brokertest.Permission{Operation: describe, Resource: group, Name: s.Prefix + "app"})
	}
	switch command {
	case "backfill start":
		inputs(read, configs)
		all = append(all, s.topic(read, s.Prefix+"app-rules"), s.topic(configs, s.Prefix+"app-rules"))
		own(topic, create, read, write, configs)
		own(group, read)
		own(transactionalIDs, write)
		live()
	case "backfill list":
		inputs(describe)
		own(topic, read)
		own(group, describe)
	case "backfill status":
		inputs(describe)
		own(topic, read)
		own(group, describe)
		live()
	case "backfill diff":
		inputs(describe)
		own(topic, read)
		own(group, describe)
		all = append(all, brokertest.Permission{Operation: describe, Resource: group, Name: s.Prefix + "app"},
			s.topic(read, s.Prefix+"app-changelog"), s.topic(read, "seller-health"), s.topic(read, "alerts"))
	case "backfill cut-over":
		inputs(describe)
		own(topic, create, read, write, configs, remove)
		own(group, describe)
		own(transactionalIDs, write)
		all = append(all, brokertest.Permission{Operation: describe, Resource: group, Name: s.Prefix + "app"})
	case "backfill discard":
		inputs(describe)
		own(topic, read, write, remove)
		own(group, remove)
		live()
	}
	return all
}

// Each command succeeds with what is listed for it. Without any one of these it names the one.
func TestEachCommandNeedsJustItsPermissions(t *testing.T) {
	s := newSecured(t)
	file := s.source(t)
	for _, c := range []struct{ command, stdin, args string }{
		{"topics", "", "topics --partitions 1"},
		{"check", "", "topics --check"},
		{"produce", shop, "produce"},
		{"export", "", "export"},
		{"run", "", "run --until-end"},
		{"rules apply", "", "rules apply amazon-2022 --no-wait"},
		{"rules status", "", "rules status"},
		{"rules history", "", "rules history"},
		{"alerts", "", "alerts --from-beginning --until-end --output json"},
		{"report", "", "report --seller S1"},
		{"why", "", "why S1/odr-early/1"},
		{"backfill start", "", "backfill start x --until-end"},
		{"backfill list", "", "backfill list"},
		{"backfill status", "", "backfill status x"},
		{"backfill diff", "", "backfill diff x"},
		{"intake", "", "intake --until-end --mapping " + file},
		{"intake status", "", "intake status --mapping " + file},
		{"mapping try", "", "mapping try " + file},
		{"dead-letters resubmit --mapping", "", "dead-letters resubmit --reason orphan --mapping " + file},
		{"dead-letters resubmit", "", "dead-letters resubmit --reason misrouted"},
		{"dead-letters list", "", "dead-letters list"},
		{"dead-letters show", "", "dead-letters show " + s.Prefix + "dead-letters/0@0"},
		{"backfill discard", "", "backfill discard x --yes"},
	} {
		user, environment := s.user(t, strings.ReplaceAll(c.command, " ", "-"))
		permissions := s.permissions(c.command)
		s.Allow(t, user, permissions...)
		args := strings.Fields(c.args)
		if c.command == "run" || c.command == "backfill start" || c.command == "backfill discard" {
			args = append(args, "--state-dir", t.TempDir())
		}
		if c.command == "topics" {
			s.withoutCreate(t, user, environment)
		}
		succeed := func() {
			s.refuse(t, c.command)
			if out := must(t, environment, c.stdin, args...); c.command == "alerts" && !strings.Contains(out, "S1/odr-early/1") {
				t.Errorf("alerts prints %q", out)
			}
		}
		if c.command != "backfill discard" {
			succeed()
		} else {
			defer succeed() // After it there is nothing left to be refused.
		}
		for _, p := range permissions {
			if p.Operation == kmsg.ACLOperationCreate {
				continue // the topics are there now
			}
			if c.command == "backfill start" && p.Operation == kmsg.ACLOperationDescribe {
				continue // It looks at the live group when it is begun, which it was.
			}
			if c.command == "backfill list" && p.Operation == kmsg.ACLOperationRead {
				continue // What must not be seen is not listed.
			}
			t.Run(c.command+" without "+strings.ReplaceAll(p.String(), s.Prefix, ""), func(t *testing.T) {
				s.refuse(t, c.command)
				s.Forbid(t, user, p)
				defer s.Allow(t, user, p)
				got := call(t, environment, c.stdin, args...)
				if c.command == "intake" { // The log has said it before, when it was tried first.
					got.stderr = got.stderr[max(0, strings.LastIndex(got.stderr, "processor: ")):]
				}
				checkNamed(t, got, p)
			})
		}
	}
}

// ofEachTopic is what begins an event of each input, and eventOfS1 its end.
var ofEachTopic = map[string]string{
	"orders": `"kind":"CONFIRMED"`, "shipments": `"kind":"SCANNED","shipment_id":"1"`, "feedback": `"kind":"REMOVED","feedback_id":"1"`, "claims": `"kind":"OPENED","claim_id":"1"`,
	"chargebacks": `"kind":"REVERSED","chargeback_id":"1"`, "returns": `"kind":"REQUESTED","return_id":"1"`,
}

const eventOfS1 = `,"event_id":"e","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S1","order_id":"O1"}`

// refuse publishes a dead letter of each input, for a command that sends them again, and a record of somebody else, for one that carries it over.
func (s secured) refuse(t *testing.T, command string) {
	t.Helper()
	if command == "intake" {
		m := stream.Message{Value: []byte(`{"topic":"orders",` + ofEachTopic["orders"] + eventOfS1)}
		sendTo(t, s.Broker, []stream.Message{m}, func(int) stream.TopicPartition { return stream.TopicPartition{Topic: s.Prefix + "shop"} })
	}
	mapped := command == "dead-letters resubmit --mapping"
	if command != "dead-letters resubmit" && !mapped {
		return
	}
	number := time.Now().UnixNano()
	var letters []stream.Message
	for topic, value := range ofEachTopic {
		number++
		reason, source, offset := "misrouted", s.Prefix+topic, strconv.FormatInt(number, 10) // which no other has
		if mapped {
			reason, value, source = "orphan", `"topic":"`+topic+`",`+value, s.Prefix+"shop"
		}
		m := stream.Message{Value: []byte(`{` + value + eventOfS1)}
		for _, h := range [][2]string{{"reason", reason}, {"source.topic", source}, {"source.partition", "0"}, {"source.offset", offset}} {
			m.Headers = append(m.Headers, stream.Header{Key: h[0], Value: []byte(h[1])})
		}
		letters = append(letters, m)
	}
	sendTo(t, s.Broker, letters, func(int) stream.TopicPartition { return stream.TopicPartition{Topic: s.Prefix + "dead-letters"} })
}

// withoutCreate lets the first creation of a topic fail.
func (s secured) withoutCreate(t *testing.T, user string, environment map[string]string) {
	t.Helper()
	p := s.topic(kmsg.ACLOperationCreate, "alerts")
	s.Forbid(t, user, p)
	checkNamed(t, call(t, environment, "", "topics", "--partitions", "1"), p)
	s.Allow(t, user, p)
}

// toolNames are what kafka-acls.sh and errors call resources and operations.
var toolNames = map[string]string{
	"TOPIC": "Topic", "GROUP": "Group", "TRANSACTIONAL_ID": "TransactionalId",
	"READ": "Read", "WRITE": "Write", "CREATE": "Create", "DESCRIBE": "Describe", "DESCRIBE_CONFIGS": "DescribeConfigs", "DELETE": "Delete",
}

// checkNamed wants the missing permission named. Where it was the only one for a topic, Describe is what is missing first.
func checkNamed(t *testing.T, got result, missing brokertest.Permission) {
	t.Helper()
	if strings.Contains(got.stderr, "grant IdempotentWrite on Cluster") && missing.Operation == kmsg.ACLOperationWrite {
		return // Who may write to no topic at all may not be a producer.
	}
	on := " on " + toolNames[missing.Resource.String()] + ` "` + missing.Name
	want := "grant " + toolNames[missing.Operation.String()] + on
	included := "grant Describe (which Read and Write include)" + on
	if got.code != exitFailed || !strings.Contains(got.stderr, want) && !strings.Contains(got.stderr, included) {
		t.Errorf("code %d, error %q; want 1 and %q", got.code, got.stderr, want)
	}
	if strings.Count(got.stderr, "grant ") != 1 || strings.Contains(got.stderr, "secret of") {
		t.Errorf("error %q; want one permission named and no secret", got.stderr)
	}
}

// A client certificate is enough to be known, by its subject.
func TestTopicsByCertificate(t *testing.T) {
	s := newSecured(t)
	name := s.Prefix + "client"
	certificate, err := s.Issue(name)
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{
		"SELLERPULSE_BROKERS": s.Mutual[0], "SELLERPULSE_APP_ID": s.Prefix + "app", "SELLERPULSE_TOPIC_PREFIX": s.Prefix,
		"SELLERPULSE_TLS_CA": s.authority, "SELLERPULSE_TLS_CERT": write(t, "c.pem", certificate.Chain), "SELLERPULSE_TLS_KEY": write(t, "k.pem", certificate.Key),
	}
	checkNamed(t, call(t, environment, "", "topics", "--partitions", "1"), s.topic(kmsg.ACLOperationDescribe, ""))
	s.Allow(t, "CN="+name, s.permissions("topics")...)
	must(t, environment, "", "topics", "--partitions", "1")
}
