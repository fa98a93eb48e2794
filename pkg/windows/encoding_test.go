package windows

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

// A row reads back as it was written, into memory used before too. It is of the first version that can hold what there is.
func TestOrderEncoding(t *testing.T) {
	scratch := fresh()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyPlaced), 0, 30).Draw(t, "events")
		placed := events.Event{Kind: events.OrderPlaced, OccurredAt: start, OrderDate: start, Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None}
		all = append(all, placedEvent{placed, NoOffset})
		if rapid.Bool().Draw(t, "without offsets") {
			for i := range all {
				all[i].offset = NoOffset
			}
		}
		o := applied(all)
		row := o.Append(nil)
		known := slices.ContainsFunc(all, func(e placedEvent) bool { return e.offset != NoOffset })
		if want := versionOf(o, known); row[0] != want {
			t.Fatalf("the row is of version %d, not %d", row[0], want)
		}
		if err := scratch.Decode(row); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprintf("%+v", *scratch), fmt.Sprintf("%+v", *o); got != want {
			t.Fatalf("read back\n%s\nnot\n%s", got, want)
		}
		for n := range row {
			if err := scratch.Decode(row[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes were accepted", n, len(row))
			}
		}
	})
}

// versionOf is the first byte of an order's row.
func versionOf(o *Order, known bool) byte {
	latest := o.Marketplace+o.ShipCountry != "" || len(o.Excuses) > 0 ||
		slices.ContainsFunc(o.Shipments, func(s Shipment) bool { return s.ScannedAt != events.None }) ||
		slices.ContainsFunc(o.Claims, func(c ClaimCase) bool { return c.Reason != 0 }) ||
		slices.ContainsFunc(o.Returns, func(r Return) bool { return r.Reason != 0 })
	switch {
	case latest && known:
		return 3
	case latest:
		return 0x83
	case known:
		return 2
	}
	return 1
}

// forgetScans is an order as a program left it that did not keep when shipments were scanned.
func forgetScans(o *Order) *Order {
	for i := range o.Shipments {
		o.Shipments[i].ScannedAt = events.None
	}
	return o
}

