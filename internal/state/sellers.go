package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/windows"
)

// Seller is what is kept of a seller: its buckets, the states of its rules and whether a report is due.
type Seller struct {
	ID      string
	Windows *windows.Seller
	Rules   []RuleState   // by the index of the rule; changed by way of Changed only
	Parts   [][]PartState // likewise, in no order; changed by way of ChangedPart only; nil where there are none

	// Known is whether the seller has had a placed order. From then on it is reported.
	Known bool
	// ReportDue is whether numbers or states changed since the last report, whose fingerprint is Reported.
	ReportDue bool
	Reported  uint64
	Misses    Misses

	hash uint64
	next *Seller // with the same hash, in the cache

	weight    int         // that the cache has counted
	partBytes int         // that Parts takes
	places    []partPlace // by what is tracked, then by rule
	placed    []uint16    // by what is tracked: under how many rules it has a place

	noted place        // the date that was last noted to have orders of the seller
	gone  []namedState // states of rules that are not in force

	// What differs from the changelog, until the next commit, and from the database, until the next checkpoint.
	changed, unsaved             []*Order
	isChanged, isUnsaved         bool
	recordChanged, recordUnsaved bool
	unsavedDates                 []datedOrders // the unsaved orders by the dates under which they are, and are stored
	changedParts, unsavedParts   []partIndex
}

func (s *Seller) size() int {
	size := int(unsafe.Sizeof(*s)) + len(s.ID) + cap(s.Rules)*int(unsafe.Sizeof(RuleState{})) + cap(s.gone)*int(unsafe.Sizeof(namedState{}))
	for i := range s.gone {
		size += len(s.gone[i].name)
	}
	orders := cap(s.changed) + cap(s.unsaved) + 3*cap(s.unsavedDates)
	for i := range s.unsavedDates[:cap(s.unsavedDates)] {
		orders += cap(s.unsavedDates[:cap(s.unsavedDates)][i].orders)
	}
	return size + orders*int(unsafe.Sizeof((*Order)(nil))) + cap(s.Misses.bytes) + s.partBytes + cap(s.places)*int(unsafe.Sizeof(partPlace{})) + 2*cap(s.placed) + s.Windows.Size()
}

func (s *Seller) link() **Seller { return &s.next }

func (s *Seller) saved() bool { return !s.isChanged && !s.isUnsaved }

func (s *Seller) counted() *int { return &s.weight }

// pack appends the id with its length, whether a report is due, the fingerprint of the last one, the date that was noted, the states of the
// rules and of their parts, the misses and the windows. One whose states are not all of rules in force is rare, and not packed.
func (s *Seller) pack(dst []byte) []byte {
	if !s.Known || len(s.gone) > 0 {
		return nil
	}
	dst = varint.AppendText(dst, s.ID)
	flags := byte(0)
	if s.ReportDue {
		flags = flagReportDue
	}
	if s.noted.known {
		flags |= flagNoted
	}
	dst = append(dst, flags)
	dst = binary.LittleEndian.AppendUint64(dst, s.Reported)
	dst = binary.AppendVarint(dst, int64(s.noted.date))
	for i := range s.Rules {
		dst = s.Rules[i].append(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Parts)))
	for _, parts := range s.Parts {
		dst = binary.AppendUvarint(dst, uint64(len(parts)))
		for i := range parts {
			dst = parts[i].append(varint.AppendText(dst, parts[i].Value))
		}
	}
	return s.Windows.AppendPacked(s.Misses.append(dst))
}

const (
	flagReportDue = 1 << iota
	flagNoted
)

func (s *Store) unpackSeller(hash uint64, packed []byte) *Seller {
	r := varint.NewReader(packed)
	seller := s.newSeller(string(r.Bytes()), hash)
	seller.Known = true
	flags := r.Byte()
	seller.ReportDue, seller.Reported = flags&flagReportDue != 0, binary.LittleEndian.Uint64(r.Take(8))
	seller.noted = place{flags&flagNoted != 0, windows.Date(r.Int())}
	for i := range seller.Rules {
		seller.Rules[i] = readRuleState(&r)
	}
	if n := r.Uint(); n > 0 {
		seller.setParts(readPackedParts(&r, n))
	}
	seller.Misses.read(&r)
	s.options.Layout.Unpack(seller.Windows, packed[r.Offset():])
	s.findPlaces(seller)
	return seller
}

