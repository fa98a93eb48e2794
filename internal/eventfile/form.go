package eventfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"sellerpulse/internal/ocf"
	"sellerpulse/internal/plaintext"
)

// How much is read to know a form by: as little as its marks take, so that no event of a pipe waits, and as much as comes at once.
const (
	leastHeadBytes = 6
	headBytes      = 512
)

// formError is a form that is not known.
type formError struct{ error }

// foreign is a form that a file of events may have by mistake, by the bytes at its beginning, and what makes lines of JSON of it.
type foreign struct {
	mark, name, remedy string // the remedy is a command, or empty where there is none of its own
}

var foreigners = []foreign{
	{"PK\x03\x04", "a zip archive", "unzip -p"},
	{"BZh", "compressed with bzip2", "bzip2 -dc"},
	{"\xfd7zXZ\x00", "compressed with xz", "xz -dc"},
	{"\x5d\x00\x00", "compressed with lzma", "xz -dc"},
	{"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc"},
	{"\x02\x21\x4c\x18", "compressed with lz4", "lz4 -dc"},
	{"LZIP", "compressed with lzip", "lzip -dc"},
	{"\xff\x06\x00\x00sN", "compressed with snappy", "snzip -dc"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so"},
	{gzipMark, "compressed twice, with gzip first", "gzip -dc"},
	{zstdMark, "compressed twice, with zstd first", "zstd -dc"},
	{"\x1f\x9d", "compressed with compress", "gzip -dc"},
	{"\x1f\x1e", "compressed with pack", "gzip -dc"},
	{"\x1f\xa0", "compressed with lzh", "gzip -dc"},
	{"PAR1", "a Parquet file", ""},
	{"ORC", "an ORC file", ""},
}

// source is where the text comes from, as far as advice about it goes.
type source struct {
	unpack string // the command that decompresses it; empty where it is not compressed
}

// through is the command line that sends what a command makes of the file.
func (s source) through(command string) string {
	if s.unpack != "" {
		return fmt.Sprintf("`%s FILE | %s | processor produce -`", s.unpack, command)
	}
	return fmt.Sprintf("`%s FILE | processor produce -`", command)
}

// opened is a file whose form is known.
type opened struct {
	source
	head  []byte    // what it begins with, decompressed
	text  io.Reader // all of it, decompressed
	empty bool      // the file has no byte
	close func()
}

// open decompresses what is read, if it is compressed. Its error is a formError for a form that is not known, with what helps.
func open(from io.Reader, log *slog.Logger) (o opened, err error) {
	o.close = func() {}
	o.head, o.text, err = beginning(from)
	o.empty = len(o.head) == 0 && errors.Is(err, io.EOF)
	switch {
	case bytes.HasPrefix(o.head, []byte(gzipMark)):
		o.unpack = "gzip -dc"
		if o.text, err = newGunzip(o.text, log); err != nil {
			return o, err
		}
	case zstdBegins(o.head):
		o.unpack = "zstd -dc"
		if o.text, o.close, err = unzstd(o.text); err != nil {
			return o, err
		}
	default:
		return o, o.check()
	}
	o.head, o.text, _ = beginning(o.text)
	return o, o.check()
}

// Unpack decompresses what is read, if it is compressed with gzip or zstd. done is to be called in the end.
func Unpack(from io.Reader, log *slog.Logger) (text io.Reader, done func(), err error) {
	done = func() {}
	head, text, _ := beginning(from) // Its error ends the text.
	switch {
	case bytes.HasPrefix(head, []byte(gzipMark)):
		text, err = newGunzip(text, log)
	case zstdBegins(head):
		text, done, err = unzstd(text)
	}
	return text, done, err
}

// beginning gives the first bytes, and a reader of all, which gives the error too that ends them early.
func beginning(from io.Reader) (head []byte, all io.Reader, err error) {
	head = make([]byte, 0, headBytes)
	for len(head) < leastHeadBytes && err == nil {
		var n int
		n, err = from.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
	}
	if err != nil {
		from = failed{err}
	}
	return head, io.MultiReader(bytes.NewReader(head), from), err
}

// failed is a reader after its error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// check refuses what is neither text nor a container.
func (o *opened) check() error {
	if encoding := plaintext.Encoding(o.head); encoding != "" {
		return formError{fmt.Errorf("it is in %s: use %s", encoding, o.through("iconv -f "+encoding+" -t utf-8"))}
	}
	const tarMark, tarAt = "ustar", 257
	if len(o.head) > tarAt && bytes.HasPrefix(o.head[tarAt:], []byte(tarMark)) {
		return formError{errors.New("it is a tar archive: use `tar -xOf FILE | processor produce -`")}
	}
	for _, f := range foreigners {
		if !bytes.HasPrefix(o.head, []byte(f.mark)) {
			continue
		}
		if f.remedy == "" {
			return formError{fmt.Errorf("it is %s: make it lines of JSON, an event each with its topic", f.name)}
		}
		return formError{fmt.Errorf("it is %s: use %s", f.name, o.through(f.remedy))}
	}
	return nil
}

func (o *opened) container() bool { return bytes.HasPrefix(o.head, []byte(ocf.Mark)) }

// strange is why a file that nobody named is taken for something else than events.
func (o *opened) strange() error {
	text := trimmed(o.head)
	switch {
	case o.container(), len(text) == 0, text[0] == '{':
		return nil
	case text[0] == '[':
		return errors.New("it is a JSON array, not lines of JSON")
	}
	return errors.New("it is neither lines of JSON nor an Avro container file")
}
