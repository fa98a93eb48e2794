package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// View reads a database and changes nothing: one that nobody has open, or a running one as of an instant. A commit is one batch, so of
// each partition a view has all of a commit or nothing.
type View struct {
	reader pebble.Reader
	second seconds
	cache  *pebble.Cache // nil for a snapshot
}

// ErrNoState says that a directory has no database in it.
var ErrNoState = errors.New("there is no state")

// OpenView opens the database of a process that has stopped. Of the options it takes Directory, FileSystem, CacheBytes and Logger.
func OpenView(o Options) (*View, error) {
	o = o.withDefaults()
	v := &View{cache: pebble.NewCache(o.CacheBytes)}
	p := pebbleOptions(o, v.cache)
	p.ReadOnly, p.FormatMajorVersion = true, pebble.FormatMinSupported
	db, err := pebble.Open(o.Directory, p)
	if err != nil {
		v.cache.Unref()
		if errors.Is(err, pebble.ErrDBDoesNotExist) || strings.Contains(err.Error(), "does not exist") { // The latter without the directory.
			return nil, fmt.Errorf("open state directory %s: %w: name the --state-dir of a `processor run`", o.Directory, ErrNoState)
		}
		return nil, openError(o.Directory, err)
	}
	v.reader = db
	version, err := get(db, keyFormat)
	if err == nil && len(version) > 0 && version[0] > formatVersion {
		err = &VersionError{Directory: o.Directory, Found: version[0]}
	}
	if err == nil {
		v.second, err = readSeconds(db)
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// Snapshot is the database as it is now, whatever is written meanwhile. It must be closed before the database is.
func (db *DB) Snapshot() *View {
	db.slots.mutex.Lock()
	defer db.slots.mutex.Unlock()
	return &View{reader: db.pebble.NewSnapshot(), second: db.slots.second}
}

// Close ends the reading. All cursors must be closed.
func (v *View) Close() error {
	err := v.reader.Close()
	if v.cache != nil {
		v.cache.Unref()
	}
	return err
}

// Partitions lists the partitions of which there is any key in the slot that is in force, in order.
func (v *View) Partitions() (partitions []int32, err error) {
	it, err := v.reader.NewIter(nil)
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	for more := it.First(); more; {
		p, ok := partitionOf(it.Key())
		if !ok {
			break // What is said of the database itself.
		}
		prefix := it.Key()[:prefixLength]
		if bytes.Equal(prefix, v.second.prefix(p)) {
			partitions = append(partitions, p)
		}
		more = it.SeekGE(after(prefix))
	}
	slices.Sort(partitions)
	return partitions, errors.Join(it.Error(), it.Close())
}

// Partition reads the keys of a partition.
func (v *View) Partition(partition int32) *Reader {
	return &Reader{reader: v.reader, prefix: v.second.prefix(partition)}
}

// Owner is whose state it is.
func (v *View) Owner() (string, error) {
	value, err := get(v.reader, keyOwner)
	return string(value), err
}

// OwnerOf names the owner of a state: the same changelog's name on another cluster is another changelog.
func OwnerOf(changelog, cluster string) string {
	return fmt.Sprintf("%s of cluster %s", changelog, cluster)
}
