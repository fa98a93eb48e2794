package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app/export"
	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// exportFlags is what `processor export` is told.
type exportFlags struct {
	from, to    instant
	sellers     []string
	file        string
	output      choice
	codec       choice
	partitioner choice
}

// newExport is `processor export`.
func newExport(s *session) *cobra.Command {
	flags := exportFlags{
		from: instant{at: events.None}, to: instant{at: events.None}, output: choice{"", []string{"json", "avro"}},
		codec: choice{"deflate", eventfile.Codecs()}, partitioner: choice{"murmur2", []string{"murmur2", "any"}},
	}
	cmd := &cobra.Command{
		Use: "export [flags]", Short: "Write events out of the topics to a file", Args: noArguments,
		Long: `Writes the events of a time span, as produce takes them: a line of JSON each, or an Avro object container file. It reads what is committed up to the
ends that the topics have at its start, and changes nothing. Events come in the order of their time, those of a seller and topic in the order of
their log, each as often as it is there; produced anew, to as many partitions, they give the same numbers and alerts. Records that no processor
would apply, such as those that are no events, are left out, and told.`,
		Example: `  processor export --file events.jsonl.zst
  processor export --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --file march.avro
  processor export --seller S1 --seller S2 | jq -r .kind | sort | uniq -c
  processor export | processor produce --topic-prefix copy-`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, err := s.exportForm(&flags)
			if err != nil {
				return err
			}
			return s.exportTo(cmd.Context(), &flags, form)
		},
	}
	f := cmd.Flags()
	f.Var(&flags.from, "from", "first `time` of the span, of occurred_at; without it, from the beginning of the topics")
	f.Var(&flags.to, "to", "`time` that ends the span, no longer in it; without it, to the end of the topics")
	f.StringArrayVar(&flags.sellers, "seller", nil, "`id` of a seller; given several times, of each of them; without it all")
	f.StringVar(&flags.file, "file", "", "`file` to write, in place of standard output; .gz or .zst at its end compresses it")
	addChoice(cmd, f, &flags.output, "output", "`form` of the events; without it as the file's name ends, or else json")
	addChoice(cmd, f, &flags.codec, "compression", "`codec` of an Avro file")
	addChoice(cmd, f, &flags.partitioner, "partitioner", "`how` sellers are spread over partitions, as `processor run` has it")
	return cmd
}

// exportForm is the form that flags ask for, if they fit together.
func (s *session) exportForm(flags *exportFlags) (eventfile.Form, error) {
	form := eventfile.FormOf(flags.file)
	if flags.output.value != "" {
		form.Container = flags.output.value == "avro"
	}
	form.Codec = flags.codec.value
	switch from, to := flags.from.at, flags.to.at; {
	case from != events.None && to != events.None && from >= to:
		return form, usage("--from %s is not before --to %s: --to is no longer in the span", flags.from.text, flags.to.text)
	case form.Container && flags.file == "" && terminal(s.stdout):
		return form, usage("an Avro file is nothing for a terminal: name one with --file, or redirect the output")
	}
	return form, nil
}

func (s *session) exportTo(ctx context.Context, flags *exportFlags, form eventfile.Form) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	o := export.Options{
		Client: client, Topics: s.shared.topics(), TrustPartition: flags.partitioner.value == "any",
		Schema: s.schemaOf(ctx), From: flags.from.at, To: flags.to.at, Sellers: flags.sellers,
	}
	if o.Partitions, err = provision.Inputs(ctx, client, o.Topics); err != nil {
		return err
	}
	started := time.Now()
	var counts feed.Sent
	err = s.toFile(flags.file, func(to io.Writer) (err error) {
		counts, err = s.export(ctx, o, to, form)
		return err
	})
	if err != nil {
		return err
	}
	s.tell("exported", &counts, time.Since(started))
	return nil
}

// export writes the events, and tells what is none.
func (s *session) export(ctx context.Context, o export.Options, to io.Writer, form eventfile.Form) (counts feed.Sent, err error) {
	w, err := eventfile.NewWriter(to, form)
	if err != nil {
		return counts, err
	}
	refused := refusals{s: s}
	o.Refused = refused.tell
	show, finish := s.exported()
	o.Read = show
	err = export.Events(ctx, o, func(e *events.Event) error {
		counts[e.Topic]++
		return w.Write(e)
	})
	finish()
	if closed := w.Close(); err == nil {
		err = closed
	}
	refused.sum()
	return counts, err
}

// exported shows how many records are read, if someone looks.
func (s *session) exported() (show func(records, all int64), finish func()) {
	if !terminal(s.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(s.stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("records"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	return func(records, all int64) {
		bar.ChangeMax64(all)
		_ = bar.Set64(records) // What is shown matters to nobody else.
	}, func() { _ = bar.Finish() }
}

// refusals tells of records that are not exported: the first ones one by one.
type refusals struct {
	s     *session
	count int64
}

const refusalsTold = 10

func (r *refusals) tell(at stream.Position, why error) {
	if r.count++; r.count <= refusalsTold {
		r.s.log.Warn("not exported: no processor applies it", "record", fmt.Sprintf("%v@%d", at.TopicPartition, at.Offset), "error", why)
	}
}

func (r *refusals) sum() {
	if r.count > 0 {
		r.s.log.Warn("records were not exported: the dead letters have them", "records", r.count)
	}
}

// partial ends the name of a file that is being written.
const partial = ".partial"

// toFile has a file written, or standard output for an empty name. A regular file appears under its name when it is whole.
func (s *session) toFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return write(s.stdout)
	}
	place := name + partial
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		place = name
	}
	file, err := os.Create(place)
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	err = write(file)
	if place != name && err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil && place != name {
		err = os.Rename(place, name)
	}
	if err != nil && place != name {
		os.Remove(place)
	}
	return err
}