// readPackedParts reads the parts of all rules. Most rules have the values that another has, in one order, which are kept once.
func readPackedParts(r *varint.Reader, rules uint64) [][]PartState {
	all := make([][]PartState, rules)
	var values []string
	for i := range all {
		all[i] = make([]PartState, r.Uint())
		for j := range all[i] {
			value := r.Bytes()
			if j == len(values) {
				values = append(values, string(value))
			} else if values[j] != string(value) {
				values[j] = string(value)
			}
			all[i][j] = PartState{Value: values[j], Place: windows.Field(r.Byte()), RuleState: readRuleState(r)}
		}
	}
	return all
}

// Changed notes that the seller's rule states or what is known of its report changed.
func (s *Store) Changed(seller *Seller) {
	if !seller.recordChanged {
		seller.recordChanged, seller.recordUnsaved = true, true
		s.waiting++
		s.unloggedBytes += 64 + 32*len(seller.Rules)
	}
	s.touch(seller)
}

// ChangedWindows notes that the seller's buckets changed.
func (s *Store) ChangedWindows(seller *Seller) {
	s.touch(seller)
}

// Seller reads a seller, with its windows as of a day. One that was never seen is empty and not Known.
func (s *Store) Seller(id string, today windows.Date) (*Seller, error) {
	hash := hashText(id)
	if seller, ok := s.sellers.get(hash, func(s *Seller) bool { return s.ID == id }); ok {
		seller.Windows.Slide(today)
		return seller, nil
	}
	return s.readSeller(id, hash, today)
}

func (s *Store) readSeller(id string, hash uint64, today windows.Date) (*Seller, error) {
	id = strings.Clone(id) // The caller's may alias a message.
	seller := s.newSeller(id, hash)
	s.options.Layout.Reset(seller.Windows, today)
	s.key = appendSellerKey(s.key[:0], id)
	value, err := s.Partition.Get(s.key)
	if err != nil {
		return nil, err
	}
	if value == nil {
		seller.Misses.Reset() // There is no order.
	} else {
		if err := s.decodeSeller(seller, value); err != nil {
			return nil, err
		}
		if err := s.readParts(seller); err != nil {
			return nil, err
		}
		if err := s.readBuckets(seller); err != nil {
			return nil, err
		}
	}
	s.sellers.put(hash, seller)
	return seller, nil
}

// newSeller makes a seller, in the memory of one that was packed if there is any.
func (s *Store) newSeller(id string, hash uint64) *Seller {
	if n := len(s.idle); n > 0 {
		seller := s.idle[n-1]
		s.idle = s.idle[:n-1]
		*seller = Seller{
			ID: id, hash: hash, Windows: seller.Windows, Rules: seller.Rules,
			changed: seller.changed, unsaved: seller.unsaved, unsavedDates: seller.unsavedDates, Misses: Misses{bytes: seller.Misses.bytes[:0]},
		}
		clear(seller.Rules)
		return seller
	}
	return &Seller{ID: id, hash: hash, Windows: &windows.Seller{}, Rules: make([]RuleState, len(s.options.Rules))}
}

// packSeller packs a seller, whose memory is used again unless it is much.
func (s *Store) packSeller(dst []byte, seller *Seller) []byte {
	packed := seller.pack(dst)
	const most, large = 4096, 2 << 10
	if packed != nil && len(s.idle) < most && seller.weight < large {
		s.idle = append(s.idle, seller)
	}
	return packed
}

func (s *Store) readBuckets(seller *Seller) error {
	if s.options.Recount != nil {
		return s.options.Recount.count(s.Partition, seller)
	}
	from := appendText([]byte{tagBucket}, seller.ID)
	return s.Partition.ScanStored(from, after(from), func(key, value []byte) (bool, error) {
		date, rest, err := cutDate(key[len(from):])
		if err != nil || len(rest) != 2 {
			return false, errKey
		}
		bucket := windows.Bucket(value)
		if err := s.options.Layout.CheckBucket(bucket); err != nil {
			return false, fmt.Errorf("seller %q, %v: %w", seller.ID, date, err)
		}
		seller.Windows.Load(date, binary.BigEndian.Uint16(rest), bucket)
		return true, nil
	})
}

