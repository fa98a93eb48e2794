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
	f := cmd.Flags()
	f.StringVar(&m.file, "mapping", "", "mapping `file`, or the name of one that is part of the program, that makes events of what is in the files")
	_ = cmd.RegisterFlagCompletionFunc("mapping", completeMappings) // The flag exists.
	f.StringVar(&m.source, "source", "", "`name` of the source of the mapping that all files are of; default: each file's, by its name")
}

// checkMapped is check of files that become events by a mapping.
func (s *session) checkMapped(ctx context.Context, files eventfile.Files, mapped *mappedFlags, flags *checkFlags) error {
	m, err := mapped.mapping.parse(s, mapped.file)
	if err != nil {
		return err
	}
	shown, finish := s.readFiles(files.Bytes)
	o := feed.MappedOptions{Mapping: m, Files: files.List, Source: mapped.source, Shown: shown, Logger: s.log}
	checked, faults, err := feed.CheckMapped(ctx, o, int(flags.most))
	finish()
	return s.tellChecked(&checked, faults, err, flags)
}

// produceMapped sends what files become.
func (s *session) produceMapped(ctx context.Context, files eventfile.Files, flags *mappedFlags) error {
	m, err := flags.mapping.parse(s, flags.file)
	if err != nil {
		return err
	}
	shown, finish := s.readFiles(files.Bytes)
	defer finish()
	o := feed.MappedOptions{Mapping: m, Files: files.List, Source: flags.source, Shown: shown, Logger: s.log}
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
