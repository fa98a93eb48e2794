package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"sellerpulse/internal/plaintext"
)

// How much is read to know a form by: as little as its marks take, so that no event of a pipe waits, and as much as comes at once.
const (
	leastHeadBytes = 6
	headBytes      = 512
)

// form is one that a file of events may have by mistake, by the bytes at its beginning, and what makes lines of JSON of it.
type form struct {
	mark, name, remedy string // the remedy is a command, or empty where there is none of its own
}

const gzipMark = "\x1f\x8b"

var forms = []form{
	{"PK\x03\x04", "a zip archive", "unzip -p"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "zstd -dc"},
	{"BZh", "compressed with bzip2", "bzip2 -dc"},
	{"\xfd7zXZ\x00", "compressed with xz", "xz -dc"},
	{"\x5d\x00\x00", "compressed with lzma", "xz -dc"},
	{"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc"},
	{"\x02\x21\x4c\x18", "compressed with lz4", "lz4 -dc"},
	{"LZIP", "compressed with lzip", "lzip -dc"},
	{"\xff\x06\x00\x00sN", "compressed with snappy", "snzip -dc"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so"},
	{gzipMark, "compressed with gzip twice", "gzip -dc"},
	{"\x1f\x9d", "compressed with compress", "gzip -dc"},
	{"\x1f\x1e", "compressed with pack", "gzip -dc"},
	{"\x1f\xa0", "compressed with lzh", "gzip -dc"},
	{"Obj\x01", "an Avro container file", ""},
	{"PAR1", "a Parquet file", ""},
	{"ORC", "an ORC file", ""},
}

// source is where the text comes from, as far as advice about it goes.
type source struct {
	zipped bool
}

// through is the command line that sends what a command makes of the file.
func (s source) through(command string) string {
	if s.zipped {
		return fmt.Sprintf("`gzip -dc FILE | %s | processor produce -`", command)
	}
	return fmt.Sprintf("`%s FILE | processor produce -`", command)
}

// open gives the text of what is read, decompressed if it is gzip. Forms that are no text are refused with what helps.
func open(from io.Reader, log *slog.Logger) (io.Reader, source, error) {
	var s source
	head, text := beginning(from)
	if bytes.HasPrefix(head, []byte(gzipMark)) {
		s.zipped = true
		unzipped, err := newGunzip(text, log)
		if err != nil {
			return nil, s, err
		}
		head, text = beginning(unzipped)
	}
	return text, s, s.check(head)
}

// beginning gives the first bytes, and a reader of all.
func beginning(from io.Reader) (head []byte, all io.Reader) {
	head = make([]byte, 0, headBytes)
	for len(head) < leastHeadBytes {
		n, err := from.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if err != nil {
			from = failed{err}
			break
		}
	}
	return head, io.MultiReader(bytes.NewReader(head), from)
}

// failed is a reader after its error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

func (s source) check(head []byte) error {
	if encoding := plaintext.Encoding(head); encoding != "" {
		return fmt.Errorf("it is in %s: use %s", encoding, s.through("iconv -f "+encoding+" -t utf-8"))
	}
	const tarMark, tarAt = "ustar", 257
	if len(head) > tarAt && bytes.HasPrefix(head[tarAt:], []byte(tarMark)) {
		return errors.New("it is a tar archive: use `tar -xOf FILE | processor produce -`")
	}
	for _, f := range forms {
		if !bytes.HasPrefix(head, []byte(f.mark)) {
			continue
		}
		if f.remedy == "" {
			return fmt.Errorf("it is %s: make it lines of JSON, an event each with its topic", f.name)
		}
		return fmt.Errorf("it is %s: use %s", f.name, s.through(f.remedy))
	}
	return nil
}