func (s *Store) flushBuckets(seller *Seller) {
	seller.Windows.Flush(func(date windows.Date, part uint16, bucket windows.Bucket) {
		s.key = appendBucketKey(s.key[:0], seller.ID, date, part)
		if len(bucket) == 0 {
			bucket = nil
		}
		s.Partition.Put(s.key, bucket)
	})
}

const sellerVersion = 1

// encodeSeller writes the version, whether a report is due, the fingerprint of the last one (8 bytes), then for each rule of which
// there is anything to say: length of its name, name, state, transitions, since (zig-zag), and the level with its length where the state says so.
// Numbers are varints.
//
// It is valid until the next call.
func (s *Store) encodeSeller(seller *Seller) []byte {
	s.value = append(s.value[:0], sellerVersion, 0)
	if seller.ReportDue {
		s.value[1] = 1
	}
	b := binary.BigEndian.AppendUint64(s.value, seller.Reported)
	for i := range seller.Rules {
		b = appendRuleState(b, s.options.Rules[i], seller.Rules[i])
	}
	for _, g := range seller.gone {
		b = appendRuleState(b, g.name, g.RuleState)
	}
	s.value = b
	return b
}

func (s *Store) decodeSeller(seller *Seller, b []byte) error {
	err := eachRuleState(b, func(name string, r RuleState) {
		if i := slices.Index(s.options.Rules, name); i >= 0 {
			seller.Rules[i] = r
		} else {
			seller.gone = append(seller.gone, namedState{strings.Clone(name), r})
		}
	})
	if err != nil {
		return fmt.Errorf("decode seller %q: %w", seller.ID, err)
	}
	seller.Known = true
	seller.ReportDue, seller.Reported = sellerReport(b)
	return nil
}

// sellerReport is whether a report of a seller is due, and the fingerprint of the last one: of a value that eachRuleState has read.
func sellerReport(b []byte) (due bool, reported uint64) {
	return b[1] == 1, binary.BigEndian.Uint64(b[2:])
}

// inForce is whether a rule is one of those in force.
func (s *Store) inForce(rule string) bool { return slices.Contains(s.options.Rules, rule) }

// Sellers calls yield with the id of each known seller, in order, and whether a report of it is due, as of the last Checkpoint.
func (s *Store) Sellers(yield func(id string, reportDue bool) (bool, error)) error {
	return s.Partition.Scan([]byte{tagSeller}, []byte{tagSeller + 1}, func(key, value []byte) (bool, error) {
		return yield(string(key[1:]), len(value) > 1 && value[1] == 1)
	})
}

// SellersDue calls yield with at most so many sellers behind a key, in order, whose reports are due as of the last Checkpoint. It tells behind
// which key to go on; nil where there are no more.
func (s *Store) SellersDue(behind []byte, most int, yield func(id string)) (next []byte, err error) {
	from := append([]byte{tagSeller}, behind...)
	if len(behind) > 0 {
		from = append(slices.Clone(behind), 0)
	}
	err = s.Partition.ScanStored(from, []byte{tagSeller + 1}, func(key, value []byte) (bool, error) {
		if most == 0 {
			return false, nil
		}
		next = append(next[:0], key...)
		if len(value) > 1 && value[1] == 1 {
			most--
			yield(string(key[1:]))
		}
		return true, nil
	})
	if most > 0 {
		next = nil
	}
	return next, err
}

// SellersAfter lists up to a number of known sellers that are behind a key, nil for all, in order, as of the last Checkpoint.
func (s *Store) SellersAfter(key []byte, most int) (ids []string, err error) {
	from := append(bytes.Clone(key), 0) // The next key there can be.
	if key == nil {
		from = []byte{tagSeller}
	}
	err = s.Partition.ScanStored(from, []byte{tagSeller + 1}, func(key, _ []byte) (bool, error) {
		ids = append(ids, string(key[1:]))
		return len(ids) < most, nil
	})
	return ids, err
}

// SellerRecord is the key that SellersAfter goes on behind.
func SellerRecord(id string) []byte { return append([]byte{tagSeller}, id...) }
