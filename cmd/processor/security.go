package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/config"
	"sellerpulse/internal/stream"
)

// security is how brokers and this process prove to each other who they are.
type security struct {
	encrypt      bool
	authority    string // files
	certificate  string
	key          string
	mechanism    choice
	username     string
	passwordFile string

	config *tls.Config // nil: plain text
	sasl   *stream.SASL
}

const securityGroup = "security"

// passwordKey would be the flag with the password. It is a variable alone: a flag would show it to whoever lists processes.
const passwordKey = "sasl-password"

var passwordVariable = config.Variable(passwordKey)

func (s *security) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	addToggle(f, &s.encrypt, "tls", "talk to brokers by TLS; the other --tls flags imply it")
	f.StringVar(&s.authority, "tls-ca", "", "PEM `file` of the authorities that brokers' certificates must be signed by, instead of the system's")
	f.StringVar(&s.certificate, "tls-cert", "", "PEM `file` of the certificate that tells brokers who this is; goes with --tls-key")
	f.StringVar(&s.key, "tls-key", "", "PEM `file` of the private key of --tls-cert, not encrypted")
	s.mechanism = choice{"", []string{stream.Plain, stream.ScramSHA256, stream.ScramSHA512}}
	addChoice(root, f, &s.mechanism, "sasl-mechanism", "`how` to log in to brokers")
	f.StringVar(&s.username, "sasl-username", "", "`name` to log in with")
	f.StringVar(&s.passwordFile, "sasl-password-file", "", "`file` with the password and nothing else; without it "+passwordVariable+" holds the password")
	for _, name := range []string{"tls", "tls-ca", "tls-cert", "tls-key", "sasl-mechanism", "sasl-username", "sasl-password-file"} {
		_ = f.SetAnnotation(name, groupAnnotation, []string{securityGroup}) // It exists.
	}
}

// load reads the files. Its errors are of usage and name the flag and the file.
func (s *security) load(environment func(string) (string, bool), log *slog.Logger) error {
	if err := s.loadTLS(log); err != nil {
		return err
	}
	if err := s.loadSASL(environment, log); err != nil {
		return err
	}
	if s.sasl != nil && s.sasl.Mechanism == stream.Plain && s.config == nil {
		log.Warn("the password is sent in clear text: set --tls, or a SCRAM mechanism")
	}
	return nil
}

func (s *security) loadTLS(log *slog.Logger) (err error) {
	if !s.encrypt && s.authority == "" && s.certificate == "" && s.key == "" {
		return nil
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if settings.RootCAs, err = readAuthorities("--tls-ca", s.authority); err != nil {
		return err
	}
	if settings.Certificates, err = readIdentity("--tls", s.certificate, s.key, log); err != nil {
		return err
	}
	s.config = settings
	return nil
}

// readAuthorities reads whom to trust with certificates; nil without a file, for the system's.
func readAuthorities(flag, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readText(flag, file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, usage("%s %s: no certificate in PEM form in it", flag, file)
	}
	return pool, nil
}

// readIdentity reads the certificate that tells who this is, given by two flags that begin alike; none without files.
func readIdentity(flags, certificate, privateKey string, log *slog.Logger) ([]tls.Certificate, error) {
	switch {
	case certificate == "" && privateKey == "":
		return nil, nil
	case certificate == "":
		return nil, usage("%s-key goes with %s-cert", flags, flags)
	case privateKey == "":
		return nil, usage("%s-cert goes with %s-key", flags, flags)
	}
	chain, err := readText(flags+"-cert", certificate)
	if err != nil {
		return nil, err
	}
	key, err := readSecret(flags+"-key", privateKey, log)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, usage("%s-cert %s, %s-key %s: %w", flags, certificate, flags, privateKey, err)
	}
	return []tls.Certificate{pair}, nil
}

func (s *security) loadSASL(environment func(string) (string, bool), log *slog.Logger) error {
	mechanism := s.mechanism.value
	switch {
	case mechanism == "" && (s.username != "" || s.passwordFile != ""):
		return usage("--sasl-username and --sasl-password-file go with --sasl-mechanism")
	case mechanism == "":
		return nil
	case s.username == "":
		return usage("--sasl-mechanism goes with --sasl-username")
	}
	password, err := s.password(environment, log)
	if err != nil {
		return err
	}
	s.sasl = &stream.SASL{Mechanism: mechanism, Username: s.username, Password: password}
	return nil
}

// password is the one of the file, else of the environment. The end of the line does not belong to it.
func (s *security) password(environment func(string) (string, bool), log *slog.Logger) (stream.Secret, error) {
	text, _ := environment(passwordVariable)
	from := passwordVariable
	if s.passwordFile != "" {
		file, err := readSecret("--sasl-password-file", s.passwordFile, log)
		if err != nil {
			return stream.Secret{}, err
		}
		text, from = string(file), "--sasl-password-file "+s.passwordFile
	}
	password := config.TrimLine(text)
	switch {
	case password == "" && s.passwordFile == "":
		return stream.Secret{}, usage("--sasl-mechanism: no password: set --sasl-password-file or %s", passwordVariable)
	case password == "" || strings.ContainsAny(password, "\r\n"):
		return stream.Secret{}, usage("%s: not one line with a password", from)
	}
	return stream.NewSecret(password), nil
}

// readSecret reads a file that should be its owner's alone.
func readSecret(flag, path string, log *slog.Logger) ([]byte, error) {
	const others = 0o007
	state, err := os.Stat(path)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	if runtime.GOOS != "windows" && state.Mode()&others != 0 {
		log.Warn("file of a secret is open to every user of this machine", "flag", flag, "file", path, "mode", fmt.Sprintf("%#o", state.Mode().Perm()))
	}
	return readText(flag, path)
}

func readText(flag, path string) ([]byte, error) {
	text, err := config.ReadFile(path)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	return text, nil
}
