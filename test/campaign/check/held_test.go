package check_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
)

// held is a market one of whose partitions cannot be read from a batch on.
type held struct {
	applied, batch, behind []market.Record
	topic                  events.Topic
	rotten                 *cluster.Rotten
}

const heldPartition = 1

func arriveHeld(t *testing.T) *held {
	t.Helper()
	m := market.New(market.Options{Seed: 4, Sellers: 20, Partitions: partitions})
	h, given := new(held), offsets{}
	h.applied = bursts(m, given)
	m.Arrive(1500)
	last := given.give(m.One())
	of := func(r market.Record) bool { return r.Partition == heldPartition }
	h.applied = append(h.applied, slices.DeleteFunc(slices.Clone(last), of)...)
	last = slices.DeleteFunc(last, func(r market.Record) bool { return !of(r) })
	if len(last) < 30 {
		t.Fatalf("only %d records", len(last))
	}
	half := len(last) / 2
	h.applied = append(h.applied, last[:half]...)
	h.batch, h.behind, h.topic = last[half:half+3], last[half+3:], last[0].Topic
	h.rotten = &cluster.Rotten{Topic: app.Input(h.topic), Partition: heldPartition, First: h.batch[0].Offset, Last: h.batch[2].Offset, Raw: []byte("raw")}
	return h
}

// bursts takes bursts of a market.
func bursts(m *market.Market, given offsets) (all []market.Record) {
	for range 12 {
		m.Arrive(500)
		all = append(all, given.give(m.One())...)
	}
	return all
}

func (h *held) all() []market.Record { return slices.Concat(h.applied, h.batch, h.behind) }

// While a partition is held up, whatever is wrong with another is found, and that it went on itself; what it owes is owed.
func TestWhatIsWrongBesideAHeldPartitionIsFound(t *testing.T) {
	h := arriveHeld(t)
	other := func(partition int) bool { return partition != heldPartition }
	for _, c := range []struct {
		name string
		harm func(*left)
		want string // empty: nothing is wrong
		lost int
	}{
		{"nothing", func(*left) {}, "", 0},
		{"report that is held up as well", func(l *left) { l.dropReport(func(p int) bool { return !other(p) }) }, "", 0},
		{"alert of another partition lost", func(l *left) { l.dropAlert(other) }, "alerts of seller", 1},
		{"report of another partition lost", func(l *left) { l.dropReport(other) }, "report of seller", 0},
		{"dead letter of another partition lost", func(l *left) { l.dropDead(other) }, "dead letters that are not there", 1},
		{"alert of before lost", func(l *left) { l.dropAlert(func(p int) bool { return !other(p) }) }, "alerts of seller", 1},
		{"another partition behind", func(l *left) { l.offsets[0][events.Orders]-- }, "group is at offset", 0},
		{"batch passed", func(l *left) { l.offsets[heldPartition][h.topic] += 3 }, "of which nothing can be read from", 0},
		{"batch not reached", func(l *left) { l.offsets[heldPartition][h.topic]-- }, "of which nothing can be read from", 0},
		{"changelog further", func(l *left) { l.clocks[heldPartition].offsets[h.topic]++ }, "changelog is at offset", 0},
		{"what lies behind applied", func(l *left) {
			l.alerts = leaveInOrder(l.t, slices.Concat(h.applied, h.behind)).alerts
		}, "alerts of seller", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			left := leaveInOrder(t, h.applied)
			c.harm(left)
			result := inspectBy(t, h.all(), left, func(checker *check.Checker) check.Result {
				checker.Sent(h.applied)
				result, err := checker.Compare(t.Context(), check.Moment{Live: true, Held: h.rotten})
				must(t, err)
				return result
			})
			judge(t, &result, c.want, c.lost)
		})
	}
}

// A batch that was passed over is one dead letter, with its bytes and offsets.
func TestWhatIsWrongWithABatchPassedOverIsFound(t *testing.T) {
	h := arriveHeld(t)
	for _, c := range []struct {
		name string
		harm func(*left)
		want string
		lost int
	}{
		{"nothing", func(*left) {}, "", 0},
		{"not told", func(l *left) { l.further = nil }, "dead letters that are not there", 1},
		{"with other bytes", func(l *left) { l.further[0].Value = []byte("x") }, "is not the record", 0},
		{"with another end", func(l *left) { l.further[0].Headers[6].Value = []byte("9") }, "is not the record", 0},
		{"of another reason", func(l *left) { l.further[0].Headers[0].Value = []byte("undecodable") }, "that must not be", 1},
		{"a record of it applied", func(l *left) {
			l.dead = append(l.dead, deadLetterOf(&h.batch[1]))
		}, "that must not be", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			left := leaveInOrder(t, slices.Concat(h.applied, h.behind))
			left.offsets[heldPartition][h.topic] += int64(len(h.batch))
			left.clocks[heldPartition].offsets[h.topic] += int64(len(h.batch))
			left.further = []*kgo.Record{h.letter()}
			c.harm(left)
			result := inspectBy(t, h.all(), left, func(checker *check.Checker) check.Result {
				checker.Sent(h.applied)
				checker.Skipped(h.batch, h.rotten)
				checker.Sent(h.behind)
				result, err := checker.Compare(t.Context(), check.Moment{})
				must(t, err)
				return result
			})
			judge(t, &result, c.want, c.lost)
		})
	}
}

