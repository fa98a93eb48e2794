package ocf

import (
	"bytes"
	"compress/flate"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/linkedin/goavro/v2"
	"github.com/ulikunitz/xz"

	"sellerpulse/internal/avro"
)

// files are, by codec, what Apache Avro 1.12 for Java writes of "hello" and 1,000 times "avro", and of "again" behind a sync marker; and 65 MiB of
// zeros in a block that Python's bz2 has packed.
//
//go:embed testdata
var files embed.FS

const stringSchema = `"string"`

// texts reads all records of a file of strings.
func texts(from io.Reader) (all []string, err error) {
	r, err := NewReader(from)
	if err != nil {
		return nil, err
	}
	for {
		block, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		unpacked, err := r.Unpack(block)
		if err != nil {
			return all, err
		}
		records := avro.NewReader(unpacked)
		for range block.Records {
			all = append(all, strings.Clone(records.String()))
		}
		if err := records.End(); err != nil {
			return all, err
		}
	}
}

var want = []string{"hello", strings.Repeat("avro", 1000), "again"}

// byLibrary is a file that goavro writes.
func byLibrary(t testing.TB, codec string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &b, Schema: stringSchema, CompressionName: codec})
	if err == nil {
		err = w.Append([]any{want[0], want[1]})
	}
	if err == nil {
		err = w.Append([]any{want[2]})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// written is a file of a Writer, in one block.
func written(t testing.TB, codec string, records ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, stringSchema, codec)
	for _, text := range records {
		if err == nil {
			err = w.Append(avro.AppendString(nil, text))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := files.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryCodecIsRead(t *testing.T) {
	all := map[string][]byte{}
	for _, codec := range readable {
		all[codec+" of Java"] = fixture(t, "avro-1.12/"+codec+".avro")
	}
	for _, codec := range []string{"null", "deflate", "snappy"} {
		all[codec+" of goavro"] = byLibrary(t, codec)
	}
	for _, codec := range Writable() {
		all[codec+" of ours"] = written(t, codec, want...)
	}
	for name, file := range all {
		for how, reader := range map[string]io.Reader{"whole": bytes.NewReader(file), "bytes": iotest.OneByteReader(bytes.NewReader(file))} {
			if got, err := texts(reader); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, read as %s: %.40q, %v", name, how, got, err)
			}
		}
	}
}

// What a Writer writes, in one block and in many, the library reads.
func TestLibraryReadsWhatIsWritten(t *testing.T) {
	var many []string
	for i := range 20_000 {
		many = append(many, fmt.Sprint("record ", i))
	}
	for _, codec := range []string{"null", "deflate", "snappy"} {
		for _, records := range [][]string{nil, want, many} {
			r, err := goavro.NewOCFReader(bytes.NewReader(written(t, codec, records...)))
			if err != nil {
				t.Fatalf("%s: %v", codec, err)
			}
			var got []string
			for r.Scan() {
				datum, err := r.Read()
				if err != nil {
					t.Fatalf("%s: %v", codec, err)
				}
				got = append(got, datum.(string))
			}
			if r.Err() != nil || strings.Join(got, "|") != strings.Join(records, "|") {
				t.Errorf("%s: %d records, %v; want %d", codec, len(got), r.Err(), len(records))
			}
		}
	}
}

// A file that is cut off anywhere but behind a block says so, and all blocks before that are read.
func TestCutFiles(t *testing.T) {
	for _, codec := range readable {
		file := fixture(t, "avro-1.12/"+codec+".avro")
		whole := 0
		for size := range file {
			got, err := texts(bytes.NewReader(file[:size]))
			if err == nil {
				whole++
			} else if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasSuffix(err.Error(), "the file was cut off: fetch it again") {
				t.Fatalf("%s, cut at byte %d: %v", codec, size, err)
			}
			if len(got) != 0 && len(got) != 2 {
				t.Fatalf("%s, cut at byte %d: %d records", codec, size, len(got))
			}
		}
		if whole != 2 { // behind the header, and behind the first block
			t.Errorf("%s: %d cuts go unnoticed, want 2", codec, whole)
		}
	}
}

// header is that of a file with other metadata.
func header(entries ...string) []byte {
	b := []byte(Mark)
	if len(entries) > 0 {
		b = avro.AppendBlock(b, len(entries)/2)
	}
	for _, text := range entries {
		b = avro.AppendString(b, text)
	}
	return append(avro.AppendEnd(b), make([]byte, syncBytes)...)
}

// block is a block of a file with such a header.
func block(records int64, packed []byte) []byte {
	return append(avro.AppendBytes(avro.AppendLong(nil, records), packed), make([]byte, syncBytes)...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestDamagedFiles(t *testing.T) {
	of := func(codec string, packed []byte) []byte {
		return join(header(schemaKey, stringSchema, codecKey, codec), block(1, packed))
	}
	flipped := written(t, "snappy", want...)
	flipped[len(flipped)-syncBytes-1] ^= 1
	wrongSync := written(t, "null", want...)
	wrongSync[len(wrongSync)-1] ^= 1
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"no container":              {[]byte("Obj\x02 and so on"), "read header: it is no Avro object container file"},
		"no schema":                 {header(codecKey, "null"), "read header: it has no avro.schema: the file is damaged: fetch it again"},
		"no metadata":               {header(), "read header: it has no avro.schema"},
		"unknown codec":             {header(schemaKey, stringSchema, codecKey, "lzo"), `codec "lzo" is none of the Avro specification: write the file with one of null, deflate, bzip2, snappy, xz, zstandard`},
		"huge metadata":             {join([]byte(Mark), avro.AppendLong(nil, 1), avro.AppendLong(nil, 1<<40)), "read header: it is longer than 2097152 bytes"},
		"negative text":             {join([]byte(Mark), avro.AppendLong(nil, 1), avro.AppendLong(nil, -1)), "read header: it is longer than"},
		"endless metadata":          {join([]byte(Mark), avro.AppendLong(nil, 1<<62), bytes.Repeat([]byte{0}, 3<<20)), "read header: it is longer than"},
		"least metadata":            {join([]byte(Mark), avro.AppendLong(nil, -1<<63), []byte{0}), "read header: it is longer than"},
		"endless number":            {join([]byte(Mark), bytes.Repeat([]byte{0xff}, 20)), "a number is longer than 64 bits: the file is damaged"},
		"wrong sync marker":         {wrongSync, "what follows it is not the file's sync marker: the file is damaged: fetch it again"},
		"negative count":            {join(header(schemaKey, stringSchema), block(-1, nil)), "-1 records of 0 bytes: the file is damaged"},
		"negative size":             {join(header(schemaKey, stringSchema), avro.AppendLong(nil, 1), avro.AppendLong(nil, -5)), "1 records of -5 bytes: the file is damaged"},
		"huge block":                {join(header(schemaKey, stringSchema), avro.AppendLong(nil, 1), avro.AppendLong(nil, MaxBlockBytes+1)), "67108865 bytes: more than 67108864 bytes: write the file with smaller blocks"},
		"more records than fit":     {join(header(schemaKey, stringSchema), block(6, []byte("\x08text"))), "6 records in 5 bytes: the file is damaged"},
		"snappy checksum":           {flipped, "decompress: snappy: invalid checksum: the file is damaged: fetch it again"},
		"snappy without one":        {of("snappy", []byte("abc")), "decompress: snappy: no checksum: the file is damaged"},
		"snappy rubbish":            {of("snappy", []byte("\xff\xff\xff\xff\xff\xff\xff")), "corrupt input: the file is damaged"},
		"snappy that lies":          {of("snappy", join(binary.AppendUvarint(nil, 1<<31), make([]byte, 10))), "decompress: more than 67108864 bytes"},
		"deflate rubbish":           {of("deflate", []byte("\xff\xff")), "decompress: flate: corrupt input before offset 1: the file is damaged"},
		"deflate cut":               {of("deflate", []byte{0x01}), "decompress: unexpected EOF: the file is damaged"},
		"bzip2 rubbish":             {of("bzip2", []byte("BZ")), "the file is damaged"},
		"xz rubbish":                {of("xz", []byte("no stream of xz")), "decompress: xz:"},
		"xz of nothing":             {of("xz", nil), "decompress: xz: the stream is not well-formed: the file is damaged"},
		"zstandard rubbish":         {of("zstandard", []byte("rubbish")), "decompress: invalid input: magic number mismatch: the file is damaged"},
		"deflate of much":           {of("deflate", deflated(t)), "decompress: more than 67108864 bytes"},
		"bzip2 of much":             {fixture(t, "zeros.bzip2.avro"), "decompress: more than 67108864 bytes"},
		"xz of much":                {of("xz", xzOf(t, xz.WriterConfig{}, zeros())), "decompress: more than 67108864 bytes"},
		"zstandard of much":         {of("zstandard", zstdOf(t, true)), "decompress: more than 67108864 bytes"},
		"zstandard of unknown":      {of("zstandard", zstdOf(t, false)), "decompress: more than 67108864 bytes"},
		"snappy of much":            {of("snappy", snappy.Encode(nil, make([]byte, MaxBlockBytes+1))), "decompress: more than 67108864 bytes"},
		"xz with a huge dictionary": {of("xz", xzOf(t, xz.WriterConfig{DictCap: 128 << 20}, strings.NewReader("text"))), "xz: it needs a dictionary of 134217728 bytes, at most 67108864 are given"},
	} {
		if _, err := texts(bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// zeros are more than a block may have.
func zeros() io.Reader { return io.LimitReader(zero{}, MaxBlockBytes+1) }

type zero struct{}

func (zero) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func deflated(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = io.Copy(w, zeros())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xzOf(t testing.TB, config xz.WriterConfig, from io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := config.NewWriter(&b)
	if err == nil {
		_, err = io.Copy(w, from)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zstdOf packs zeros into a frame that tells their number, or does not.
func zstdOf(t *testing.T, told bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if told {
		return w.EncodeAll(make([]byte, MaxBlockBytes+1), nil)
	}
	if _, err = io.Copy(w, zeros()); err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// After a block that cannot be unpacked the next is read all the same.
func TestADamagedBlockIsNotTheEnd(t *testing.T) {
	file := join(header(schemaKey, stringSchema, codecKey, "deflate"), block(2, []byte("\xff\xff")), byLibraryBlock(t, "text"))
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 2 {
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := r.Unpack(b)
		got = append(got, fmt.Sprintf("%d %q %t", b.Records, unpacked, err != nil))
	}
	if want := `[2 "" true 1 "\btext" false]`; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func byLibraryBlock(t *testing.T, text string) []byte {
	t.Helper()
	packed, err := deflate()(avro.AppendString(nil, text))
	if err != nil {
		t.Fatal(err)
	}
	return block(1, packed)
}

// An error of reading is handed on as it is.
func TestErrorsOfReading(t *testing.T) {
	file, broken := byLibrary(t, "null"), errors.New("broken disk")
	for size := range file {
		if _, err := texts(io.MultiReader(bytes.NewReader(file[:size]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Fatalf("broken at byte %d: %v", size, err)
		}
	}
}

// FuzzReader: whatever the bytes are, nothing panics, and no block is larger than one may be.
func FuzzReader(f *testing.F) {
	for _, codec := range readable {
		f.Add(fixture(f, "avro-1.12/"+codec+".avro"))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		for err == nil {
			var b Block
			if b, err = r.Next(); err == nil {
				unpacked, err := r.Unpack(b)
				if len(unpacked) > MaxBlockBytes || err == nil && b.Records > int64(len(unpacked)) {
					t.Fatalf("%d records of %d bytes", b.Records, len(unpacked))
				}
			}
		}
	})
}

// FuzzXZ: what is found to keep within bounds does so, as who decompresses it finds.
func FuzzXZ(f *testing.F) {
	f.Add(xzOf(f, xz.WriterConfig{}, strings.NewReader("a text of some length, a text of some length")))
	f.Add(xzOf(f, xz.WriterConfig{DictCap: 1 << 20, BlockSize: 1000}, io.LimitReader(zero{}, 5000)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		unpacked, err := unxz(stream)
		if err == nil && len(unpacked) > MaxBlockBytes {
			t.Fatalf("%d bytes", len(unpacked))
		}
	})
}

// What a file claims and does not have takes no memory.
func TestClaimsTakeNoMemory(t *testing.T) {
	head := header(schemaKey, stringSchema)
	for name, file := range map[string][]byte{
		"metadata": join([]byte(Mark), avro.AppendLong(nil, 1), avro.AppendLong(nil, maxHeaderBytes-100)),
		"block":    join(head, avro.AppendLong(nil, 1), avro.AppendLong(nil, MaxBlockBytes)),
		"records":  join(head, block(1<<40, nil)),
		"snappy":   join(header(schemaKey, stringSchema, codecKey, "snappy"), block(1, join(binary.AppendUvarint(nil, 1<<32-1), make([]byte, 10)))),
		"xz":       join(header(schemaKey, stringSchema, codecKey, "xz"), block(1, xzHead(39))),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := texts(bytes.NewReader(file))
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > 4<<20 {
			t.Errorf("%s: %d bytes were allocated, error %v", name, took, err)
		}
	}
}

// xzHead is a stream that asks for a dictionary, and has nothing.
func xzHead(dictionary byte) []byte {
	seal := func(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }
	stream := append([]byte("\xfd7zXZ\x00"), seal([]byte{0, 1})...)
	return append(append(stream, seal([]byte{2, 0, lzma2Filter, 1, dictionary, 0, 0, 0})...), 0)
}
