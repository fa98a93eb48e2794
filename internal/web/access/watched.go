package access

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"sellerpulse/internal/config"
)

// lookInterval is how long files are taken for what they were.
const lookInterval = time.Second

// file is one that a flag names.
type file struct {
	flag, path string
	secret     bool // others should not read it
}

// watched is what some files say together. They are read anew when somebody asks, at most once a lookInterval; while they cannot be used, what they
// said before is in force.
type watched[T any] struct {
	files []file
	parse func(texts [][]byte) (T, error) // by file
	log   *slog.Logger
	value atomic.Pointer[T]
	wrong atomic.Bool // they cannot be used now

	mutex   sync.Mutex // held by whoever looks; the others do not wait
	looked  time.Time
	inForce [sha256.Size]byte // of the texts that value is of
	told    string            // the error that was logged last; empty after they were right
}

// watch reads files for the first time. Its errors name the flag and the file.
func watch[T any](files []file, now time.Time, log *slog.Logger, parse func(texts [][]byte) (T, error)) (*watched[T], error) {
	w := &watched[T]{files: files, parse: parse, log: log, looked: now}
	if err := w.read(); err != nil {
		return nil, err
	}
	w.warnOfReaders()
	return w, nil
}

// at is what they say at an instant.
func (w *watched[T]) at(now time.Time) T {
	if w.mutex.TryLock() {
		defer w.mutex.Unlock()
		if since := now.Sub(w.looked); since >= lookInterval || since < 0 {
			w.looked = now
			w.look()
		}
	}
	return *w.value.Load()
}

// look reads them again, and says once what is wrong with them.
func (w *watched[T]) look() {
	before := w.inForce
	err := w.read()
	w.wrong.Store(err != nil)
	switch {
	case err != nil && err.Error() != w.told:
		w.told = err.Error()
		w.log.Error("file cannot be used: what was read before stays in force", "error", err)
	case err == nil && (w.told != "" || w.inForce != before):
		w.told = ""
		w.log.Info("file is read anew", "flag", w.files[0].flag, "file", w.files[0].path)
		if w.inForce != before {
			w.warnOfReaders()
		}
	}
}

// read puts into force what they say, if that is something else.
func (w *watched[T]) read() error {
	texts, sum := make([][]byte, len(w.files)), sha256.New()
	for i, f := range w.files {
		text, err := config.ReadFile(f.path)
		if err != nil {
			return fmt.Errorf("%s: %w", f.flag, err)
		}
		one := sha256.Sum256(text)
		sum.Write(one[:])
		texts[i] = text
	}
	if digest := [sha256.Size]byte(sum.Sum(nil)); w.value.Load() == nil || digest != w.inForce {
		value, err := w.parse(texts)
		if err != nil {
			return fmt.Errorf("%s %s: %w", w.files[0].flag, w.files[0].path, err)
		}
		w.inForce = digest
		w.value.Store(&value)
	}
	return nil
}

// warnOfReaders tells of secrets that every user of the machine can read.
func (w *watched[T]) warnOfReaders() {
	const others = 0o007
	for _, f := range w.files {
		if is, err := os.Stat(f.path); f.secret && err == nil && runtime.GOOS != "windows" && is.Mode()&others != 0 {
			w.log.Warn("file of a secret is open to every user of this machine: chmod o-rwx", "flag", f.flag, "file", f.path, "mode", fmt.Sprintf("%#o", is.Mode().Perm()))
		}
	}
}