// letter is the dead letter of the batch.
func (h *held) letter() *kgo.Record {
	first := market.Record{Value: h.rotten.Raw}
	first.Topic, first.Partition, first.Offset = h.topic, heldPartition, h.rotten.First
	letter := deadLetterOf(&first)
	letter.Headers[0].Value = []byte("skipped")
	letter.Headers = append(letter.Headers,
		kgo.RecordHeader{Key: "batch.first", Value: strconv.AppendInt(nil, h.rotten.First, 10)},
		kgo.RecordHeader{Key: "batch.last", Value: strconv.AppendInt(nil, h.rotten.Last, 10)})
	return letter
}

// Processors that have refused enlarged topics may have taken some of what came then, as what it was before; whatever else they did is found.
func TestWhatIsWrongWithEnlargedTopicsIsFound(t *testing.T) {
	const grown = partitions + 1
	m, given := market.New(market.Options{Seed: 5, Sellers: 20, Partitions: partitions}), offsets{}
	before := bursts(m, given)
	m.Deal(grown, nil)
	m.Arrive(2000)
	then := given.give(m.One())
	taken := slices.Clone(before)
	all := [partitions]int{}
	for _, r := range then {
		if r.Partition < partitions {
			all[r.Partition]++
		}
	}
	got := [partitions]int{}
	for _, r := range then { // The first half of each log that there was.
		if r.Partition < partitions && got[r.Partition] < all[r.Partition]/2 {
			got[r.Partition]++
			taken = append(taken, r)
		}
	}
	for _, c := range []struct {
		name string
		harm func(*left)
		want string
		lost int
	}{
		{"nothing", func(*left) {}, "", 0},
		{"report that was due", func(l *left) { l.reports = nil }, "", 0},
		{"alert lost", func(l *left) { l.alerts = l.alerts[:len(l.alerts)-1] }, "alerts of seller", 1},
		{"alert doubled", func(l *left) { l.alerts = append(l.alerts, l.alerts[3]) }, "is there twice", 0},
		{"record of a seller of another partition applied", func(l *left) { l.dead = slices.DeleteFunc(l.dead, misrouted) }, "dead letters that are not there", -1},
		{"new partition read", func(l *left) {
			l.elsewhere = append(l.elsewhere, committed{app.Input(events.Orders), partitions, 7})
		}, "which there was not before", 0},
		{"state of a new partition", func(l *left) {
			l.further = append(l.further, &kgo.Record{Topic: app.Changelog(), Partition: partitions, Key: []byte("k")})
		}, "no such partition before", 0},
		{"changelog behind the group", func(l *left) { l.clocks[1].offsets[events.Claims]-- }, "changelog is at offset", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			left := leaveInOrder(t, taken)
			left.enlarged = grown
			c.harm(left)
			result := inspectBy(t, slices.Concat(before, then), left, func(checker *check.Checker) check.Result {
				checker.Sent(before)
				must(t, checker.SentEnlarged(t.Context(), then))
				result, err := checker.Compare(t.Context(), check.Moment{Refused: true})
				must(t, err)
				return result
			})
			judge(t, &result, c.want, c.lost)
		})
	}
}

func misrouted(letter *kgo.Record) bool { return string(letter.Headers[0].Value) == "misrouted" }

// judge compares what was found with what is wrong. Lost below 0: some.
func judge(t *testing.T, result *check.Result, want string, lost int) {
	t.Helper()
	all := strings.Join(result.Problems, "\n")
	if want == "" && all != "" || !strings.Contains(all, want) {
		t.Errorf("want a problem with %q, got %q", want, all)
	}
	if lost >= 0 && result.Lost != lost || lost < 0 && result.Lost == 0 {
		t.Errorf("%d lost, want %d", result.Lost, lost)
	}
	if result.Alerts < 50 || result.DeadLetters < 10 {
		t.Errorf("only %d alerts and %d dead letters were compared", result.Alerts, result.DeadLetters)
	}
}
