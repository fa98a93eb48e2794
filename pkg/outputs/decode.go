package outputs

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/avro"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

var (
	errHeader = errors.New("the value is neither in Avro's single-object encoding nor in the Confluent wire format")
	errRange  = errors.New("a number is outside its range")
	errSymbol = errors.New("an enum has no such symbol")
	errBranch = errors.New("a union has no such branch")
)

// DecodeAlert reads an alert in either form that an [Encoder] writes. It allocates no more than a fixed multiple of the value's length.
func DecodeAlert(value []byte) (Alert, error) {
	var a Alert
	d, err := openValue(value, alertFingerprint(), alertBeforeParts)
	if err == nil {
		err = d.alert(&a)
	}
	if err != nil {
		return Alert{}, fmt.Errorf("decode alert: %w", err)
	}
	return a, nil
}

// The fingerprints of the versions that came before.
const (
	alertBeforeParts  = 0x6c0e7fe4b6e9484e // without levels, parts and packs
	reportBeforeParts = 0x4e364e74c66d78fb // likewise
	reportAllLines    = 0x6da7511efc22a178 // nor product lines omitted: it listed them all
	reportAllTold     = 0xb7ad05b17cf5585e // without silences
)

// DecodeReport reads a report in either form that an [Encoder] writes, by any version of its schema. It allocates no more than a fixed multiple of the value's length.
func DecodeReport(value []byte) (Report, error) {
	var r Report
	d, err := openValue(value, reportFingerprint(), reportAllTold, reportBeforeParts, reportAllLines)
	if err == nil {
		err = d.report(&r)
	}
	if err != nil {
		return Report{}, fmt.Errorf("decode report: %w", err)
	}
	return r, nil
}

// valueReader reads the types of alerts and reports. As with its Reader, the first error stays.
type valueReader struct {
	avro.Reader
	written uint64 // by the version of the schema that has this fingerprint
	newest  bool
	parts   bool // it is of a version with levels, parts and packs
}

// openValue finds out which version of a schema, of those that are known, a value was written by. With the id of a registry only the newest was
// ever written.
func openValue(value []byte, newest uint64, earlier ...uint64) (*valueReader, error) {
	if body, ok := confluentBody(value); ok {
		return &valueReader{avro.NewReader(body), newest, true, true}, nil
	}
	written, body, ok := avro.ParseHeader(value)
	if !ok {
		return nil, errHeader
	}
	if written != newest && !slices.Contains(earlier, written) {
		return nil, fmt.Errorf("its schema has fingerprint %016x, not %016x: read it with the version that wrote it, or a later one", written, newest)
	}
	parts := written != alertBeforeParts && written != reportBeforeParts && written != reportAllLines
	return &valueReader{avro.NewReader(body), written, written == newest, parts}, nil
}

func (d *valueReader) alert(a *Alert) error {
	id := d.text()
	kind := AlertKind(d.enum(int(numAlertKinds)))
	a.SellerID, a.Rule, a.Metric = d.text(), d.text(), d.text()
	a.Class, a.Channel, a.Provisional = rules.Class(d.enum(int(rules.NumClasses))), rules.Channel(d.enum(int(rules.NumChannels))), d.Bool()
	a.State, a.PreviousState = d.state(), d.state()
	a.AsOf = d.Long()
	a.Window, a.From, a.To = d.window()
	a.Numerator, a.Denominator = d.numbers()
	a.Target = d.target()
	a.Components = d.components()
	a.DefectsToBreach, a.OrdersToRecover, a.RecoversOn = optional(d, d.Long), optional(d, d.Long), optional(d, d.date)
	for n := d.Block(); n > 0; n = d.Block() {
		for range n {
			a.OrderIDs = append(a.OrderIDs, d.text())
		}
	}
	a.Cause = d.cause()
	if d.parts {
		a.Level, a.PreviousLevel, a.Part = d.name(), d.name(), optional(d, d.text)
	}
	if err := d.End(); err != nil {
		return err
	}
	return a.check(id, kind)
}

// check compares what the alert says twice, and takes its number from its id.
func (a *Alert) check(id string, kind AlertKind) error {
	number, err := strconv.ParseInt(id[strings.LastIndexByte(id, '/')+1:], 10, 64)
	if a.Transition = number; err != nil || a.ID() != id {
		return fmt.Errorf("alert_id %q is not that of seller %q and rule %q", id, a.SellerID, a.Rule)
	}
	if a.Kind() != kind {
		return fmt.Errorf("kind %v does not go with state %v", kind, a.State)
	}
	return nil
}

func (d *valueReader) components() *Components {
	if !d.branch() {
		return nil
	}
	return &Components{NegativeFeedback: d.Long(), Claims: d.Long(), Chargebacks: d.Long()}
}

func (d *valueReader) cause() Cause {
	c := Cause{Kind: d.text()}
	if topic := optional(d, d.text); topic != nil {
		c.Topic = *topic
	}
	if partition := optional(d, d.int32); partition != nil {
		c.Partition = *partition
	}
	if offset := optional(d, d.Long); offset != nil {
		c.Offset = *offset
	}
	if event := optional(d, d.text); event != nil {
		c.EventID = *event
	}
	if order := optional(d, d.text); order != nil {
		c.OrderID = *order
	}
	return c
}

