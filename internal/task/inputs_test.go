package task

import (
	"errors"
	"math/rand/v2"
	"testing"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// What waits in memory is bounded by what it takes there: of headers without names and values nothing but themselves.
func TestWhatIsReadAheadCountsEmptyHeaders(t *testing.T) {
	const headers = 1 << 20
	requests := make(chan request, 1)
	in := &inputs{requests: requests, room: func() int { return 64 << 20 }}
	for topic := range in.queues {
		in.queues[topic].reached = true
	}
	in.queues[events.Claims].add(stream.Chunk{Records: []stream.Record{{Headers: make([]stream.Header, headers)}}}, false)
	in.fetch()
	if want := (<-requests).want; want[events.Claims] || !want[events.Orders] {
		t.Errorf("more is wanted of %v, want all but %v", want, events.Claims)
	}
	in.busy = false
	in.done(&entry{Record: engine.Record{Message: state.Message{Topic: events.Claims}}})
	in.fetch()
	if want := (<-requests).want; !want[events.Claims] {
		t.Error("once it is applied no more is wanted")
	}
}

// Whatever rounds bring within what they are asked for, all that is read ahead is within five sixths of the room; the last is for answers. And there is always
// a next record to be known: a topic of which nothing waits is asked for.
func TestWhatIsReadAheadFitsItsRoom(t *testing.T) {
	const room = 6_000_000
	random := rand.New(rand.NewPCG(1, 1))
	requests := make(chan request, 1)
	in := &inputs{requests: requests, room: func() int { return room }}
	most := 0
	for range 20_000 {
		if in.fetch(); in.busy {
			r := <-requests
			wanted := []int{}
			for i, want := range r.want {
				if want {
					wanted = append(wanted, i)
				} else if len(in.queues[i].records) == 0 {
					t.Fatalf("nothing of topic %d waits, and it is not wanted", i)
				}
			}
			source := wanted[random.IntN(len(wanted))]
			value := make([]byte, max(0, r.bytes-bytesOf(&stream.Record{})))
			in.receive(answer{chunks: []stream.Chunk{{Source: source, Records: []stream.Record{{Value: value}}, LastStable: 1}}})
			most = max(most, in.bytes())
		}
		if topic := random.IntN(len(in.queues)); len(in.queues[topic].records) > 0 && random.IntN(2) == 0 {
			in.done(&entry{Record: engine.Record{Message: state.Message{Topic: events.Topic(topic)}}})
		}
	}
	if most > room/6*5 || most < room/2 {
		t.Errorf("%d bytes were read ahead in a room of %d", most, room)
	}
}

// After a fetch that failed there is no other; what was read before is there.
func TestAFailedFetchKeepsWhatWasRead(t *testing.T) {
	in := &inputs{requests: make(chan request), decode: func(r *entry) { r.Event.OccurredAt = r.Offset }}
	for topic := range in.queues {
		in.queues[topic].reached = true
	}
	in.queues[events.Claims].add(stream.Chunk{Records: []stream.Record{{Offset: 7}}, Next: 8, LastStable: 9}, false)
	failure := errors.New("cannot be fetched")
	in.receive(answer{err: failure})
	in.fetch() // Which would wait for ever.
	r, _ := in.first()
	if r == nil || r.Offset != 7 || !errors.Is(in.failed, failure) {
		t.Fatalf("record %v and error %v, want that of offset 7 and %v", r, in.failed, failure)
	}
	in.done(r)
	if r, idle := in.first(); r != nil || idle {
		t.Errorf("record %v, idle %v: there is more, which was not read", r, idle)
	}
}

// A panic of the goroutine that reads ahead is an error of its task, not the end of the process.
func TestAPanicOfAFetchIsTheTasks(t *testing.T) {
	topics := TopicsOf("", "app")
	in := newInputs(t.Context(), nil, topics.InputPartitions(0), [events.NumTopics]int64{}, nil, nil, func() int { return 1 << 20 }) // Without a client a fetch panics.
	defer in.close()
	in.fetch()
	in.receive(<-in.answers)
	if _, ok := errors.AsType[*panics.Error](in.failed); !ok || (&Options{}).scopeOf(in.failed) != OfPartition {
		t.Errorf("error %v, want a panic of the partition", in.failed)
	}
}
