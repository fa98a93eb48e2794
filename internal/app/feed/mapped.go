package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/mapping"
	"sellerpulse/pkg/events"
)

// MappedOptions say which files are sent by which mapping.
type MappedOptions struct {
	Mapping *mapping.Mapping
	Files   []eventfile.File
	Source  string                                      // of the mapping, for all files; empty: by their names
	Encoder events.Encoder                              // of what they become
	Shown   func(name string, from io.Reader) io.Reader // what is read of a file, on its way; may be nil
	Logger  *slog.Logger

	wrong func(*eventfile.Fault) // what to do with faults, to go on behind them; nil: the first one ends it
}

// Mapped hands on the events that the records of files become, file after file, those of one record together. Its error is an *eventfile.Fault for what
// cannot be read or mapped; all before that was handed on, and nothing after it.
func Mapped(ctx context.Context, o MappedOptions, take func([]mapping.Message) error) error {
	files, err := o.chosen()
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := o.goOn(o.file(ctx, file, take)); err != nil {
			return err
		}
	}
	return nil
}

// chosen are the files to be read. What a mapping says of files' names chooses those of folders, where its tables may lie too; a file that was named is
// read.
func (o *MappedOptions) chosen() (files []eventfile.File, err error) {
	if o.Source != "" || !o.Mapping.NamesFiles() {
		return o.Files, nil
	}
	for _, file := range o.Files {
		if file.Found() && o.Mapping.OfFile(file.Name) == nil {
			o.Logger.Info("passed over: the mapping has no source for files of this name; name it with --source to have it read", "file", file.Name)
			continue
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("mapping %s has no source for any of the files, by their names: give one with --source", o.Mapping.Name)
	}
	return files, nil
}

// goOn is nothing where an error is a fault behind which reading goes on.
func (o *MappedOptions) goOn(err error) error {
	fault := (*eventfile.Fault)(nil)
	if o.wrong == nil || !errors.As(err, &fault) {
		return err
	}
	o.wrong(fault)
	return nil
}

func (o *MappedOptions) file(ctx context.Context, file eventfile.File, take func([]mapping.Message) error) error {
	name := file.Name
	if o.Source != "" {
		name = o.Source
	}
	source, err := o.Mapping.Source(name)
	if err != nil {
		return &eventfile.Fault{File: file.Name, Err: err}
	}
	from, err := file.Open()
	if err != nil {
		return &eventfile.Fault{Err: err}
	}
	defer from.Close()
	shown := io.Reader(from)
	if o.Shown != nil {
		shown = o.Shown(file.Name, from)
	}
	text, done, err := eventfile.Unpack(shown, o.Logger)
	if err != nil {
		return &eventfile.Fault{File: file.Name, Err: err}
	}
	defer done()
	values, err := source.Open(text)
	if err != nil {
		return &eventfile.Fault{File: file.Name, Err: err}
	}
	return o.values(ctx, file.Name, source, values, take)
}

func (o *MappedOptions) values(ctx context.Context, name string, source *mapping.Source, values mapping.Values, take func([]mapping.Message) error) error {
	runner := source.NewRunner(o.Encoder)
	for ctx.Err() == nil {
		v, at, err := values.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var messages []mapping.Message
		if err == nil {
			messages, err = runner.MapValue(v, &mapping.Record{Topic: name, Offset: int64(at)}, nil)
		}
		if err == nil {
			err = take(messages)
		} else if fault := (&eventfile.Fault{File: name, Place: place(values, int64(at)), Err: err}); errors.As(err, new(*mapping.Error)) {
			err = o.goOn(fault) // The next record can be read.
		} else {
			err = fault
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// place is where in a file a value is.
func place(values mapping.Values, at int64) eventfile.Place {
	if c, ok := values.(*mapping.Container); ok {
		return eventfile.Place{Record: at, Block: c.Block()}
	}
	return eventfile.Place{Line: at}
}

// Mapped sends the events that the records of files become, all of them in the order of their time, since of files that are by order the next row goes back
// in time again. Nothing is sent unless all can be read and mapped. What [Sender.Sent] tells is right whatever the error.
func (s *Sender) Mapped(ctx context.Context, o MappedOptions) (err error) {
	all := newOrder()
	defer func() { err = errors.Join(err, all.close()) }()
	err = Mapped(ctx, o, func(messages []mapping.Message) error {
		for i := range messages {
			if err := all.add(&messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = all.each(func(m *mapping.Message) error {
		s.batch.add(&eventfile.Message{Topic: m.Topic, Key: m.Key, Value: m.Value})
		if !s.Full() {
			return nil
		}
		return errors.Join(s.Flush(ctx), ctx.Err())
	})
	if err != nil {
		return err
	}
	return s.Flush(ctx)
}
