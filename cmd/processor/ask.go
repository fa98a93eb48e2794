package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/stream"
)

// askFlags say whom to ask about a seller: a process that runs, or the directory of one that has stopped.
type askFlags struct {
	url            string
	tokenFile      string
	stateDirectory directory
	rules          []string
	zone           zone
	retention      days
}

// add adds them to a command. otherwise is what is done where none is given.
func (a *askFlags) add(cmd *cobra.Command, otherwise string) {
	f := cmd.Flags()
	f.StringVar(&a.url, "url", otherwise, "`address` of a running process to ask, such as http://127.0.0.1:8080; goes before --state-dir")
	f.StringVar(&a.tokenFile, "token-file", "", "`file` with the bearer token for --url and nothing else")
	f.Var(&a.stateDirectory, "state-dir", "`directory` of the local state of a process that has stopped, to read instead")
	addRules(cmd, f, &a.rules, "rule `files`, folders of them or packs that the state of --state-dir was built with, instead of the built-in rules")
	a.zone, a.retention = zone{time.UTC}, 120
	f.Var(&a.zone, "time-zone", "time zone that the state of --state-dir must have been built with, if given")
	f.Var(&a.retention, "retention", "retention that the state of --state-dir must have been built with, if given")
}

// defaultURL is where `processor run` listens unless it is told otherwise.
const defaultURL = "http://127.0.0.1:8080"

// given is whether it was said whom to ask. A directory of the environment or of a file is what `processor run` is told, too.
func (s *session) given(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("url") || slices.Contains(s.typed, "state-dir")
}

// ask opens whom to ask, has that asked, and closes it.
func (s *session) ask(cmd *cobra.Command, a *askFlags, work func(inquire.Source) error) error {
	source, err := s.source(cmd, a)
	if err != nil {
		return err
	}
	return errors.Join(asked(cmd, work(source)), source.Close())
}

// source opens the directory, if one is given, or else the address. A directory that is in use is one of `processor run`, unless it is on the command line: then
// the process is asked.
func (s *session) source(cmd *cobra.Command, a *askFlags) (inquire.Source, error) {
	if cmd.Flags().Changed("url") || !cmd.Flags().Changed("state-dir") {
		return s.running(a)
	}
	source, err := s.stopped(cmd, a)
	if errors.As(err, new(*inquire.InUseError)) && !slices.Contains(s.typed, "state-dir") {
		return s.running(&askFlags{url: defaultURL, tokenFile: a.tokenFile})
	}
	return source, err
}

func (s *session) stopped(cmd *cobra.Command, a *askFlags) (inquire.Source, error) {
	o := inquire.StoppedOptions{Directory: string(a.stateDirectory), Events: s.readEvents}
	most := maxRetentionDays // The state's own is not known yet.
	if cmd.Flags().Changed("time-zone") {
		o.Zone = a.zone.location
	}
	if cmd.Flags().Changed("retention") {
		o.RetentionDays, most = int32(a.retention), int(a.retention)
	}
	var err error
	if o.Rules, err = readRules(a.rules, most); err != nil {
		return nil, err
	}
	return inquire.Stopped(o)
}

func (s *session) running(a *askFlags) (inquire.Source, error) {
	token, err := s.token(a.tokenFile, a.url)
	if err != nil {
		return nil, err
	}
	var secret stream.Secret // none
	if token != "" {
		secret = stream.NewSecret(token)
	}
	source, err := inquire.Running(a.url, secret)
	if err != nil {
		return nil, usage("--url: %w", err)
	}
	return source, nil
}

// asked makes an error of usage of a question that cannot be answered as it was given.
func asked(cmd *cobra.Command, err error) error {
	var query *inspect.QueryError
	var refused *inquire.RefusedError
	switch {
	case errors.As(err, &query):
		if flag := strings.ReplaceAll(query.Field, "_", "-"); cmd.Flags().Lookup(flag) != nil {
			return usage("--%s: %s", flag, query.Problem)
		}
	case errors.As(err, new(*inspect.NotKeptError)), errors.As(err, &refused) && refused.Status == http.StatusUnprocessableEntity:
		return usage("%w", err)
	}
	return err
}
