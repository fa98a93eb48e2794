package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/eventfile"
)

// mappedFlags say how files in somebody else's form become events.
type mappedFlags struct {
	mapping mappingFlags
	file    string
	source  string
}

func (m *mappedFlags) add(cmd *cobra.Command) {
	m.mapping.add(cmd)
	addMapping(cmd, &m.file, ", that makes events of what is in the files")
	cmd.Flags().StringVar(&m.source, "source", "", "`name` of the source of the mapping that all files are of; default: each file's, by its name")
}

// mappedFiles reads the mapping by which files become events, and begins to show how far they are read, until finish.
func (s *session) mappedFiles(files eventfile.Files, flags *mappedFlags) (o feed.MappedOptions, finish func(), err error) {
	m, err := flags.mapping.parse(s, flags.file)
	if err != nil {
		return o, nil, err
	}
	o = feed.MappedOptions{Mapping: m, Files: files.List, Source: flags.source, Logger: s.log}
	o.Shown, finish = s.readFiles(files.Bytes)
	return o, finish, nil
}

// checkMapped is check of files that become events by a mapping.
func (s *session) checkMapped(ctx context.Context, files eventfile.Files, mapped *mappedFlags, flags *checkFlags) error {
	o, finish, err := s.mappedFiles(files, mapped)
	if err != nil {
		return err
	}
	checked, faults, err := feed.CheckMapped(ctx, o, int(flags.most))
	finish()
	return s.tellChecked(&checked, faults, err, flags)
}

// produceMapped sends what files become.
func (s *session) produceMapped(ctx context.Context, files eventfile.Files, flags *mappedFlags) error {
	o, finish, err := s.mappedFiles(files, flags)
	if err != nil {
		return err
	}
	defer finish()
	started := time.Now()
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	to := feed.Options{Client: client, Topics: s.shared.topics()}
	if to.Partitions, err = provision.Inputs(ctx, client, to.Topics); err != nil {
		return err
	}
	if o.Encoder, err = s.encoder(ctx); err != nil {
		return err
	}
	sender, err := feed.NewSender(ctx, to)
	if err != nil {
		return err
	}
	err = sender.Mapped(ctx, o)
	sent := sender.Sent()
	if err != nil {
		return produceError(&sent, err)
	}
	s.tell("sent", &sent, time.Since(started))
	return nil
}
