package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStateDirectoriesAreTheirOwnersAlone(t *testing.T) {
	made := filepath.Join(t.TempDir(), "a", "state")
	if told := warned(t, made); told != "" {
		t.Errorf("of a new directory it is told %s", told)
	}
	if is, err := os.Stat(made); err != nil || is.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", is.Mode(), err)
	}
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o750: false, 0o755: true, 0o701: true} {
		if err := os.Chmod(made, mode); err != nil {
			t.Fatal(err)
		}
		if told := warned(t, made); strings.Contains(told, "chmod o-rwx") != want || want && !strings.Contains(told, made) {
			t.Errorf("of mode %v it is told %q", mode, told)
		}
	}
}

// warned is what is logged of a state directory.
func warned(t *testing.T, directory string) string {
	t.Helper()
	var log strings.Builder
	if err := makeStateDirectory(directory); err != nil {
		t.Fatal(err)
	}
	warnOfAccess(directory, slog.New(slog.NewTextHandler(&log, nil)))
	return log.String()
}

// What `processor run` opens is such a directory.
func TestTheServiceMakesItsStateDirectory(t *testing.T) {
	o := optionsOf(t)
	o.StateDirectory = filepath.Join(t.TempDir(), "state")
	a, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if is, err := os.Stat(o.StateDirectory); err != nil || is.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", is.Mode(), err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
