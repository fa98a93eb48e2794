package main

import (
	"bytes"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"sellerpulse/internal/config"
)

// What `processor token new` prints is a token, and the line by which a server takes it.
func TestTokensAreMade(t *testing.T) {
	out := must(t, nil, "", "token", "new", "--name", "alice", "--role", "operator")
	lines := strings.Split(out, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "sellerpulse_") || !strings.HasPrefix(lines[1], "alice operator sha256:") || strings.Contains(lines[1], lines[0]) {
		t.Fatalf("printed %q", out)
	}
	if again := must(t, nil, "", "token", "new", "--name", "alice", "--role", "operator"); again == out {
		t.Error("the same token is made twice")
	}
	file := write(t, "tokens", "# those who may ask\n"+lines[1]+"\n")
	s, _ := prepared(t, nil)
	if guard, err := s.guard(&httpFlags{listen: ":8080", tokens: file}); err != nil || !guard.Asks() {
		t.Errorf("the line is not taken: %v", err)
	}
}

// Each flag is set by the environment and by a file too.
func TestWhoMayAskFromEverySource(t *testing.T) {
	secret := write(t, "secret", "s\n")
	file := write(t, "c.yaml", "oidc-issuer: https://issuer.example\noidc-client-id: sellerpulse\noidc-client-secret-file: "+secret+
		"\noidc-redirect-url: https://here.example/login/oidc/callback\noidc-viewers: [vera@shop.example, staff]\nhttp-hosts: here.example\n")
	s, _ := prepared(t, nil)
	var h httpFlags
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	h.add(flags, ":8080", "")
	environment := map[string]string{"SELLERPULSE_OIDC_OPERATORS": "otto@shop.example, ops"}
	err := config.Load(flags, config.Sources{
		Environment: func(v string) (string, bool) { text, ok := environment[v]; return text, ok }, File: file, Keys: settable(newRoot(s)),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := h.issuer()
	if !slices.Equal(o.Operators, []string{"otto@shop.example", "ops"}) || !slices.Equal(o.Viewers, []string{"vera@shop.example", "staff"}) || !slices.Equal(h.hosts, []string{"here.example"}) {
		t.Errorf("operators %q, viewers %q, hosts %q", o.Operators, o.Viewers, h.hosts)
	}
	if guard, err := s.guard(&h); err != nil || !guard.Asks() {
		t.Errorf("it is refused: %v", err)
	}
}

func TestWhereNothingIsAnsweredNobodyIsAsked(t *testing.T) {
	s, _ := prepared(t, nil)
	if guard, err := s.guard(&httpFlags{tokens: "/none"}); guard != nil || err != nil {
		t.Errorf("without --listen: %v, %v", guard, err)
	}
}

func TestTokenFiles(t *testing.T) {
	var log bytes.Buffer
	s := &session{log: slog.New(slog.NewTextHandler(&log, nil))}
	for text, want := range map[string]string{"tok": "tok", "tok\n": "tok", "tok\r\n": "tok", "\xef\xbb\xbftok\n": "tok", "": "", "\n": "", "two lines\n": "", "a\nb\n": ""} {
		got, err := s.token(write(t, "token", text), "https://here.example")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("of %q: %q, %v; want %q", text, got, err, want)
		}
	}
	file := write(t, "token", "tok\n")
	for url, warned := range map[string]bool{
		"https://here.example": false, "http://here.example:8080": true, "http://127.0.0.1:8080": false, "http://localhost": false, "http://[::1]:8080": false, "http://0.0.0.0": true,
	} {
		log.Reset()
		if _, err := s.token(file, url); err != nil || strings.Contains(log.String(), "in clear text") != warned {
			t.Errorf("to %s it is told %q, %v", url, log.String(), err)
		}
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	if _, err := s.token(file, "https://here.example"); err != nil || !strings.Contains(log.String(), "open to every user") || strings.Contains(log.String(), "tok\n") {
		t.Errorf("of a file that all may read it is told %q, %v", log.String(), err)
	}
}
