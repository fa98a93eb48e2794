package state

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of a database.
type Options struct {
	Directory      string
	Owner          string       // whose state it is: OwnerOf the application's own changelog; another owner's is refused
	Formerly       string       // an owner whose state becomes this one's; empty for none
	FileSystem     vfs.FS       // default: the operating system's
	CacheBytes     int64        // of blocks, shared by all tasks; default 128 MiB
	MemTablesBytes int64        // of what is not flushed; default 128 MiB
	Logger         *slog.Logger // default: slog.Default()

	// OnFailure is told, once, of a disk that does not take what is written to it. The database then tries for ever, and neither Flush
	// nor Close comes back before it succeeds.
	OnFailure func(error)
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 128 << 20
	}
	if o.MemTablesBytes == 0 {
		o.MemTablesBytes = 128 << 20
	}
	return o
}

// formatVersion is the version of the layout of keys and values. A newer one is refused, an older one is gone on with: the first version differs
// in that its changelog has what is derived too, so that it cannot go on with what later ones write; the second in that it does not tell of which
// changelog a position is; the third in that its order rows have no sources; the fourth in that they have no sites, excuses and reasons (windows.RowVersion), and
// in that its day buckets are of the built-in metrics alone.
const formatVersion = 5

var (
	keyFormat = []byte{0xFF, 0xFF, 0xFF, 0xFF, 'v'} // no partition has this number, nor the second slot of any
	keyOwner  = []byte{0xFF, 0xFF, 0xFF, 0xFF, 'w'}
)

// ErrLocked says that another process has the state directory open.
var ErrLocked = errors.New("the state directory is in use by another process: give each process a --state-dir of its own")

// VersionError says that a database was written by a newer version of the program.
type VersionError struct {
	Directory string
	Found     byte
}

// Error names the directory, both versions and the remedies.
func (e *VersionError) Error() string {
	return fmt.Sprintf("state directory %s has format version %d, but this program knows only %d: run the newer program, or delete the directory to have it restored from the changelog",
		e.Directory, e.Found, formatVersion)
}

// DB is the database of a process.
type DB struct {
	pebble  *pebble.DB
	cache   *pebble.Cache
	written written
	slots   slots
}

