package diff

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"sellerpulse/internal/state"
	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// The two sides. Everything of which there are two is an array of them.
const (
	live = iota
	candidate
)

// digest is what is kept of a seller on one side. That two are equal says that nothing changed; that of two sides they are not says nothing yet.
type digest struct {
	known    bool   // there is a record of it in the changelog
	due      bool   // a report is to come
	expected uint64 // fingerprint of the last report, as the record has it

	reported uint64 // fingerprint of the report that was read; 0 for none
	asOf     events.Millis
	today    windows.Date
	rates    uint64 // fingerprint of the rates without a rule

	alerts uint64 // sum of the alerts' hashes: they come in any order
	count  int32  // of alerts

	states  string // of rules by their number: one byte each, 0 where there is nothing to say
	numbers string // of the report: of each rule its number, days and lag of its window, numerator and denominator
	parts   string // of the report: of each part of a rule what appendPart has
}

// packStates packs the states of a seller's record.
func packStates(r *state.SellerValue, number func(rule string) int) (string, error) {
	var packed []byte
	err := r.Rules(func(rule string, s state.RuleState) {
		i := number(rule)
		for len(packed) <= i {
			packed = append(packed, 0)
		}
		packed[i] = byte(s.State) + 1
	})
	return string(packed), err
}

// stateOf is the state of a rule that is in force. Of one of which there is nothing to say it is NO_DATA.
func (d *digest) stateOf(number int) rules.State {
	if number >= len(d.states) || d.states[number] == 0 {
		return rules.NoData
	}
	return rules.State(d.states[number] - 1)
}

// takeReport makes the report the latest. Its windows' lags are told by the day of which it is.
func (d *digest) takeReport(r *outputs.Report, calendar *windows.Calendar, number func(rule string) int) {
	d.asOf, d.today = r.AsOf, calendar.Today(r.AsOf)
	var packed, parts []byte
	for i := range r.Rules {
		rule := &r.Rules[i]
		rule.Window.Lag = int32(d.today - rule.To)
		if rule.Part != nil {
			parts = appendPart(parts, number(rule.Rule), rule)
			continue
		}
		packed = binary.AppendUvarint(packed, uint64(number(rule.Rule)))
		packed = binary.AppendUvarint(packed, uint64(rule.Window.Count))
		packed = binary.AppendVarint(packed, int64(rule.Window.Lag))
		packed = binary.AppendUvarint(packed, uint64(rule.Numerator))
		packed = binary.AppendUvarint(packed, uint64(rule.Denominator))
	}
	d.numbers, d.parts, d.reported = string(packed), string(parts), r.Fingerprint()
	r.Rules, r.Status, r.Statuses = nil, 0, nil
	d.rates = r.Fingerprint()
}

// eachNumbers gives the numbers of each rule of the report.
func (d *digest) eachNumbers(yield func(rule int, n Numbers)) {
	r := varint.NewReader([]byte(d.numbers))
	for r.More() {
		rule, window := int(r.Uint()), windows.Window{Count: int32(r.Uint()), Lag: int32(r.Int())}
		n := Numbers{Numerator: int64(r.Uint()), Denominator: int64(r.Uint()), Days: window.Count}
		n.From, n.To = window.Range(d.today)
		yield(rule, n)
	}
}

// takeAlert adds an alert to the sum.
func (d *digest) takeAlert(a *outputs.Alert, scratch []byte) []byte {
	key := keyOf(a)
	scratch = varint.AppendText(append(scratch[:0], byte(a.State), byte(a.PreviousState)), key.rule)
	scratch = varint.AppendText(varint.AppendText(scratch, key.cause), key.event)
	scratch = binary.AppendVarint(varint.AppendText(scratch, key.order), key.asOf)
	scratch = binary.AppendVarint(binary.AppendVarint(scratch, a.Numerator), a.Denominator)
	d.alerts += bits.RotateLeft64(xxhash.Sum64(scratch), 1)
	d.count++
	return scratch
}
