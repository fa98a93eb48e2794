package scenario

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/oracle"
)

// reference is the naive implementation, which a scenario runs on as it does on the engine.
type reference struct {
	*oracle.Result
	t         *testing.T
	decoder   *events.Decoder
	partition int
	known     int // alerts
	dead      int // dead letters
}

func newReference(t *testing.T, f *File, s *Scenario) *reference {
	t.Helper()
	o := oracle.Options{
		Zone: s.settings.zone, RetentionDays: s.settings.retention, HistoryDays: max(s.settings.history, s.settings.retention),
		Partitions: int(s.settings.partitions), ValidTracking: tracking.Valid,
	}
	files := [][]byte{s.settings.rulesText}
	if s.settings.rulesText == nil {
		files = [][]byte{rules.BuiltInFile()}
	}
	if names := s.settings.rulesFiles; names != nil {
		files = nil
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(f.Name), name))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, text)
		}
	}
	for _, text := range files {
		pack, err := oracle.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Rules = append(o.Rules, pack)
	}
	decoder := events.NewDecoder(events.DecoderOptions{MaxBytes: 256 << 10})
	return &reference{Result: oracle.Run(nil, o), t: t, decoder: decoder, partition: int(s.settings.partition)}
}

func (r *reference) apply(m message, offset int64) (outcome, error) {
	record := oracle.Record{Topic: m.topic, Partition: r.partition, Offset: offset, Timestamp: m.timestamp, Key: []byte(m.key), Bytes: len(m.value)}
	err := r.decoder.Decode(m.topic, m.value, &record.Event)
	if refusal, refused := errors.AsType[*events.Error](err); refused {
		record.Undecodable, record.Invalid = refusal.Reason == events.Undecodable, refusal.Reason == events.Invalid
	}
	record.Event.Items, record.Event.Metrics = slices.Clone(record.Event.Items), slices.Clone(record.Event.Metrics)
	r.Take(record)
	return r.gather(), nil
}

func (r *reference) pass(until events.Millis) (outcome, error) {
	r.AsOf(until)
	return r.gather(), nil
}

func (r *reference) gather() (o outcome) {
	for ; r.known < len(r.Alerts); r.known++ {
		o.alerts = append(o.alerts, r.fields(r.Alerts[r.known].Fields(events.Topic.String)))
	}
	for ; r.dead < len(r.DeadLetters); r.dead++ {
		l := &r.DeadLetters[r.dead]
		o.dead = append(o.dead, letter{topic: l.Topic, offset: l.Offset, reason: l.Reason})
	}
	return o
}

func (r *reference) report(seller string) (fields, bool, error) {
	if !slices.Contains(r.Sellers(), seller) {
		return nil, false, nil
	}
	report := r.Report(seller)
	return r.fields(report.Fields()), true, nil
}

func (r *reference) streamTime() events.Millis {
	if r.StreamTime == events.None {
		return math.MinInt64
	}
	return r.StreamTime
}

func (r *reference) fields(f oracle.Fields) fields {
	text, err := json.Marshal(f)
	if err != nil {
		r.t.Fatal(err)
	}
	return fieldsOf(text)
}

// TestTheReferenceTellsTheSame holds that what scenarios expect is what the reference finds too: of the policy, and of the rule packs, also where
// they need a history. It says nothing about the texts of errors.
func TestTheReferenceTellsTheSame(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"testdata/*.txt", "testdata/language/*.txt", "../../rules/*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range file.Scenarios {
				for i := range s.steps {
					if e, ok := s.steps[i].expect.(deadLetterIs); ok {
						e.says = ""
						s.steps[i].expect = e
					}
				}
				failures, err := file.tell(s, newReference(t, file, s))
				if err != nil {
					t.Fatal(err)
				}
				for _, failure := range failures {
					t.Error(failure)
				}
			}
		})
	}
}
