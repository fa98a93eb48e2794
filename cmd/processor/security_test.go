package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

func TestSecurityUsageErrors(t *testing.T) {
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	one, err := authority.Issue("one")
	if err != nil {
		t.Fatal(err)
	}
	other, err := authority.Issue("other")
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, otherKey := write(t, "one.crt", one.Chain), write(t, "one.key", one.Key), write(t, "other.key", other.Key)
	empty, wide := write(t, "empty", "\n"), write(t, "wide", "\xff\xfep\x00w\x00")
	for _, c := range []struct{ args, want string }{
		{"--tls-ca /none.pem", "--tls-ca: open /none.pem"},
		{"--tls-ca " + empty, "--tls-ca " + empty + ": no certificate"},
		{"--tls-cert " + certificate, "--tls-cert goes with --tls-key"},
		{"--tls-key " + key, "--tls-key goes with --tls-cert"},
		{"--tls-cert /none.crt --tls-key " + key, "--tls-cert: open /none.crt"},
		{"--tls-key /none.key --tls-cert " + certificate, "--tls-key: stat /none.key"},
		{"--tls-cert " + certificate + " --tls-key " + otherKey, "--tls-key " + otherKey},
		{"--tls-cert " + certificate + " --tls-key " + empty, "--tls-key " + empty},
		{"--sasl-mechanism GSSAPI", "use PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512"},
		{"--sasl-mechanism PLAIN", "--sasl-username"},
		{"--sasl-mechanism PLAIN --sasl-username u", "SELLERPULSE_SASL_PASSWORD"},
		{"--sasl-username u", "--sasl-mechanism"},
		{"--sasl-mechanism PLAIN --sasl-username u --sasl-password-file /none", "--sasl-password-file: stat /none"},
		{"--sasl-mechanism PLAIN --sasl-username u --sasl-password-file " + empty, "--sasl-password-file " + empty},
		{"--sasl-mechanism PLAIN --sasl-username u --sasl-password-file " + wide, wide + ": it is in utf-16: save it as UTF-8"},
		{"--sasl-mechanism scram-sha-256", "use PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512; did you mean SCRAM-SHA-256?"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := call(t, nil, "", append([]string{"topics"}, strings.Fields(c.args)...)...)
			if got.code != exitUsage || !strings.Contains(got.stderr, c.want) {
				t.Errorf("code %d, error %q; want 2 and %q", got.code, got.stderr, c.want)
			}
		})
	}
}

// What editors and shells add to a file or a variable is no part of a password or a certificate.
func TestSecretsAsEditorsSaveThem(t *testing.T) {
	for _, text := range []string{"pw", "pw\n", "pw\r\n", "\xef\xbb\xbfpw\r\n"} {
		s := security{username: "u", mechanism: choice{value: stream.Plain}, passwordFile: write(t, "password", text)}
		if password, err := s.password(func(string) (string, bool) { return "", false }, slog.New(slog.DiscardHandler)); err != nil || password.Reveal() != "pw" {
			t.Errorf("file of %q: password %q, %v", text, password.Reveal(), err)
		}
	}
	for text, want := range map[string]string{"pw": "pw", "pw\n": "pw", "pw\r\n": "pw", "a pw": "a pw"} {
		password, err := new(security).password(func(string) (string, bool) { return text, true }, nil)
		if err != nil || password.Reveal() != want {
			t.Errorf("variable of %q: password %q, %v", text, password.Reveal(), err)
		}
	}
	for _, text := range []string{"", "\n", "pw\nother\n"} {
		if _, err := new(security).password(func(string) (string, bool) { return text, true }, nil); err == nil || !strings.Contains(err.Error(), passwordVariable) {
			t.Errorf("variable of %q: %v, want an error that names it", text, err)
		}
	}
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	one, err := authority.Issue("one")
	if err != nil {
		t.Fatal(err)
	}
	marked := security{authority: write(t, "ca", "\xef\xbb\xbf"+one.Chain), certificate: write(t, "c", "\xef\xbb\xbf"+one.Chain), key: write(t, "k", "\xef\xbb\xbf"+one.Key)}
	if err := marked.loadTLS(slog.New(slog.DiscardHandler)); err != nil || len(marked.config.Certificates) != 1 {
		t.Errorf("PEM with a byte order mark: %v", err)
	}
}

func TestOpenSecretFilesAreWarnedOf(t *testing.T) {
	file := write(t, "password", "pw\n")
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := readSecret("--sasl-password-file", file, slog.New(slog.NewTextHandler(&text, nil))); err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(text.String(), "level=WARN") && strings.Contains(text.String(), file); warned != want {
			t.Errorf("mode %v: %q, warned %t, want %t", mode, text.String(), warned, want)
		}
	}
}

// Whatever prints the options, and whatever fails at the most talkative level, tells no password and no key.
func TestSecretsAreToldNobody(t *testing.T) {
	const password = "pw-5d1e88"
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue("one")
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{passwordVariable: password}
	args := []string{
		"topics", "--brokers", nobody, "--log-level", "debug", "--tls-cert", write(t, "c", certificate.Chain), "--tls-key", write(t, "k", certificate.Key),
		"--sasl-mechanism", "PLAIN", "--sasl-username", "someone",
	}
	var printed, stderr bytes.Buffer
	s := &session{
		environment: func(v string) (string, bool) { text, ok := environment[v]; return text, ok },
		stdin:       strings.NewReader(""), stdout: &printed, stderr: &stderr, dialTimeout: 1,
	}
	if code := run(t.Context(), args, s); code != exitFailed {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	options := s.kafka()
	if options.TLS == nil || options.SASL == nil || options.SASL.Password.Reveal() != password {
		t.Fatalf("the options lack what is to be kept secret: %+v", options)
	}
	for _, shown := range []any{options, &options, options.SASL, *options.SASL, options.SASL.Password, struct{ hidden stream.SASL }{*options.SASL}, s.shared} {
		for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
			fmt.Fprintf(&printed, form, shown)
		}
		slog.New(slog.NewTextHandler(&printed, nil)).Info("options", "options", shown)
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("options", "options", shown)
	}
	printed.Write(stderr.Bytes())
	printed.WriteString(call(t, environment, "", "run", "--help").stdout)
	keyBytes := strings.Split(certificate.Key, "\n")[1]
	for _, secret := range []string{password, fmt.Sprint([]byte(password)), fmt.Sprintf("%x", password), keyBytes} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("%q was shown", secret)
		}
	}
	if !strings.Contains(printed.String(), "--sasl-password-file") || !strings.Contains(printed.String(), "[secret]") {
		t.Error("neither help nor options were looked at")
	}
}
