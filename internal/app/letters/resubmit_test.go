package letters

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// misrouted publishes so many dead letters, of events under the keys of their orders, over two partitions of the dead letters.
func (m *market) misrouted(n int) {
	var messages [2][]stream.Message
	for i := range n {
		id, seller := fmt.Sprintf("e%d", i), fmt.Sprintf("S%d", i%50)
		messages[i%2] = append(messages[i%2], m.dead("misrouted", events.Orders, int32(i%partitions), int64(i), []byte("order-"+id), encoded(m.t, seller, id)))
	}
	for p := range messages {
		m.produce(m.options.Topics.DeadLetters, int32(p), messages[p]...)
	}
}

// once demands that each of so many events is in the inputs once, whence it was.
func (m *market) once(n int) {
	m.t.Helper()
	seen := map[string]int{}
	for _, r := range m.inputs() {
		e := r.event(m.t)
		seen[e.EventID]++
		i, _ := strconv.Atoi(e.EventID[1:])
		if want := fmt.Sprintf("%s/%d@%d", m.options.Topics.Inputs[events.Orders], i%partitions, i); !slices.Equal(r.headers(OriginHeader), []string{want}) {
			m.t.Errorf("%s is from %q, want %s", e.EventID, r.headers(OriginHeader), want)
		}
		if !slices.Equal(r.headers("trace"), []string{"of the producer"}) || r.headers("reason") != nil {
			m.t.Errorf("%s has headers %v", e.EventID, r.Headers)
		}
	}
	for id, times := range seen {
		if times != 1 {
			m.t.Errorf("%s is there %d times", id, times)
		}
	}
	if len(seen) != n {
		m.t.Errorf("%d events, want %d", len(seen), n)
	}
}

// What is interrupted, at whatever point of whichever transaction, and begun again sends each record once.
func TestEachRecordIsSentOnceThoughItIsInterrupted(t *testing.T) {
	const n = 2*batchLetters + 100
	errStopped := errors.New("stopped")
	for name, interrupt := range map[string]func(commit int, cancel func()) error{
		"at once":            func(commit int, cancel func()) error { cancel(); return nil },
		"in the first":       func(int, func()) error { return errStopped },
		"killed in the last": func(commit int, cancel func()) error { return after(commit, 3, cancel) },
		"in the second": func(commit int, _ func()) error {
			if commit == 2 {
				return errStopped
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
				m := newMarket(t, broker)
				m.misrouted(n)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				commits := 0
				told, err := m.resubmit(ctx, all, Resubmission{confirm: func(context.Context) error { commits++; return interrupt(commits, cancel) }})
				if err == nil {
					t.Fatal("it was not interrupted")
				}
				committed := len(m.inputs())
				if len(told) > committed || committed%batchLetters != 0 && committed != n {
					t.Errorf("it told of %d that were sent, and %d are there", len(told), committed)
				}
				again, err := m.resubmit(t.Context(), all, Resubmission{})
				if err != nil {
					t.Fatal(err)
				}
				sent := slices.DeleteFunc(again, func(fate string) bool { return !strings.HasSuffix(fate, string(FateSent)) })
				if len(sent) != n-committed {
					t.Errorf("the second sent %d, want %d", len(sent), n-committed)
				}
				if third, err := m.resubmit(t.Context(), all, Resubmission{}); err != nil || strings.Contains(strings.Join(third, "\n")+"\n", string(FateSent)+"\n") {
					t.Errorf("the third sends more, error %v", err)
				}
				m.once(n)
			})
		})
	}
}

// after cancels in a commit, so that the transaction stays open as that of a process that is killed.
func after(commit, last int, cancel func()) error {
	if commit == last {
		cancel()
	}
	return nil
}

// Of two at a time the later one goes on, and each record is sent once.
func TestALaterResubmissionEndsTheEarlier(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		const n = batchLetters + 100
		m := newMarket(t, broker)
		m.misrouted(n)
		commits := 0
		_, err := m.resubmit(t.Context(), all, Resubmission{confirm: func(ctx context.Context) error {
			if commits++; commits == 2 {
				_, err := m.resubmit(ctx, all, Resubmission{})
				return err
			}
			return nil
		}})
		if !errors.Is(err, ErrOvertaken) {
			t.Errorf("the earlier ends with %v", err)
		}
		m.once(n)
	})
}