func (d *valueReader) report(r *Report) error {
	d.reportRules(r)
	for n := d.Block(); n > 0; n = d.Block() {
		for range n {
			r.Metrics = append(r.Metrics, d.metricReport())
		}
	}
	if d.written != reportAllLines {
		r.ProductLinesOmitted = d.count()
	}
	if d.parts {
		for n := d.Block(); n > 0; n = d.Block() {
			for range n {
				r.Statuses = append(r.Statuses, rules.PackStatus{Pack: d.text(), Status: rules.Status(d.enum(int(rules.NumStatuses)))})
			}
		}
	}
	return d.End()
}

// reportRules reads what a report begins with, up to its rules.
func (d *valueReader) reportRules(r *Report) {
	r.SellerID, r.AsOf, r.Status = d.text(), d.Long(), rules.Status(d.enum(int(rules.NumStatuses)))
	for n := d.Block(); n > 0; n = d.Block() {
		for range n {
			r.Rules = append(r.Rules, d.ruleReport())
		}
	}
}

func (d *valueReader) ruleReport() (r RuleReport) {
	r.Rule, r.Metric = d.text(), d.text()
	r.Class, r.Channel, r.Provisional = rules.Class(d.enum(int(rules.NumClasses))), rules.Channel(d.enum(int(rules.NumChannels))), d.Bool()
	r.Window, r.From, r.To = d.window()
	r.Numerator, r.Denominator = d.numbers()
	r.Target = d.target()
	optional(d, d.Bool) // Whether it is met follows from the numbers.
	r.State = d.state()
	if since := optional(d, d.Long); since != nil {
		r.Since = *since
	}
	if !d.parts {
		r.ProjectedState = r.State
		return r
	}
	r.Part, r.Level = optional(d, d.text), d.name()
	if levels := optional(d, d.levels); levels != nil {
		r.Levels = *levels
	}
	r.ProjectedState, r.CountsFrom, r.PartsOmitted = d.state(), optional(d, d.date), d.count()
	if d.newest {
		r.SilencedUntil, r.SilenceReason = optional(d, d.date), d.name()
	}
	return r
}

// levels reads a list of levels, which is not nil.
func (d *valueReader) levels() []rules.Level {
	levels := []rules.Level{}
	for n := d.Block(); n > 0; n = d.Block() {
		for range n {
			levels = append(levels, rules.Level{Name: d.text(), Target: d.target(), State: d.state()})
		}
	}
	return levels
}

func (d *valueReader) metricReport() (m MetricReport) {
	m.Metric, m.Channel, m.ProductLine = d.text(), rules.Channel(d.enum(int(rules.NumChannels))), optional(d, d.text)
	m.Window, m.From, m.To = d.window()
	m.Numerator, m.Denominator = d.numbers()
	return m
}

// text is a string that does not alias the value.
func (d *valueReader) text() string { return strings.Clone(d.String()) }

// name is a name that may be null, which an empty one stands for.
func (d *valueReader) name() string {
	if name := optional(d, d.text); name != nil {
		return *name
	}
	return ""
}

func (d *valueReader) enum(symbols int) int64 {
	n := d.Long()
	if n < 0 || n >= int64(symbols) {
		d.Fail(errSymbol)
		return 0
	}
	return n
}

func (d *valueReader) state() rules.State { return rules.State(d.enum(int(rules.NumStates))) }

func (d *valueReader) int32() int32 {
	n := d.Long()
	if n < math.MinInt32 || n > math.MaxInt32 {
		d.Fail(errRange)
		return 0
	}
	return int32(n)
}

func (d *valueReader) date() windows.Date { return windows.Date(d.int32()) }

// branch is whether a nullable value is there.
func (d *valueReader) branch() bool {
	n := d.Long()
	if n < 0 || n > 1 {
		d.Fail(errBranch)
	}
	return n == 1
}

// optional reads a nullable value; nil for null, and after an error.
func optional[T any](d *valueReader, read func() T) *T {
	if !d.branch() {
		return nil
	}
	v := read()
	return &v
}

func (d *valueReader) target() rules.Target {
	if d.parts && !d.branch() {
		return rules.Target{}
	}
	t, err := rules.ParseTarget(d.String())
	if err != nil {
		d.Fail(err)
	}
	return t
}

func (d *valueReader) window() (w windows.Window, from, to windows.Date) {
	return windows.Window{Count: d.int32()}, d.date(), d.date()
}

// numbers reads a numerator, a denominator and their rate, which follows from them.
func (d *valueReader) numbers() (numerator, denominator int64) {
	numerator, denominator = d.count(), d.count()
	optional(d, d.Double)
	return numerator, denominator
}

func (d *valueReader) count() int64 {
	n := d.Long()
	if n < 0 {
		d.Fail(errRange)
		return 0
	}
	return n
}
