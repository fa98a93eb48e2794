package cluster

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A batch is found by its offsets, wherever it lies, and nothing is taken for it that is another or not all there.
func TestLocate(t *testing.T) {
	folder := t.TempDir()
	batch := func(first, last int64, size int) []byte {
		b := make([]byte, headerBytes+size)
		binary.BigEndian.PutUint64(b, uint64(first))
		binary.BigEndian.PutUint32(b[atLength:], uint32(len(b)-atLeaderEpoch))
		binary.BigEndian.PutUint32(b[atLastOffsetDelta:], uint32(last-first))
		b[len(b)-1] = byte(first)
		return b
	}
	write := func(name string, batches ...[]byte) {
		var all []byte
		for _, b := range batches {
			all = append(all, b...)
		}
		if err := os.WriteFile(filepath.Join(folder, name), all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("000.log", batch(0, 2, 9), batch(3, 3, 5), batch(4, 9, 7))
	write("010.log", batch(10, 12, 9), batch(13, 20, 4)[:headerBytes+3])
	write("010.index", batch(13, 20, 4))
	found, err := locate(folder, 4, 9)
	if err != nil || len(found.raw) != headerBytes+7 || filepath.Base(found.last.file) != "000.log" {
		t.Fatalf("found %+v, error %v", found, err)
	}
	if err := found.last.flip(); err != nil {
		t.Fatal(err)
	}
	if found, err = locate(folder, 4, 9); err != nil || found.raw[len(found.raw)-1] != 5 {
		t.Errorf("found %+v, error %v, want its last bit changed", found, err)
	}
	for _, none := range [][2]int64{{4, 8}, {5, 9}, {13, 20}, {21, 22}} {
		if _, err := locate(folder, none[0], none[1]); !errors.Is(err, errNotThere) {
			t.Errorf("offsets %v: error %v", none, err)
		}
	}
}
