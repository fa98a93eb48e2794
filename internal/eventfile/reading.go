package eventfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"

	"sellerpulse/pkg/events"
)

// Options of reading.
type Options struct {
	Files   []File
	Faults  int                                         // that are wanted of a chunk, at most; by default one, after which there may be nothing
	Shown   func(name string, from io.Reader) io.Reader // what is read of a file, on its way; may be nil
	Encoder events.Encoder                              // of the messages
	Logger  *slog.Logger                                // default: none
}

// Reading hands out what is read.
type Reading struct {
	options Options
	work    chan *Chunk
	ordered chan *Chunk
	passed  int // files over
}

// Read begins to read, and to parse by one worker a processor, until ctx ends.
func Read(ctx context.Context, o Options) *Reading {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Faults = max(o.Faults, 1)
	if o.Shown == nil {
		o.Shown = func(_ string, from io.Reader) io.Reader { return from }
	}
	workers := runtime.GOMAXPROCS(0)
	r := &Reading{options: o, work: make(chan *Chunk, workers), ordered: make(chan *Chunk, 4*workers)}
	go r.readAll(ctx)
	for range workers {
		go func() {
			for c := range r.work {
				c.parse()
			}
		}()
	}
	return r
}

// Next waits for the next chunk. At the end it is nil.
func (r *Reading) Next(ctx context.Context) (*Chunk, error) {
	select {
	case c := <-r.ordered:
		if c == nil {
			return nil, ctx.Err()
		}
		return c.await(ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Ready is the next chunk if there is one. A chunk that is being parsed is waited for: it does not take long.
func (r *Reading) Ready() *Chunk {
	select {
	case c := <-r.ordered:
		if c != nil {
			<-c.parsed
		}
		return c
	default:
		return nil
	}
}

func (c *Chunk) await(ctx context.Context) (*Chunk, error) {
	select {
	case <-c.parsed:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readAll reads file after file.
func (r *Reading) readAll(ctx context.Context) {
	defer close(r.ordered)
	defer close(r.work)
	for i := range r.options.Files {
		if ctx.Err() != nil {
			return
		}
		f := &r.options.Files[i]
		if err := r.read(ctx, f); err != nil {
			r.hand(ctx, r.faulty(f.Name, Place{}, err))
		}
	}
	if all := len(r.options.Files); all > 0 && r.passed == all {
		err := fmt.Errorf("no file has a form that is known: %d were passed over: name one to learn what helps", all)
		r.hand(ctx, r.faulty("", Place{}, err))
	}
}

// read reads a file. Its error is of the whole of it.
func (r *Reading) read(ctx context.Context, f *File) error {
	from, err := f.Open()
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", path.Op, path.Err) // The fault has the path.
	}
	if err != nil {
		return err
	}
	defer from.Close()
	log := r.options.Logger.With("file", f.Name)
	opened, err := open(r.options.Shown(f.Name, from), log)
	if opened.close != nil {
		defer opened.close()
	}
	if err == nil {
		err = f.check(&opened)
	}
	if unknown, ok := errors.AsType[formError](err); ok && f.found {
		log.Warn("passed over: " + unknown.Error())
		r.passed++
		return nil
	}
	if err != nil {
		return err
	}
	text := opened.text
	if !f.pipe {
		text = filling{text}
	}
	var parts cutter = &lines{from: text, source: opened.source, number: 1}
	if opened.container() {
		if parts, err = newContainer(opened.text); err != nil {
			return err
		}
	}
	r.cut(ctx, f.Name, parts)
	return nil
}

// check refuses what is no file of events, as far as its beginning tells.
func (f *File) check(o *opened) error {
	if o.empty && !f.pipe {
		return formError{errors.New("it is empty: make it again, or leave it out")}
	}
	if err := o.strange(); err != nil && f.found {
		return formError{err}
	}
	return nil
}

// filling reads as much as there is room for, of what need not be waited for: decompressors give a little at a time.
type filling struct{ from io.Reader }

func (f filling) Read(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = f.from.Read(b[n:])
		n += more
	}
	return n, err
}

// cutter cuts a file into parts. At the end next gives nil; after an error it can be asked again.
type cutter interface {
	next() (part, Place, error)
}

// cut hands out the parts of a file.
func (r *Reading) cut(ctx context.Context, name string, parts cutter) {
	for {
		p, at, err := parts.next()
		c := r.chunk(name, p)
		if err != nil {
			c = r.faulty(name, at, err)
		} else if p == nil {
			return
		}
		if !r.hand(ctx, c) {
			return
		}
	}
}

func (r *Reading) chunk(name string, p part) *Chunk {
	return &Chunk{file: name, most: r.options.Faults, encoder: r.options.Encoder, part: p, parsed: make(chan struct{})}
}

// faulty is a chunk of nothing but a fault.
func (r *Reading) faulty(name string, at Place, err error) *Chunk {
	c := r.chunk(name, nil)
	c.refuse(at, err)
	return c
}

// hand gives a chunk to a worker, and to who reads. It tells whether there is anybody left.
func (r *Reading) hand(ctx context.Context, c *Chunk) bool {
	for _, to := range []chan<- *Chunk{r.work, r.ordered} {
		select {
		case to <- c:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
