package windows

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Bucket is a part of what the orders of one seller and date add up to, in its compact form, which is also what is stored. The cells come
// in order: the totals of each channel, then those of each product line, of orders without items, of each marketplace, of each country. A cell
// without counts is not there, and a bucket without cells is empty.
//
//	cell: channel + 2 × form, the value, words of a bitmap of the measures that are not 0, their counts
//	form: 0 a total, 1 orders without items, 2 a marketplace, 3 a country, each of which a value follows with its length; from 4 on a product line,
//	      4 + the length of the value, which follows
//	word: 1 if another follows, + 2 × the bits of the next 63 measures
//
// All numbers are unsigned varints.
type Bucket []byte

// kind is what the cells of a bucket are of.
type kind uint8

// The kinds, in the order of their cells.
const (
	totalKind kind = iota
	lineKind
	linelessKind
	marketplaceKind
	countryKind
	numKinds
)

// cell is one entry of a bucket.
type cell struct {
	key
	sums Sums
}

// key is what a bucket counts by: a channel, and of it the total or what has a value.
type key struct {
	channel events.Channel
	kind    kind
	value   string
}

func (k *key) compare(other *key) int {
	if k.kind != other.kind {
		return cmp.Compare(k.kind, other.kind)
	}
	return cmp.Or(strings.Compare(k.value, other.value), cmp.Compare(k.channel, other.channel))
}

func (k *key) String() string {
	switch k.kind {
	case totalKind:
		return fmt.Sprintf("the total of %v", k.channel)
	case linelessKind:
		return fmt.Sprintf("orders without items of %v", k.channel)
	default:
		return fmt.Sprintf("%s %q of %v", [...]string{lineKind: "line", marketplaceKind: "marketplace", countryKind: "country"}[k.kind], k.value, k.channel)
	}
}

// The forms of keys.
const (
	totalForm = iota
	linelessForm
	marketplaceForm
	countryForm
	lineForm
)

func (k *key) append(dst []byte) []byte {
	form := [...]uint64{totalForm, lineForm, linelessForm, marketplaceForm, countryForm}[k.kind]
	if k.kind == lineKind {
		form += uint64(len(k.value))
	}
	dst = binary.AppendUvarint(dst, form<<1|uint64(k.channel-events.AFN))
	if k.kind >= marketplaceKind {
		return varint.AppendText(dst, k.value)
	}
	return append(dst, k.value...)
}

// wordBits is how many measures a word of a bitmap tells of.
const wordBits = 63

// append writes the counts of a cell, of which at least one is not 0.
func (s Sums) append(dst []byte) []byte {
	if len(s) <= wordBits {
		return s.appendWord(dst)
	}
	for last := len(s); ; last-- {
		if last == 0 || s[last-1] != 0 {
			s = s[:last]
			break
		}
	}
	for at := 0; at < len(s); at += wordBits {
		word := uint64(0)
		for i, n := range s[at:min(at+wordBits, len(s))] {
			if n != 0 {
				word |= 2 << i
			}
		}
		if at+wordBits < len(s) {
			word |= 1
		}
		dst = binary.AppendUvarint(dst, word)
	}
	for _, n := range s {
		if n != 0 {
			dst = binary.AppendUvarint(dst, uint64(n))
		}
	}
	return dst
}

