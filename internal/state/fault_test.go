package state

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A disk that takes no tables any more, for want of space or because it is broken, is told once and not per try; nothing is lost when it heals.
func TestADiskThatFailsIsToldOnce(t *testing.T) {
	for _, failure := range []error{syscall.ENOSPC, syscall.EIO} {
		t.Run(failure.Error(), func(t *testing.T) {
			var broken atomic.Bool
			var tries atomic.Int32
			healed := make(chan struct{})
			files := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if !broken.Load() || !strings.HasSuffix(op.Path, ".sst") || op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
					return nil
				}
				if tries.Add(1) == 20 {
					broken.Store(false)
					close(healed)
				}
				return failure
			}))
			told := make(chan error, 100)
			db, err := Open(Options{Directory: "state", FileSystem: files, Logger: slog.New(slog.DiscardHandler), OnFailure: func(err error) { told <- err }})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			p, err := db.Partition(0)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			p.Put([]byte("key"), []byte("value"))
			if err := p.Checkpoint(Saved{Position: 1}); err != nil {
				t.Fatal(err)
			}
			broken.Store(true)
			if err := db.Flush(); err != nil { // Which Pebble tries until it succeeds.
				t.Fatal(err)
			}
			<-healed
			first := <-told
			if !errors.Is(first, failure) || !strings.Contains(first.Error(), "state directory state") {
				t.Errorf("told %v, want one that names the directory and wraps %v", first, failure)
			}
			if len(told) > 0 {
				t.Errorf("told again: %v", <-told)
			}
			if value, err := p.Get([]byte("key")); err != nil || string(value) != "value" {
				t.Errorf("read %q, %v", value, err)
			}
		})
	}
}
