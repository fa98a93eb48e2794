package access

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFilesAreReadAnew(t *testing.T) {
	path, c, log := filepath.Join(t.TempDir(), "f"), newClock(), &logged{}
	write(t, path, "one")
	w, err := watch([]file{{"--flag", path, true}}, c.now(), slog.New(slog.NewTextHandler(log, nil)), func(texts [][]byte) (string, error) {
		if string(texts[0]) == "bad" {
			return "", errors.New("it is bad")
		}
		return string(texts[0]), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		name  string
		does  func()
		waits time.Duration
		want  string
		wrong bool
		logs  string // what is logged; empty for nothing
	}{
		{"nothing happens", func() {}, time.Second, "one", false, ""},
		{"soon after", func() { write(t, path, "two") }, time.Second - 1, "one", false, ""},
		{"a second after", func() {}, 1, "two", false, "is read anew"},
		{"it is bad", func() { write(t, path, "bad") }, time.Second, "two", true, path + ": it is bad"},
		{"it is bad still", func() {}, time.Hour, "two", true, ""},
		{"it is gone", func() { _ = os.Remove(path) }, time.Second, "two", true, "no such file"},
		{"it is gone still", func() {}, time.Second, "two", true, ""},
		{"it is back", func() { write(t, path, "two") }, time.Second, "two", false, "is read anew"},
		{"a folder is in its place", func() { _ = os.Remove(path); _ = os.Mkdir(path, 0o700) }, time.Second, "two", true, "is a directory"},
		{"another is in its place", func() { _ = os.Remove(path); write(t, path, "three") }, time.Second, "three", false, "is read anew"},
		{"the clock is set back", func() { write(t, path, "four") }, -time.Hour, "four", false, "is read anew"},
		{"it is too large", func() { write(t, path, strings.Repeat("x", 1<<20+1)) }, time.Second, "four", true, "larger than"},
		{"others may read it", func() { write(t, path, "five"); _ = os.Chmod(path, 0o644) }, time.Second, "five", false, "chmod o-rwx"},
		{"others may read it still", func() {}, time.Second, "five", false, ""},
	} {
		before := len(log.String())
		s.does()
		c.pass(s.waits)
		got := w.at(c.now())
		said := log.String()[before:]
		if got != s.want || w.wrong.Load() != s.wrong || !strings.Contains(said, s.logs) || (s.logs == "") != (said == "") {
			t.Errorf("%s: %q, wrong %t, logged %q", s.name, got, w.wrong.Load(), said)
		}
	}
}

func TestFilesThatCannotBeReadAtTheStart(t *testing.T) {
	k := newKeyring(t)
	missing := filepath.Join(t.TempDir(), "missing")
	bad := filepath.Join(t.TempDir(), "bad")
	write(t, bad, "alice viewer\n")
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"no tokens file", Options{TokensFile: missing}, "--http-tokens-file: open " + missing},
		{"a bad line", Options{TokensFile: bad}, "--http-tokens-file " + bad + ": line 1: 2 words"},
		{"a key alone", Options{TLS: TLSFiles{Key: missing}}, "--http-tls-key goes with --http-tls-cert"},
		{"a certificate alone", Options{TLS: TLSFiles{Certificate: missing}}, "--http-tls-cert goes with --http-tls-key"},
		{"authorities alone", Options{TLS: TLSFiles{ClientCA: missing}}, "--http-tls-client-ca goes with"},
		{"no certificate", Options{TLS: TLSFiles{Certificate: missing, Key: bad}}, "--http-tls-cert: open " + missing},
		{"no PEM", Options{TLS: TLSFiles{Certificate: k.path, Key: bad}}, "--http-tls-cert " + k.path + ": with --http-tls-key " + bad},
	} {
		if _, err := New(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