// appendWord writes the counts of a cell whose bitmap is one word.
func (s Sums) appendWord(dst []byte) []byte {
	word := uint64(0)
	for i, n := range s {
		if n != 0 {
			word |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, word<<1)
	for ; word != 0; word &= word - 1 {
		dst = binary.AppendUvarint(dst, uint64(s[bits.TrailingZeros64(word)]))
	}
	return dst
}

// readKey reads what a cell counts by. The value is valid for as long as the bucket's bytes stay.
func readKey(r *varint.Reader, k *key) {
	head := r.Uint()
	*k = key{channel: events.AFN + events.Channel(head&1)}
	switch form := head >> 1; form {
	case totalForm:
	case linelessForm:
		k.kind = linelessKind
	case marketplaceForm:
		k.kind, k.value = marketplaceKind, r.TakeText(r.Uint())
	case countryForm:
		k.kind, k.value = countryKind, r.TakeText(r.Uint())
	case lineForm:
		k.kind = lineKind
	default:
		k.kind, k.value = lineKind, r.TakeText(form-lineForm)
	}
}

// MaxMeasures is how many measures a program may have.
const MaxMeasures = 16 * wordBits

// bitmap is the words of a cell's bitmap, without what tells whether another follows.
type bitmap [MaxMeasures / wordBits]uint64

// readBitmap reads the words of a bitmap that begins with one, and tells how many they are; 0 where they are too many.
func readBitmap(r *varint.Reader, first uint64, b *bitmap) (words int) {
	b[0] = first >> 1
	more := first&1 == 1
	for words = 1; more; words++ {
		if words == len(b) {
			return 0
		}
		word := r.Uint()
		b[words], more = word>>1, word&1 == 1
	}
	return words
}

// readSums reads the counts of a cell, of which there is at least one.
func readSums(r *varint.Reader, s Sums) {
	clear(s)
	first := r.Uint()
	if first&1 == 0 {
		readWord(r, s, first>>1)
		return
	}
	var b bitmap
	words := readBitmap(r, first, &b)
	if words == 0 {
		r.Fail(errBucket)
	}
	for i, word := range b[:max(words-1, 0)] {
		readCounts(r, s[min(i*wordBits, len(s)):], word)
	}
	if words > 0 {
		readWord(r, s[min((words-1)*wordBits, len(s)):], b[words-1])
	}
}

// readWord reads the counts of the last word of a bitmap, which is not 0.
func readWord(r *varint.Reader, s Sums, word uint64) {
	if word == 0 {
		r.Fail(errBucket)
	}
	readCounts(r, s, word)
}

// readCounts reads the counts of a word.
func readCounts(r *varint.Reader, s Sums, word uint64) {
	if bits.Len64(word) > len(s) {
		r.Fail(errBucket)
		return
	}
	for ; word != 0; word &= word - 1 {
		n := r.Uint()
		if n == 0 || n > math.MaxInt32 {
			r.Fail(errBucket)
		}
		s[bits.TrailingZeros64(word)] = int32(n)
	}
}

// addSums adds the counts of a cell of a bucket that was checked to sums.
func addSums(r *varint.Reader, s Sums) {
	first := r.Uint()
	if first&1 == 1 {
		addLongSums(r, s, first)
		return
	}
	for word := first >> 1; word != 0; word &= word - 1 {
		s[bits.TrailingZeros64(word)] += int32(r.Uint())
	}
}

// addLongSums adds the counts of a cell whose bitmap has more words than the first.
func addLongSums(r *varint.Reader, s Sums, first uint64) {
	var b bitmap
	words := readBitmap(r, first, &b)
	for i, word := range b[:words] {
		for ; word != 0; word &= word - 1 {
			s[i*wordBits+bits.TrailingZeros64(word)] += int32(r.Uint())
		}
	}
}

// skipSums passes over the counts of a cell of a bucket that was checked.
func skipSums(r *varint.Reader) {
	n := 0
	for {
		word := r.Uint()
		n += bits.OnesCount64(word >> 1)
		if word&1 == 0 {
			break
		}
	}
	r.SkipUints(n)
}

var errBucket = errors.New("decode day bucket: not as written by this version")

// next reads the first cell into c, and returns the rest of the bucket.
func (b Bucket) next(c *cell) (Bucket, error) {
	r := varint.NewReader(b)
	readKey(&r, &c.key)
	readSums(&r, c.sums)
	if r.Err() != nil {
		return nil, errBucket
	}
	return b[r.Offset():], nil
}

// CheckBucket tells whether a stored bucket of a program can be read and changed: its cells are whole, and in order.
func (p *Program) CheckBucket(b Bucket) error { return b.check(p.Sums()) }

// CheckBucket is [Program.CheckBucket], in the layout's memory.
func (l *Layout) CheckBucket(b Bucket) error { return b.check(l.cell) }

// check checks a bucket, with memory for the sums of a cell.
func (b Bucket) check(sums Sums) error {
	c, before := cell{sums: sums}, key{}
	for rest := b; len(rest) > 0; before = c.key {
		first := len(rest) == len(b)
		var err error
		if rest, err = rest.next(&c); err != nil {
			return err
		}
		if !first && before.compare(&c.key) >= 0 {
			return errBucket
		}
	}
	return nil
}

// Cell is a cell of a bucket, taken apart.
type Cell struct {
	Channel events.Channel
	Total   bool  // of all orders; else of those of whom Field has Value
	Field   Field // LineField, MarketplaceField or CountryField
	Value   string
	NoItems bool // of orders without items, which are in no line; Field is LineField
	Sums    Sums
}

// Cells calls yield with each cell of a part of a bucket that may not be one. It is valid during the call, its value for as long as the bucket is.
func (p *Program) Cells(b Bucket, yield func(*Cell)) error {
	c := cell{sums: p.Sums()}
	for len(b) > 0 {
		var err error
		if b, err = b.next(&c); err != nil {
			return err
		}
		yield(&Cell{
			Channel: c.channel, Total: c.kind == totalKind, Field: fieldOf[c.kind], Value: c.value, NoItems: c.kind == linelessKind, Sums: c.sums,
		})
	}
	return nil
}

// fieldOf is the field by whose value cells of a kind are told apart.
var fieldOf = [numKinds]Field{NoField, LineField, LineField, MarketplaceField, CountryField}

// Totals is the totals of each channel, AFN and MFN, of a part of a bucket that may not be one. Of a bucket they are in its first part.
func (p *Program) Totals(b Bucket) (sums [2]Sums, err error) {
	c := cell{sums: p.Sums()}
	sums = [2]Sums{p.Sums(), p.Sums()}
	for len(b) > 0 {
		if b, err = b.next(&c); err != nil || c.kind != totalKind {
			break // No total comes after others.
		}
		sums[c.channel-events.AFN].Add(c.sums)
	}
	return sums, err
}

// middle is where the last cell begins that begins in the first half of a bucket that was checked, but for the first cell; or the end of
// a bucket of one cell.
func (b Bucket) middle() int {
	r := varint.NewReader(b)
	var k key
	for at := 0; r.More(); at = r.Offset() {
		readKey(&r, &k)
		skipSums(&r)
		if at > 0 && r.Offset() > len(b)/2 {
			return at
		}
	}
	return len(b)
}