// A filter that leaves some out does not lose them, and what is refused meanwhile and mended later is sent then.
func TestWhatAFilterLeavesOutIsSentLater(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		m := newMarket(t, broker)
		m.misrouted(200)
		for _, c := range []struct {
			choice Choice
			want   int
		}{
			{Choice{From: events.None, To: events.None, Seller: "S7"}, 4},
			{Choice{From: events.None, To: events.None, Seller: "S7"}, 0},
			{Choice{From: events.None, To: events.None, Topics: []string{m.options.Topics.Inputs[events.Claims]}}, 0},
			{Choice{From: events.None, To: events.None, Reasons: []events.DeadLetterReason{"invalid"}}, 0},
			{Choice{From: events.None, To: 1}, 0},
			{Choice{From: time.Now().Add(time.Hour).UnixMilli(), To: events.None}, 0},
			{Choice{From: events.None, To: events.None, Places: []stream.Position{
				{TopicPartition: stream.TopicPartition{Topic: m.options.Topics.DeadLetters, Partition: 1}, Offset: 5},
				{TopicPartition: stream.TopicPartition{Topic: m.options.Topics.DeadLetters, Partition: 1}, Offset: 50_000},
			}}, 1},
			{Choice{From: events.None, To: events.None, Places: []stream.Position{
				{TopicPartition: stream.TopicPartition{Topic: m.options.Topics.Inputs[events.Orders], Partition: 3}, Offset: 11}, // which the one before was
				{TopicPartition: stream.TopicPartition{Topic: m.options.Topics.Inputs[events.Orders], Partition: 2}, Offset: 62},
			}}, 1},
			{all, 194},
			{all, 0},
		} {
			before := len(m.inputs())
			would, err := m.resubmit(t.Context(), c.choice, Resubmission{DryRun: true})
			if err != nil || strings.Count(strings.Join(would, "\n"), string(FateWould)) != c.want || len(m.inputs()) != before {
				t.Errorf("%+v: a dry run says %q, %v, and there are %d events", c.choice, would, err, len(m.inputs()))
			}
			if _, err := m.resubmit(t.Context(), c.choice, Resubmission{}); err != nil {
				t.Fatal(err)
			}
			if got := len(m.inputs()) - before; got != c.want {
				t.Errorf("%+v sends %d, want %d", c.choice, got, c.want)
			}
		}
		m.once(200)
	})
}

// What a task would refuse again is not sent; nor what is cut, unless its source still has it.
func TestWhatIsNotSent(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		m := newMarket(t, broker)
		header := func(name, value string) stream.Header { return stream.Header{Key: name, Value: []byte(value)} }
		cut := func(whole []byte) []stream.Header {
			sum := sha256.Sum256(whole)
			return []stream.Header{header("value.bytes", strconv.Itoa(len(whole))), header("value.sha256", hex.EncodeToString(sum[:]))}
		}
		orders := m.options.Topics.Inputs[events.Orders]
		right := encoded(t, "S1", "e1")
		large := enginetest.JSON("S2", "CONFIRMED", "O1", "x", `"`+strings.Repeat("x", 2_000)+`"`)
		kept := m.produce(orders, 0, stream.Message{Key: []byte("k"), Value: large, Headers: []stream.Header{header("kept", "yes")}})
		other := m.produce(orders, 0, stream.Message{Value: []byte("another")})
		future := enginetest.JSON("S1", "CONFIRMED", "O1", "occurred_at", strconv.Quote(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)))
		foreign := m.dead("invalid", events.Orders, 0, 7, nil, right)
		foreign.Headers[3].Value = []byte("elsewhere")
		m.produce(m.options.Topics.DeadLetters, 0,
			m.dead("undecodable", events.Orders, 0, 100, nil, nil),
			m.dead("undecodable", events.Orders, 0, 101, nil, []byte("{")),
			m.dead("invalid", events.Feedback, 0, 102, []byte("S1"), enginetest.JSON("S1", "LEFT", "O1", "feedback_id", `"F1"`, "rating", "7")),
			m.dead("future", events.Orders, 0, 103, []byte("S1"), future),
			foreign,
			m.dead("undecodable", events.Orders, 0, 200, nil, large[:100], cut(large)...),
			m.dead("undecodable", events.Orders, 0, other, nil, large[:100], cut(large)...),
			m.dead("undecodable", events.Orders, 0, kept, nil, large[:100], cut(large)...),
			m.dead("undecodable", events.Orders, partitions, 400, nil, large[:100], cut(large)...),
			m.dead("misrouted", events.Orders, 0, 300, []byte("S"), right, header("key.bytes", "5000"), header("key.sha256", "ab")),
			stream.Message{Value: []byte("no dead letter")},
			m.dead("misrouted", events.Orders, 0, 300, nil, right), // of another application, say
		)
		const again, instead = "refused: it would be refused again: ", ": send what it was to say with --with FILE, or with --edit"
		want := []string{
			"orders/0@100 " + again + "the value is null" + instead,
			`orders/0@101 ` + again + `read JSON: it is not well-formed near byte 1` + instead,
			"feedback/0@102 " + again + "rating 7 is outside 1 to 5" + instead,
			"orders/0@103 refused: it is still future: ",
			`elsewhere/0@7 ` + again + `topic "elsewhere" is none of the inputs: `,
			"orders/0@200 refused: of its value of " + strconv.Itoa(len(large)) + " bytes the dead letter has 100, and its source orders/0@200 has it no more: ",
			"orders/0@" + fmt.Sprint(other) + " refused: of its value of ",
			"orders/0@" + fmt.Sprint(kept) + " resubmitted",
			"orders/4@400 refused: of its value of " + strconv.Itoa(len(large)) + " bytes the dead letter has 100, and there is no partition 4 any more: ",
			"orders/0@300 resubmitted",
			"orders/0@300 resubmitted_before",
		}
		var foreigners []int64
		m.options.Foreign = func(at stream.Position, _ error) { foreigners = append(foreigners, at.Offset) }
		got, err := m.resubmit(t.Context(), all, Resubmission{})
		if err != nil || len(got) != len(want) || !slices.Equal(foreigners, []int64{10}) {
			t.Fatalf("%q, error %v, foreign %d", got, err, foreigners)
		}
		for _, begins := range want {
			if !slices.ContainsFunc(got, func(fate string) bool { return strings.HasPrefix(fate, begins) }) {
				t.Errorf("nothing begins with %s:\n%s", begins, strings.Join(got, "\n"))
			}
		}
		restored := 0
		for _, r := range m.inputs() {
			if r.headers(OriginHeader) == nil {
				continue
			}
			if e := r.event(t); e.SellerID == "S2" {
				restored++
				if !slices.Equal(r.headers("kept"), []string{"yes"}) || string(r.Value) != string(large) {
					t.Errorf("what was read back has headers %v and %d bytes", r.Headers, len(r.Value))
				}
			}
		}
		if restored != 1 {
			t.Errorf("%d were read back", restored)
		}
	})
}