// A row of each version reads as the order that was written, in the first without sources, and is written again as it is.
func TestRowsOfEachVersion(t *testing.T) {
	nowhere, somewhere := func(int) int64 { return NoOffset }, func(i int) int64 { return 5_000_000 + 1_000*int64(i) }
	for _, c := range []struct {
		row      string
		events   []events.Event
		offsetOf func(i int) int64
	}{
		{
			"0180da8cf1ee66010102013104746f797302013205626f6f6b7304010181a6aea101010181c2c6ff0300010e3430322d313233343536372d7331a3ce9d4197a2f2ec0101" +
				"0001a3ce9d410d037331300d52423132333435363738354742010d3430322d313233343536372d6681ca9bc4040a05000000", typicalEvents(), nowhere,
		},
		{
			"0180a0d5edee66010f01013104746f79730281f4ee060381d4d4ab01010181e4feb40281a0f7363301017381aea60a81dccc140181aea60a0681a0d492020281aea60a0d" +
				"037331300d5242313233343536373835474281e8dd0d0e037570730178010166819684180a02010163818af31e0f01016281c4aa2213020101017281b8992981f2d02c81" +
				"ac88300481e6bf3301", former(), nowhere,
		},
		{
			"0280a0d5edee660183ade2040f01013104746f79730281f4ee060381d4d4ab01a11f010181e4feb402a01f81a0f7363381fa01b0ea0181fa0101017381aea60af3dbe204" +
				"81dccc140181aea60a8681a0d492020281aea60a8d037331300d5242313233343536373835474281e8dd0d0e037570730178d10fd10fd10f010166819684180a02b39ae3" +
				"04010163818af31e0fd3b9e30401016281c4aa221302a3c9e30401d10f01017281b89929c3e8e30481f2d02cd10f81ac883004d10f81e6bf3301d10f", former(),
			somewhere,
		},
		{
			"0380a0d5edee660183ade2047f01013104746f79730202444502415481f4ee060381d4d4ab01a11f010181e4feb402a01f81a0f7363381fa01b0ea0181fa01030081ce9d4100" +
				"a11f126c6174655f736869706d656e745f726174658194e63d01d00f01788194e63d8101017381aea60af3dbe20481dccc140381a2951181aea60a8681a0d492020281aea60a" +
				"8d037331300d5242313233343536373835474281e8dd0d0e037570730178d10fd10fd10f010166819684180a02b39ae304010163818af31e0fd3b9e30401016281c4aa221302" +
				"a3c9e30401d10f01017281b89929c3e8e30481f2d02cd10f81ac883004d10f81e6bf3301d10f010081d0bb1b04d00f010081b8992901f02e", everything(), somewhere,
		},
		{
			"8380a0d5edee66017f01013104746f79730202444502415481f4ee060381d4d4ab01010181e4feb40281a0f73633030081ce9d4100126c6174655f736869706d656e745f7261" +
				"74658194e63d0101788194e63d0101017381aea60a81dccc140381a2951181aea60a0681a0d492020281aea60a0d037331300d5242313233343536373835474281e8dd0d0e03" +
				"7570730178010166819684180a02010163818af31e0f01016281c4aa2213020101017281b8992981f2d02c81ac88300481e6bf3301010081d0bb1b04010081b8992901", everything(), nowhere,
		},
	} {
		row, err := hex.DecodeString(c.row)
		if err != nil {
			t.Fatal(err)
		}
		want, got := fresh(), fresh()
		for i := range c.events {
			want.Apply(&c.events[i], c.offsetOf(i))
		}
		if row[0] < RowVersion {
			forgetScans(want)
		}
		if err := got.Decode(row); err != nil || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", *want) {
			t.Errorf("it reads as\n%+v\nnot\n%+v: %v", *got, *want, err)
		}
		if again := got.Append(nil); !bytes.Equal(again, row) {
			t.Errorf("written again it is\n%x\nnot\n%x", again, row)
		}
	}
}

// One event with an offset makes it a row of the second version, in which all others are not known; sent again with theirs, they are. When shipments were
// scanned first stays unknown: those of which it is known may not have been the first.
func TestRowsOfTheFirstVersionGoOn(t *testing.T) {
	all, old := former(), fresh()
	for i := range all {
		old.Apply(&all[i], NoOffset)
	}
	o := fresh()
	if err := o.Decode(forgetScans(old).Append(nil)); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		o.Apply(&all[i], int64(i))
		row := bytes.Clone(o.Append(nil))
		if err := o.Decode(row); err != nil || row[0] != versionTraced {
			t.Fatalf("version %d: %v", row[0], err)
		}
	}
	whole := fresh()
	for i := range all {
		whole.Apply(&all[i], int64(i))
	}
	if got, want := fmt.Sprintf("%+v", *o), fmt.Sprintf("%+v", *forgetScans(whole)); got != want {
		t.Errorf("it became\n%s\nnot\n%s", got, want)
	}
}

// Whatever bytes are accepted as a row are written again as a row that reads the same.
func FuzzOrderDecode(f *testing.F) {
	for _, offsetOf := range []func(i int) int64{
		func(int) int64 { return NoOffset },
		func(i int) int64 { return int64(i) },
		func(i int) int64 { return int64(i%3) << 40 },
	} {
		o := fresh()
		for i, e := range everything() {
			o.Apply(&e, offsetOf(i))
		}
		f.Add(o.Append(nil))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		o, again := fresh(), fresh()
		if o.Decode(row) != nil {
			return
		}
		written := o.Append(nil)
		if err := again.Decode(written); err != nil {
			t.Fatalf("%x is written as %x, which is refused: %v", row, written, err)
		}
		if got, want := fmt.Sprintf("%+v", *again), fmt.Sprintf("%+v", *o); got != want {
			t.Fatalf("%x reads as\n%s\nand, written again as %x, as\n%s", row, want, written, got)
		}
	})
}

