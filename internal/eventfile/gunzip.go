package eventfile

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const gzipMark = "\x1f\x8b"

// gunzip reads the members of a gzip file one after the other, and passes over what follows them, as `gzip -dc` does.
type gunzip struct {
	from   *bufio.Reader
	member *gzip.Reader
	log    *slog.Logger
}

func newGunzip(from io.Reader, log *slog.Logger) (*gunzip, error) {
	g := &gunzip{from: bufio.NewReaderSize(from, 64<<10), member: new(gzip.Reader), log: log}
	return g, g.begin()
}

// begin reads a member's header.
func (g *gunzip) begin() error {
	err := g.member.Reset(g.from)
	g.member.Multistream(false)
	return explainGzip(err)
}

func (g *gunzip) Read(b []byte) (int, error) {
	for {
		n, err := g.member.Read(b)
		if !errors.Is(err, io.EOF) {
			return n, explainGzip(err)
		}
		if n > 0 {
			return n, nil
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
}

// next goes on to the next member. Its error is io.EOF if there is none.
func (g *gunzip) next() error {
	mark, err := g.from.Peek(len(gzipMark))
	switch {
	case string(mark) == gzipMark:
		return g.begin()
	case err != nil && !errors.Is(err, io.EOF):
		return err
	}
	return g.passOver()
}

// passOver passes over the zeros that fill the blocks of tapes and disks. Anything else is ignored with a warning.
func (g *gunzip) passOver() error {
	for {
		c, err := g.from.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			g.log.Warn("what follows the compressed data is ignored: it is not gzip")
			return io.EOF
		}
	}
}

// explainGzip adds what an error most likely means.
func explainGzip(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("decompress: %w: the file was cut off: fetch it again", err)
	case errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("decompress: %w: the file is damaged: fetch it again", err)
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("decompress: %w: use `gzip -dc FILE | processor produce -`", err)
	}
	return err
}
