package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/config"
	"sellerpulse/internal/registry"
	"sellerpulse/pkg/events"
)

// schemaRegistry is where the schemas are by whose ids values are written and read, and how this process proves to it who it is.
type schemaRegistry struct {
	urls         links
	subject      choice
	register     bool
	username     string
	passwordFile string
	tokenFile    string
	authority    string // files
	certificate  string
	key          string

	client *registry.Client // nil without a registry
}

const registryGroup = "schema registry"

func (r *schemaRegistry) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.Var(&r.urls, "schema-registry", "`url` of a schema registry whose API is Confluent's, or several of its instances separated by commas: values are written with ids from it, and those of others are read by it")
	r.subject = choice{string(registry.TopicName), []string{string(registry.TopicName), string(registry.RecordName), string(registry.TopicRecordName)}}
	addChoice(root, f, &r.subject, "schema-subject", "`how` subjects are named: TOPIC-value, by the record, or by both")
	r.register = true
	addToggle(f, &r.register, "schema-register", "register our schemas where they are not; false for a registry in which others do that")
	f.StringVar(&r.username, "schema-registry-username", "", "`name` to log in with to the schema registry; goes with --schema-registry-password-file")
	f.StringVar(&r.passwordFile, "schema-registry-password-file", "", "`file` with the password and nothing else")
	f.StringVar(&r.tokenFile, "schema-registry-token-file", "", "`file` with a bearer token for the schema registry and nothing else, read again for each question")
	f.StringVar(&r.authority, "schema-registry-tls-ca", "", "PEM `file` of the authorities that the schema registry's certificate must be signed by, instead of the system's")
	f.StringVar(&r.certificate, "schema-registry-tls-cert", "", "PEM `file` of the certificate that tells the schema registry who this is; goes with --schema-registry-tls-key")
	f.StringVar(&r.key, "schema-registry-tls-key", "", "PEM `file` of the private key of --schema-registry-tls-cert, not encrypted")
	for _, name := range []string{
		"schema-registry", "schema-subject", "schema-register", "schema-registry-username", "schema-registry-password-file", "schema-registry-token-file",
		"schema-registry-tls-ca", "schema-registry-tls-cert", "schema-registry-tls-key",
	} {
		_ = f.SetAnnotation(name, groupAnnotation, []string{registryGroup}) // It exists.
	}
}

// load reads the files and makes the client, which asks nothing yet. Its errors are of usage and name the flag and the file.
func (r *schemaRegistry) load(log *slog.Logger) (err error) {
	if len(r.urls) == 0 {
		if r.username != "" || r.passwordFile != "" || r.tokenFile != "" || r.authority != "" || r.certificate != "" || r.key != "" {
			return usage("the --schema-registry-… flags go with --schema-registry")
		}
		return nil
	}
	if strings.Contains(r.urls.String(), "@") {
		return usage("--schema-registry: a URL shows its password to whoever lists processes: use --schema-registry-username and --schema-registry-password-file")
	}
	o := registry.Options{URLs: r.urls, Subject: registry.Naming(r.subject.value), Locked: !r.register, Logger: log, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}
	if o.TLS.RootCAs, err = readAuthorities("--schema-registry-tls-ca", r.authority); err != nil {
		return err
	}
	if o.TLS.Certificates, err = readIdentity("--schema-registry-tls", r.certificate, r.key, log); err != nil {
		return err
	}
	if o.Authorize, err = r.authorize(log); err != nil {
		return err
	}
	if o.Authorize != nil && strings.Contains(r.urls.String(), "http://") {
		log.Warn("what proves who asks is sent to the schema registry in clear text: use https")
	}
	r.client, err = registry.New(o)
	return err
}

// authorize is how questions prove who asks; nil: not at all. What is in the files stays out of everything that is printed.
func (r *schemaRegistry) authorize(log *slog.Logger) (func(*http.Request) error, error) {
	switch {
	case r.tokenFile != "" && r.username != "":
		return nil, usage("--schema-registry-token-file and --schema-registry-username exclude each other")
	case (r.username == "") != (r.passwordFile == ""):
		return nil, usage("--schema-registry-username and --schema-registry-password-file go together")
	case r.username != "":
		password, err := readLine("--schema-registry-password-file", r.passwordFile, log)
		return func(q *http.Request) error { q.SetBasicAuth(r.username, password); return nil }, err
	case r.tokenFile != "":
		_, err := readLine("--schema-registry-token-file", r.tokenFile, log)
		return r.bear, err
	}
	return nil, nil
}

// bear adds the token that is in the file now: tokens expire, and are replaced there.
func (r *schemaRegistry) bear(q *http.Request) error {
	token, err := config.ReadFile(r.tokenFile)
	if err != nil {
		return fmt.Errorf("read --schema-registry-token-file: %w", err)
	}
	q.Header.Set("Authorization", "Bearer "+config.TrimLine(string(token)))
	return nil
}

// readLine reads a file of a secret, which is one line.
func readLine(flag, file string, log *slog.Logger) (string, error) {
	text, err := readSecret(flag, file, log)
	if err != nil {
		return "", err
	}
	line := config.TrimLine(string(text))
	if line == "" || strings.ContainsAny(line, "\r\n") {
		return "", usage("%s %s: not one line with a secret", flag, file)
	}
	return line, nil
}

// registryWithin is how long a command waits for a schema registry that does not answer.
const registryWithin = app.RegistryWithin

// encoder writes events as the registry has it: with the ids of our schemas in it, where there is one.
func (s *session) encoder(ctx context.Context) (events.Encoder, error) {
	return app.InputEncoder(ctx, s.shared.registry.client, s.shared.topics())
}

// schemaLookup gives the text of the schema of an id.
type schemaLookup = func(id uint32) (string, error)

// schemaOf gives schemas by their ids, waiting for a registry that does not answer; nil without one.
func (s *session) schemaOf(ctx context.Context) schemaLookup {
	if s.shared.registry.client == nil {
		return nil
	}
	return s.shared.registry.client.Await(ctx, registryWithin+time.Second)
}

// schemaNow gives schemas by their ids, for whoever asks again after an outage; nil without a registry.
func (s *session) schemaNow() schemaLookup {
	if s.shared.registry.client == nil {
		return nil
	}
	return s.shared.registry.client.Schema
}