// A replacement goes where its own topic and seller say, under the place of what it replaces, once.
func TestAReplacement(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		m := newMarket(t, broker)
		m.produce(m.options.Topics.DeadLetters, 1, m.dead("undecodable", events.Orders, 2, 17, []byte("?"), []byte("<order/>")))
		var e events.Event
		line := `{"topic":"feedback",` + string(enginetest.JSON("S9", "LEFT", "O1", "feedback_id", `"F1"`, "rating", "5"))[1:]
		if err := events.ParseLine([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"orders/2@17 resubmitted", "orders/2@17 resubmitted_before"} {
			if got, err := m.resubmit(t.Context(), all, Resubmission{Instead: &e}); err != nil || !slices.Equal(got, []string{want}) {
				t.Errorf("%q, %v; want %s", got, err, want)
			}
		}
		got := m.inputs()
		if len(got) != 1 || got[0].topic != events.Feedback || got[0].event(t).SellerID != "S9" {
			t.Errorf("inputs %+v", got)
		}
	})
}

// Where producers are trusted with partitions a record stays in its own, under its seller's key.
func TestTrustedPartitionsAreKept(t *testing.T) {
	m := newMarket(t, brokertest.Embedded(t))
	m.options.TrustPartition = true
	at := (stream.PartitionFor([]byte("S1"), partitions) + 1) % partitions
	m.produce(m.options.Topics.DeadLetters, 0, m.dead("misrouted", events.Orders, at, 1, nil, encoded(t, "S1", "e1")), m.dead("misrouted", events.Orders, 9, 2, nil, encoded(t, "S1", "e2")))
	got, err := m.resubmit(t.Context(), all, Resubmission{})
	if err != nil || len(got) != 2 || !strings.Contains(got[0]+got[1], "there is no partition 9 any more") {
		t.Fatalf("%q, %v", got, err)
	}
	if in := m.inputs(); len(in) != 1 || in[0].place.Partition != at || string(in[0].Key) != "S1" {
		t.Errorf("inputs %+v", in)
	}
}

// The ledger does not speak of topics that were made anew under their names.
func TestTopicsMadeAnew(t *testing.T) {
	m := newMarket(t, brokertest.Embedded(t))
	m.produce(m.options.Topics.DeadLetters, 0, m.dead("misrouted", events.Orders, 0, 1, nil, encoded(t, "S1", "e1")))
	for range 2 {
		if _, err := m.resubmit(t.Context(), all, Resubmission{}); err != nil || len(m.inputs()) != 1 {
			t.Fatalf("inputs %v, error %v", m.inputs(), err)
		}
		orders := m.options.Topics.Inputs[events.Orders]
		if err := m.options.Client.DeleteTopics(t.Context(), []string{orders}); err != nil {
			t.Fatal(err)
		}
		if err := m.options.Client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: orders, Partitions: partitions, ReplicationFactor: 1}}); err != nil {
			t.Fatal(err)
		}
	}
}

// A topic that is no ledger is not written to.
func TestAForeignLedger(t *testing.T) {
	m := newMarket(t, brokertest.Embedded(t))
	m.misrouted(2)
	m.options.Ledger = m.options.Topics.Alerts
	m.produce(m.options.Ledger, 0, stream.Message{Key: []byte("S1"), Value: []byte("alert")})
	if got, err := m.resubmit(t.Context(), all, Resubmission{}); err == nil || !strings.Contains(err.Error(), "--topic-resubmitted") || len(m.inputs()) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}
