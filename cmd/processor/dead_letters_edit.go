package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"unicode/utf8"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// replaced is a dead letter that another event is to be sent in place of.
type replaced struct {
	deadletter.Letter
	Topic events.Topic
	text  []byte // JSON to begin with, or whatever text the value is
	fault string
}

// replacedBy reads what there is of the record.
func replacedBy(ctx context.Context, r *letters.Reader, l *letters.Letter) (*replaced, error) {
	err := r.Restore(ctx, l)
	if _, refused := errors.AsType[*letters.Refusal](err); err != nil && !refused {
		return nil, err
	}
	out := &replaced{Letter: deadletter.Letter{Place: l.Place, Source: l.Source, Reason: l.Reason, Error: l.Error}, Topic: l.Topic}
	var indented bytes.Buffer
	switch {
	case l.Fault == nil:
		_ = json.Indent(&indented, events.AppendJSON(nil, &l.Event, true), "", "  ") // It is JSON.
		out.text = indented.Bytes()
	case json.Indent(&indented, l.Value, "", "  ") == nil:
		out.text = indented.Bytes()
	case utf8.Valid(l.Value):
		out.text = bytes.Clone(l.Value)
	}
	if l.Fault != nil {
		out.fault = l.Fault.Error()
	}
	return out, nil
}

// edited opens the event in an editor. What is written there is kept until it was sent.
func (s *session) edited(ctx context.Context, l *replaced) (instead *events.Event, done func(error) error, err error) {
	done = func(err error) error { return err }
	path, err := l.write()
	if err != nil {
		return nil, done, fmt.Errorf("write the event to be edited: %w", err)
	}
	keep := func(err error) error {
		if err == nil {
			return os.Remove(path)
		}
		return fmt.Errorf("%w; what was written is in %s, for --with", err, path)
	}
	if err := s.editor(ctx, path); err != nil {
		return nil, done, keep(err)
	}
	text, err := s.readEvent(path)
	if err == nil && len(bytes.TrimSpace(text)) == 0 {
		return nil, done, errors.Join(os.Remove(path), errors.New("nothing is sent: the text was left empty"))
	}
	if err == nil {
		instead, err = parseReplacement(text, l.Topic)
	}
	if err != nil {
		return nil, done, keep(err)
	}
	return instead, keep, nil
}

// write writes the event to a file of its own, below what is wrong with it.
func (l *replaced) write() (path string, err error) {
	file, err := os.CreateTemp("", "dead-letter-*.json")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	comment := func(text string) { fmt.Fprintf(&b, "# %s\n", strings.ReplaceAll(text, "\n", " ")) }
	comment(fmt.Sprintf("%v was refused as %s: %s", deadletter.Place(l.Source), l.Reason, l.Error))
	if l.fault != "" && l.fault != l.Error {
		comment("As it is, it is no event: " + l.fault)
	}
	comment("The event below is sent in its place. Lines that begin with # are left out; without any other, nothing is sent.")
	b.Write(l.text)
	b.WriteByte('\n')
	_, err = file.WriteString(b.String())
	return file.Name(), errors.Join(err, file.Close())
}

// editor runs the user's editor on a file. It is a command of the shell, as other programs take it.
func (s *session) editor(ctx context.Context, path string) error {
	command := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if value, _ := s.environment(name); value != "" {
			command = value
		}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command+` "$@"`, "sh", path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.stdin, s.stderr, s.stderr
	if terminal(s.stdout) {
		cmd.Stdout = s.stdout
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("edit with %q, of $VISUAL or $EDITOR: %w", command, err)
	}
	return nil
}

// readEvent reads a file of one event, or standard input for "-", without the lines that are comments.
func (s *session) readEvent(name string) ([]byte, error) {
	const most = 4 * limits.Input // Room for blanks between what an event has.
	text, err := s.readInput(name, most+1)
	if err == nil && len(text) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			kept = append(kept, line...)
		}
	}
	return kept, err
}

// readInput reads the beginning of a file, or of standard input for "-".
func (s *session) readInput(name string, most int64) ([]byte, error) {
	from := s.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	return io.ReadAll(io.LimitReader(from, most))
}

// parseReplacement reads an event, which is of the record's topic unless it says another.
func parseReplacement(text []byte, topic events.Topic) (*events.Event, error) {
	var said struct {
		Topic *string `json:"topic"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, fmt.Errorf("it is not one event as JSON: %w", err)
	}
	var e events.Event
	if said.Topic != nil || topic == events.NumTopics {
		return &e, wrong(events.ParseLine(text, &e))
	}
	return &e, wrong(events.NewDecoder(events.DecoderOptions{MaxBytes: len(text)}).Decode(topic, text, &e))
}

func wrong(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("it is no event: %w", err)
}
