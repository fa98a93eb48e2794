package main

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/display"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// shared is the flags that mean the same everywhere.
type shared struct {
	brokers     []string
	appID       string
	topicPrefix string
	logLevel    choice
	logFormat   choice
	names       task.Topics // as given; empty for the default
	security    security
	registry    schemaRegistry
}

func (s *shared) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	s.brokers = []string{"127.0.0.1:9092"}
	f.Var(&addresses{list: &s.brokers}, "brokers", "`host:port` of some brokers, separated by commas; the others are found from these")
	f.StringVar(&s.appID, "app-id", "sellerpulse", "`name` of the application: its consumer group, and what its transactional ids and its changelog begin with")
	f.StringVar(&s.topicPrefix, "topic-prefix", "", "`text` put before the name of every topic as it is")
	f.String("config", "", "YAML `file` that sets flags")
	s.logLevel = choice{"info", []string{"debug", "info", "warn", "error"}}
	s.logFormat = choice{"text", []string{"text", "json"}}
	addChoice(root, f, &s.logLevel, "log-level", "least `level` that is logged")
	addChoice(root, f, &s.logFormat, "log-format", "`form` of the log")
	defaults := task.TopicsOf("", "<app-id>")
	for i := range s.names.Inputs {
		s.topicFlag(root, &s.names.Inputs[i], defaults.Inputs[i])
	}
	s.topicFlag(root, &s.names.Alerts, defaults.Alerts)
	s.topicFlag(root, &s.names.SellerHealth, defaults.SellerHealth)
	s.topicFlag(root, &s.names.DeadLetters, defaults.DeadLetters)
	s.topicFlag(root, &s.names.Changelog, defaults.Changelog)
	s.topicFlag(root, &s.names.Rules, defaults.Rules)
	s.security.flags(root)
	s.registry.flags(root)
}

func (s *shared) topicFlag(root *cobra.Command, to *string, name string) {
	flag := "topic-" + strings.TrimPrefix(name, "<app-id>-")
	f := root.PersistentFlags()
	f.StringVar(to, flag, "", "`name` of the topic (default "+name+")")
	_ = f.SetAnnotation(flag, groupAnnotation, []string{"topics"}) // It exists.
}

// legalName is what Kafka lets a topic be called.
var legalName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// check checks what flags cannot check alone.
func (s *shared) check() error {
	if !legalName.MatchString(s.appID) {
		return usage("--app-id: %q has other characters than letters, digits, '.', '_' and '-'", s.appID)
	}
	return s.checkTopics()
}

func (s *shared) checkTopics() error {
	seen := map[string]bool{}
	for _, name := range allTopics(s.topics()) {
		if !legalName.MatchString(name) || name == "." || name == ".." {
			return usage("topic name %q: use up to 249 letters, digits, '.', '_' and '-'", name)
		}
		if seen[name] {
			return usage("topic name %q is given twice", name)
		}
		seen[name] = true
	}
	return nil
}

// topics is the names of all topics.
func (s *shared) topics() task.Topics {
	t := task.TopicsOf(s.topicPrefix, s.appID)
	given := s.names
	rename := func(to *string, name string) {
		if name != "" {
			*to = s.topicPrefix + name
		}
	}
	for i := range t.Inputs {
		rename(&t.Inputs[i], given.Inputs[i])
	}
	rename(&t.Alerts, given.Alerts)
	rename(&t.SellerHealth, given.SellerHealth)
	rename(&t.DeadLetters, given.DeadLetters)
	rename(&t.Changelog, given.Changelog)
	rename(&t.Rules, given.Rules)
	return t
}

func allTopics(t task.Topics) []string {
	return append(t.Inputs[:events.NumTopics:events.NumTopics], t.Alerts, t.SellerHealth, t.DeadLetters, t.Changelog, t.Rules)
}

func (s *shared) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.logLevel.value)) // A choice is one of its values.
	options := &slog.HandlerOptions{Level: level}
	if s.logFormat.value == "json" {
		options.ReplaceAttr = durationsAsText
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(display.Lines(w), options))
}

// durationsAsText writes durations with their unit, as the log in text does: JSON would have bare nanoseconds.
func durationsAsText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// kafka is how to connect.
func (s *session) kafka() stream.Options {
	return stream.Options{
		Brokers: s.shared.brokers, ClientID: s.shared.appID, Logger: s.log, DialTimeout: s.dialTimeout,
		TLS: s.shared.security.config, SASL: s.shared.security.sasl,
	}
}

// dial connects. The caller closes the client.
func (s *session) dial(ctx context.Context) (*stream.Client, error) {
	return stream.Dial(ctx, s.kafka())
}