// Open opens the database, or makes a new one.
func Open(o Options) (*DB, error) {
	o = o.withDefaults()
	db := &DB{cache: pebble.NewCache(o.CacheBytes)}
	options := pebbleOptions(o, db.cache)
	options.EventListener.FlushEnd, options.EventListener.CompactionEnd = db.written.flushEnd, db.written.compactionEnd
	var err error
	if db.pebble, err = pebble.Open(o.Directory, options); err != nil {
		db.cache.Unref()
		return nil, openError(o.Directory, err)
	}
	if err := db.checkOwner(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if db.slots.second, err = readSeconds(db.pebble); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// OpenInMemory opens a new database that leaves nothing behind.
func OpenInMemory() (*DB, error) {
	return Open(Options{FileSystem: vfs.NewMem(), CacheBytes: 8 << 20, MemTablesBytes: 16 << 20})
}

// How many memtables there may be, one that is written to and others that wait to be flushed, and how large one may be: a larger one costs more to
// insert into than it saves.
const (
	memTables   = 4
	maxMemTable = 32 << 20
)

func pebbleOptions(o Options, cache *pebble.Cache) *pebble.Options {
	var failed sync.Once
	p := &pebble.Options{
		FS:                          o.FileSystem,
		Cache:                       cache,
		FormatMajorVersion:          pebble.FormatNewest,
		DisableWAL:                  true,
		MemTableSize:                uint64(min(o.MemTablesBytes/memTables, maxMemTable)),
		MemTableStopWritesThreshold: memTables,
		L0CompactionThreshold:       8,
		L0StopWritesThreshold:       24,
		LBaseMaxBytes:               256 << 20,
		MaxOpenFiles:                1000,
		Logger:                      logger{o.Logger},
	}
	p.EventListener = &pebble.EventListener{BackgroundError: func(err error) {
		failed.Do(func() {
			err = fmt.Errorf("write state directory %s: %w: see to its disk and start again; nothing is lost, the changelog has it all", o.Directory, err)
			if o.OnFailure != nil {
				o.OnFailure(err)
			} else {
				o.Logger.Error("state database", "error", err)
			}
		})
	}}
	p.TargetFileSizes[0] = 8 << 20
	for i := range p.Levels {
		p.Levels[i].BlockSize = 8 << 10
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	// Only the last level, where nearly everything is, is worth its compression.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings {
		settings := pebble.UniformDBCompressionSettings(sstable.NoCompression)
		settings.Levels[len(settings.Levels)-1] = sstable.SnappyCompression
		return settings
	})
	return p
}

// openError says what to do about a database that cannot be opened.
func openError(directory string, err error) error {
	switch {
	case errors.Is(err, syscall.EAGAIN), strings.Contains(err.Error(), "lock held by current process"):
		return fmt.Errorf("open state directory %s: %w", directory, ErrLocked)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("open state directory %s: %w: make it writable, or name another with --state-dir", directory, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("open state directory %s: %w: free some space, or name another with --state-dir", directory, err)
	}
	return fmt.Errorf("open state directory %s: %w", directory, err)
}

// checkOwner refuses a database of a newer format or of another application, and marks a new one.
func (db *DB) checkOwner(o Options) error {
	version, err := db.get(keyFormat)
	if err != nil {
		return err
	}
	if version == nil {
		b := db.pebble.NewBatch()
		_ = b.Set(keyFormat, []byte{formatVersion}, nil)
		_ = b.Set(keyOwner, []byte(o.Owner), nil)
		if err := b.Commit(pebble.NoSync); err != nil {
			return fmt.Errorf("write state directory %s: %w", o.Directory, err)
		}
		return nil
	}
	if version[0] > formatVersion {
		return &VersionError{Directory: o.Directory, Found: version[0]}
	}
	owner, err := db.get(keyOwner)
	if err == nil && o.Formerly != "" && string(owner) == o.Formerly {
		return db.SetOwner(o.Owner)
	}
	if err == nil && string(owner) != o.Owner {
		return fmt.Errorf("state directory %s belongs to %q, not to %q: name another with --state-dir", o.Directory, owner, o.Owner)
	}
	if err == nil && version[0] < formatVersion {
		if err = db.pebble.Set(keyFormat, []byte{formatVersion}, pebble.NoSync); err != nil {
			err = fmt.Errorf("write state directory %s: %w", o.Directory, err)
		}
	}
	return err
}

// SetOwner makes the state another owner's.
func (db *DB) SetOwner(owner string) error {
	if err := db.pebble.Set(keyOwner, []byte(owner), pebble.NoSync); err != nil {
		return fmt.Errorf("write whose state it is: %w", err)
	}
	return nil
}

func (db *DB) get(key []byte) ([]byte, error) {
	return get(db.pebble, key)
}

// get reads a value into memory of its own; nil where there is none.
func get(r pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	value := append(make([]byte, 0, len(v)), v...)
	return value, closer.Close()
}

// Flush writes what is in memory to disk, so that a later start has nothing to restore.
func (db *DB) Flush() error {
	if err := db.pebble.Flush(); err != nil {
		return fmt.Errorf("flush state: %w", err)
	}
	return nil
}

// Close flushes and closes the database. All partitions must be closed.
func (db *DB) Close() error {
	err := errors.Join(db.Flush(), db.pebble.Close())
	db.cache.Unref()
	return err
}

// logger passes on what Pebble has to say that a person must know.
type logger struct{ *slog.Logger }

func (l logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	l.Error("state database", "error", fmt.Sprintf(format, args...))
}

// Fatalf ends the process, as Pebble asks for: what it cannot write it cannot take back. Nothing is lost, the changelog has it all.
func (l logger) Fatalf(format string, args ...any) {
	l.Error("the state database cannot go on: see to the disk of --state-dir and start again", "error", fmt.Sprintf(format, args...))
	os.Exit(1)
}
