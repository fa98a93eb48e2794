package state

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// sellerValue is one whose report is due, the last having had fingerprint 7, with a state of rule "late".
func sellerValue(state rules.State) []byte {
	return append([]byte{sellerVersion, 1, 0, 0, 0, 0, 0, 0, 0, 7}, appendRuleState(nil, "late", RuleState{State: state, Transitions: 3, Since: -5})...)
}

func TestSellerRecord(t *testing.T) {
	seller, r, ok, err := DecodeSellerRecord(SellerRecord("S1"), sellerValue(rules.Breached))
	if err != nil || !ok || string(seller) != "S1" || !r.Known || !r.ReportDue || r.Reported != 7 {
		t.Fatalf("%q, %+v, %v, %v", seller, r, ok, err)
	}
	var got string
	if err := r.Rules(func(rule string, s RuleState) { got += fmt.Sprint(rule, s.State, s.Transitions, s.Since) }); err != nil || got != "lateBREACHED 3 -5" {
		t.Errorf("rules %s, %v", got, err)
	}
}

func TestSellerRecordThatIsDeletedOrNone(t *testing.T) {
	if seller, r, ok, err := DecodeSellerRecord(SellerRecord("S1"), nil); err != nil || !ok || string(seller) != "S1" || r.Known || r.Rules(nil) != nil {
		t.Errorf("deleted: %q, %+v, %v, %v", seller, r, ok, err)
	}
	for _, key := range [][]byte{nil, {tagClock}, OrderRecords("S1")} {
		if _, _, ok, err := DecodeSellerRecord(key, []byte{1}); ok || err != nil {
			t.Errorf("key %q: %v, %v", key, ok, err)
		}
	}
}

// What cannot be is refused, wherever it is cut, and a state that there is not.
func TestSellerRecordRefuses(t *testing.T) {
	value := sellerValue(rules.OK)
	for n := range len(value) {
		_, r, _, err := DecodeSellerRecord(SellerRecord("S1"), value[:n:n])
		if err == nil {
			err = r.Rules(func(string, RuleState) {})
		}
		if err == nil && n != sellerHead {
			t.Errorf("the first %d of %d bytes are accepted", n, len(value))
		}
	}
	_, r, _, err := DecodeSellerRecord(SellerRecord("S1"), sellerValue(rules.NumStates))
	if err == nil {
		err = r.Rules(func(string, RuleState) { t.Error("the state is given") })
	}
	if !errors.Is(err, ErrMalformed) {
		t.Errorf("state %d: %v", rules.NumStates, err)
	}
}

func TestClockRecord(t *testing.T) {
	want := Clock{StreamTime: 5, Offsets: [6]int64{1, 2, 3, 4, 5, 6}}
	if c, err := DecodeClockRecord([]byte{tagClock}, want.append(nil)); err != nil || c == nil || *c != want {
		t.Errorf("%+v, %v, want %+v", c, err, want)
	}
	if c, err := DecodeClockRecord([]byte{tagSettings}, []byte{1}); c != nil || err != nil {
		t.Errorf("of another record: %+v, %v", c, err)
	}
	if _, err := DecodeClockRecord([]byte{tagClock}, []byte{1}); err == nil {
		t.Error("a clock that is cut is accepted")
	}
}

// Orders of a seller are told apart from those of one whose id begins as its does, or has zero bytes.
func TestOrderKeys(t *testing.T) {
	records := OrderRecords("S\x00")
	key := appendOrderKey(nil, "S\x00", windows.Date(-7), "O\x00")
	if date, order, err := DecodeOrderKey(key, records); err != nil || date != -7 || order != "O\x00" || !bytes.HasPrefix(key, records) {
		t.Errorf("%v %q, %v", date, order, err)
	}
	for _, other := range []string{"S", "S\x00\x01", "S\x00\x00", "S\x00\xff"} {
		if bytes.HasPrefix(appendOrderKey(nil, other, -7, "O"), records) {
			t.Errorf("an order of %q is taken for one of %q", other, "S\x00")
		}
	}
	if _, _, err := DecodeOrderKey(records, records); err == nil {
		t.Error("a key without a date is accepted")
	}
}
