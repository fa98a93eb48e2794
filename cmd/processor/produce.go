package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/display"
	"sellerpulse/internal/eventfile"
	"sellerpulse/pkg/events"
)

// newProduce is `processor produce`.
func newProduce(s *session) *cobra.Command {
	flags := checkFlags{most: 100, output: choice{"table", []string{"table", "json"}}}
	var mapped mappedFlags
	dryRun := false
	cmd := &cobra.Command{
		Use: "produce [flags] [FILE|FOLDER...]", Short: "Send events from files to the topics",
		Args: standardInputOnce, ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		Long: `Sends events to the input topics, Avro-encoded, keyed by seller. A FILE has an event a line as JSON, in UTF-8, or is an Avro object container file
of any codec; either may be compressed with gzip or zstd. What it is its content tells, not its name. Of a FOLDER all files are read, sorted by name,
those of its folders too; names that begin with "." or "_" are left out. Without a FILE, or for "-", standard input is read. The first event that is not
valid, or cannot be read whole, stops it; all events before it are sent, none after it. With --dry-run nothing is sent, no broker is needed, and all
errors are told. With --mapping files are in somebody else's form: JSON documents, arrays of them, Avro container files, CSV or tab-separated, of any encoding that the mapping names;
all events are sent in the order of their time then, and none if any record is wrong. docs/intake.md has more.`,
		Example: `  processor produce events.jsonl.gz
  processor produce --dry-run march/ april/
  processor produce orders.avro feedback.avro returns.jsonl.zst
  processor produce --mapping amazon-reports --set seller=A1B2C3 reports/
  generate-events | processor produce --brokers kafka:9092
  echo '{"topic":"feedback","kind":"LEFT","event_id":"e1","occurred_at":"2026-01-09T10:00:00Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}' | processor produce`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{eventfile.StandardInput}
			}
			files, err := eventfile.Find(args, eventfile.Named("standard input", s.openInput), s.log)
			if err != nil {
				return err
			}
			switch {
			case mapped.file != "" && dryRun:
				return s.checkMapped(cmd.Context(), files, &mapped, &flags)
			case mapped.file != "":
				return s.produceMapped(cmd.Context(), files, &mapped)
			case dryRun:
				return s.check(cmd.Context(), files, &flags)
			default:
				return s.produce(cmd.Context(), files)
			}
		},
	}
	f := cmd.Flags()
	addToggle(f, &dryRun, "dry-run", "send nothing, only check; the exit code is 1 if anything is wrong")
	f.Var(&flags.most, "max-errors", "errors that --dry-run tells one by one")
	addChoice(cmd, f, &flags.output, "output", "`form` of the summary of --dry-run")
	mapped.add(cmd)
	return cmd
}

func standardInputOnce(_ *cobra.Command, args []string) error {
	seen := false
	for _, arg := range args {
		if arg == eventfile.StandardInput && seen {
			return usage(`standard input is given twice as "-"`)
		}
		seen = seen || arg == eventfile.StandardInput
	}
	return nil
}

// openInput gives standard input, and tells who sits before it what it waits for.
func (s *session) openInput() io.Reader {
	if terminal(s.stdin) {
		s.log.Info("waiting for events, a line of JSON each: Ctrl-D ends them, Ctrl-C stops")
	}
	return s.stdin
}

func (s *session) produce(ctx context.Context, files eventfile.Files) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	o := feed.Options{Client: client, Topics: s.shared.topics()}
	if o.Partitions, err = provision.Inputs(ctx, client, o.Topics); err != nil {
		return err
	}
	if o.Encoder, err = s.encoder(ctx); err != nil {
		return err
	}
	sender, err := feed.NewSender(ctx, o)
	if err != nil {
		return err
	}
	shown, finish := s.readFiles(files.Bytes)
	started := time.Now()
	err = sender.Files(ctx, eventfile.Options{Files: files.List, Shown: shown, Encoder: o.Encoder, Logger: s.log})
	finish()
	sent := sender.Sent()
	if err != nil {
		return produceError(&sent, err)
	}
	s.tell("sent", &sent, time.Since(started))
	return nil
}

// readFiles shows how much has been read of so many bytes, -1 where that is not known, if someone looks.
func (s *session) readFiles(size int64) (shown func(string, io.Reader) io.Reader, finish func()) {
	if !terminal(s.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(s.stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	shown = func(name string, from io.Reader) io.Reader {
		bar.Describe(display.Cell(name, idWidth))
		reader := progressbar.NewReader(from, bar)
		return &reader
	}
	return shown, func() { _ = bar.Finish() }
}

// produceError says what was sent all the same.
func produceError(sent *feed.Sent, err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	return fmt.Errorf("%w (%s before that were sent)", err, plural(sent.Total(), "event"))
}

// tell ends standard error with what was done to how many events: a line of the log, where that is for programs.
func (s *session) tell(done string, counts *feed.Sent, took time.Duration) {
	if s.shared.logFormat.value == "json" {
		s.log.Info(done, "events", counts.Total(), "after", took.Round(time.Millisecond))
		return
	}
	fmt.Fprintln(s.stderr, countsText(done, counts, took))
}

// countsText is how many events it were how fast, by topic.
func countsText(done string, counts *feed.Sent, took time.Duration) string {
	text := fmt.Sprintf("%s %s in %.1f s", done, plural(counts.Total(), "event"), took.Seconds())
	if seconds := took.Seconds(); seconds >= 0.1 {
		text += fmt.Sprintf(", %s a second", grouped(int64(float64(counts.Total())/seconds)))
	}
	separator := ": "
	for topic, n := range counts {
		if n > 0 {
			text += fmt.Sprintf("%s%s %s", separator, events.Topic(topic), grouped(n))
			separator = ", "
		}
	}
	return text
}