// A row of another version, or of none, is refused with what is wrong with it.
func TestDecodeRefuses(t *testing.T) {
	const others = "is not known, only those up to 3: run the program that wrote it, or a newer one"
	for _, c := range []struct {
		row  []byte
		want string
	}{
		{nil, "decode order row: version -1 " + others},
		{[]byte{0}, "decode order row: version 0 " + others},
		{[]byte{4}, "decode order row: version 4 " + others},
		{[]byte{0x82}, "decode order row: version 130 " + others},
		{[]byte{3}, "decode order row: truncated or left-over bytes"},
		{[]byte{0x83}, "decode order row: truncated or left-over bytes"},
		{rowWith(24), ""},
		{rowWith(25), "decode order row: a kind of event that is not known"}, // When there was no EXCUSED, they were 1 to 24.
		{rowWith(13, 1, 0, 1, 1, 0), ""},
		{rowWith(13, 1, 0, 1, 6, 0), ""},
		{rowWith(13, 1, 0, 1, 0, 0), "decode order row: truncated or left-over bytes"}, // No reason.
		{rowWith(13, 1, 0, 1, 7, 0), "decode order row: truncated or left-over bytes"}, // An unknown one.
		{rowWith(13, 1, 1, 1, 1, 0), "decode order row: truncated or left-over bytes"}, // One of a claim that is not there.
		{rowWith(13, 0, 1, 0, 1, 1), "decode order row: truncated or left-over bytes"}, // One of a return.
		{[]byte{1}, "decode order row: truncated or left-over bytes"},
		{[]byte{2}, "decode order row: truncated or left-over bytes"},
		{[]byte{2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "decode order row: truncated or left-over bytes"}, // A source before the first offset.
		{[]byte{2, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "decode order row: truncated or left-over bytes"}, // One that is not known, and not written so.
	} {
		if err := fresh().Decode(c.row); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%x: %v, want %s", c.row, err, c.want)
		}
	}
	if err := fresh().Decode([]byte{2, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		t.Errorf("the last of those with a source that can be: %v", err)
	}
}

// An event adds no more to a row than Growth says, whatever is there.
func TestGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := applied([]placedEvent{{everything()[0], 1 << 40}})
		row := o.Append(nil)
		for _, e := range rapid.SliceOfN(rapid.Custom(anyPlaced), 0, 30).Draw(t, "events") {
			e.OccurredAt += rapid.Int64Range(-1<<45, 1<<45).Draw(t, "far")
			e.offset *= 1 << 50
			e.PartID = strings.Repeat(e.PartID, rapid.IntRange(1, events.MaxTextBytes).Draw(t, "long"))
			o.Apply(&e.Event, max(e.offset, NoOffset))
			longer := o.Append(nil)
			if most := len(row) + Growth(&e.Event); len(longer) > most {
				t.Fatalf("%+v makes a row of %d bytes one of %d, not of %d at most", e, len(row), len(longer), most)
			}
			row = longer
		}
	})
}

// rowWith is the row of an order with a claim of a kind's code, and with what is given of reasons.
func rowWith(kind byte, reasons ...byte) []byte {
	row := []byte{0x83, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 'c', 1, kind, 0, 0} // Its shipments and feedbacks are none, nor are its chargebacks and returns.
	if reasons != nil {
		row[3] = bitReasoned
	}
	return append(row, reasons...)
}

// A typical order is decoded and written into memory that is there.
func TestDecodeAllocatesNothing(t *testing.T) {
	o := fresh()
	row := typicalOrder().Append(nil)
	again := make([]byte, 0, len(row))
	if n := testing.AllocsPerRun(100, func() {
		if err := o.Decode(row); err != nil {
			t.Fatal(err)
		}
		again = o.Append(again[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
