package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/display"
	"sellerpulse/pkg/events"
)

// newProduce is `processor produce`.
func newProduce(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "produce [flags] [FILE]", Short: "Send events from lines of JSON to the topics",
		Args: atMostOneFile,
		Long: `Sends events to the input topics, Avro-encoded, keyed by seller. FILE has an event a line as JSON, in UTF-8, and may be compressed with
gzip; without it, or with "-", standard input is read. The first line that is no valid event, or cannot be read whole, stops it; all events
before that line are sent, none after it.`,
		Example: `  processor produce events.jsonl.gz
  generate-events | processor produce --brokers kafka:9092
  zstd -dc events.jsonl.zst | processor produce -
  echo '{"topic":"feedback","kind":"LEFT","event_id":"e1","occurred_at":"2026-01-09T10:00:00Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}' | processor produce`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "-" {
				return s.produceFile(cmd.Context(), args[0])
			}
			return s.produce(cmd.Context(), "standard input", s.stdin, -1)
		},
	}
}

func atMostOneFile(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage("unexpected argument %q: one file at a time", args[1])
	}
	return nil
}

func (s *session) produceFile(ctx context.Context, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	defer file.Close()
	size := int64(-1)
	if stat, err := file.Stat(); err == nil && stat.Mode().IsRegular() {
		size = stat.Size()
	} else if err == nil && stat.IsDir() {
		return fmt.Errorf("read events: %s is a directory: name a file, or use `cat %s/* | processor produce -`", name, name)
	}
	return s.produce(ctx, name, file, size)
}

// produce sends what is read, of so many bytes, or -1 where that is not known.
func (s *session) produce(ctx context.Context, name string, from io.Reader, size int64) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	o := feed.Options{Client: client, Topics: s.shared.topics(), Logger: s.log.With("file", name)}
	if o.Partitions, err = provision.Inputs(ctx, client, o.Topics); err != nil {
		return err
	}
	sender, err := feed.NewSender(ctx, o)
	if err != nil {
		return err
	}
	if terminal(from) {
		s.log.Info("waiting for events, a line of JSON each: Ctrl-D ends them, Ctrl-C stops")
	}
	from, finish := s.progress(name, from, size)
	started := time.Now()
	err = sender.Lines(ctx, from)
	finish()
	sent := sender.Sent()
	if err != nil {
		return produceError(name, &sent, err)
	}
	s.tellSent(&sent, time.Since(started))
	return nil
}

// progress shows how much has been read, if someone looks.
func (s *session) progress(name string, from io.Reader, size int64) (shown io.Reader, finish func()) {
	if !terminal(s.stderr) {
		return from, func() {}
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(s.stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(display.Cell(name, idWidth)), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	reader := progressbar.NewReader(from, bar)
	return &reader, func() { _ = bar.Finish() }
}

// produceError names the line that was refused, and says what was sent all the same.
func produceError(name string, sent *feed.Sent, err error) error {
	var line *feed.LineError
	switch {
	case errors.As(err, &line):
		err = fmt.Errorf("%s:%d: %w", name, line.Line, line.Err)
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	default:
		err = fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%w (%s before that were sent)", err, plural(sent.Total(), "event"))
}

// tellSent ends standard error with what was sent: a line of the log, where that is for programs.
func (s *session) tellSent(sent *feed.Sent, took time.Duration) {
	if s.shared.logFormat.value == "json" {
		s.log.Info("sent", "events", sent.Total(), "after", took.Round(time.Millisecond))
		return
	}
	fmt.Fprintln(s.stderr, sentText(sent, took))
}

// sentText is how many events were sent how fast, by topic.
func sentText(sent *feed.Sent, took time.Duration) string {
	text := fmt.Sprintf("sent %s in %.1f s", plural(sent.Total(), "event"), took.Seconds())
	if seconds := took.Seconds(); seconds >= 0.1 {
		text += fmt.Sprintf(", %s a second", grouped(int64(float64(sent.Total())/seconds)))
	}
	separator := ": "
	for topic, n := range sent {
		if n > 0 {
			text += fmt.Sprintf("%s%s %s", separator, events.Topic(topic), grouped(n))
			separator = ", "
		}
	}
	return text
}
