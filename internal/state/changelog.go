package state

import (
	"bytes"
	"fmt"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// What follows reads records of the changelog, for those who have it alone and no database. Which record it is the key tells; one that is not of the
// kind asked for is passed over at the cost of its first byte.

// SellerValue is what is kept of a seller beside its orders.
type SellerValue struct {
	Known     bool   // false where the record says that it was deleted
	ReportDue bool   // numbers or states changed since the last report
	Reported  uint64 // the fingerprint of that
	value     []byte
}

// DecodeSellerRecord reads a seller out of a record; ok is whether it is one of a seller. The id and the record alias key and value.
func DecodeSellerRecord(key, value []byte) (seller []byte, r SellerValue, ok bool, err error) {
	if len(key) == 0 || key[0] != tagSeller {
		return nil, r, false, nil
	}
	seller = key[1:]
	if value == nil {
		return seller, r, true, nil
	}
	if len(value) < sellerHead || value[0] != sellerVersion {
		return seller, r, true, fmt.Errorf("decode seller %q: %w", seller, ErrMalformed)
	}
	r = SellerValue{Known: true, value: value}
	r.ReportDue, r.Reported = sellerReport(value)
	return seller, r, true, nil
}

// Rules calls yield with the state of each rule of which there is anything to say, those that are no longer in force too. The name aliases the record.
func (r *SellerValue) Rules(yield func(rule string, s RuleState)) error {
	if !r.Known {
		return nil
	}
	var bad error
	err := eachRuleState(r.value, func(rule string, s RuleState) {
		if s.State >= rules.NumStates {
			bad = fmt.Errorf("state of rule %q: %w", rule, ErrMalformed)
			return
		}
		yield(rule, s)
	})
	if err != nil {
		return err
	}
	return bad
}

// DecodeClockRecord reads how far the task had come out of a record; nil where it is another.
func DecodeClockRecord(key, value []byte) (*Clock, error) {
	if len(key) != 1 || key[0] != tagClock || value == nil {
		return nil, nil
	}
	c, err := decodeClock(value)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// OrderRecords is what the keys of all orders of a seller begin with.
func OrderRecords(seller string) []byte { return appendText([]byte{tagOrder}, seller) }

// DecodeOrderKey tells of which order a record is whose key begins with what OrderRecords gave, and the date under which it is kept. Its value is
// the row, which is empty once the order has expired.
func DecodeOrderKey(key, records []byte) (date windows.Date, order string, err error) {
	date, rest, err := cutDate(bytes.TrimPrefix(key, records))
	return date, string(rest), err
}
