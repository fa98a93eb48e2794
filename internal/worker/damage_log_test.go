package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// sendBatch sends records as one batch and returns the offset of the first.
func (s *fixture) sendBatch(broker *brokertest.Broker, codec kgo.CompressionCodec, topic events.Topic, partition int32, values ...[]byte) int64 {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec),
		kgo.ProducerBatchMaxBytes(64<<20), kgo.ProducerLinger(time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	var failed error
	first := int64(-1)
	for _, value := range values {
		record := &kgo.Record{Topic: s.topics.Inputs[topic], Partition: partition, Key: []byte(sellerOf(partition)), Value: value, Timestamp: time.UnixMilli(marketStart)}
		client.Produce(s.t.Context(), record, func(r *kgo.Record, err error) {
			failed = errors.Join(failed, err)
			if first < 0 {
				first = r.Offset
			}
		})
	}
	if err := errors.Join(client.Flush(s.t.Context()), failed); err != nil {
		s.t.Fatal(err)
	}
	return first
}

// headersOfSource is the headers of the dead letters of a record by name, one line a letter.
func (s *fixture) headersOfSource(topic events.Topic, partition int32, offset int64) (letters []map[string]string, values [][]byte) {
	s.t.Helper()
	for _, r := range s.records(s.topics.DeadLetters, 1) {
		all := map[string]string{}
		for _, h := range r.Headers {
			all[h.Key] = string(h.Value)
		}
		if all["source.topic"] == s.topics.Inputs[topic] && all["source.partition"] == fmt.Sprint(partition) && all["source.offset"] == fmt.Sprint(offset) {
			letters, values = append(letters, all), append(values, r.Value)
		}
	}
	return letters, values
}

// A batch that inflates without end is a dead letter with all that is known of it, and everything else is as if it had not been sent.
func TestABatchThatInflatesWithoutEndIsADeadLetter(t *testing.T) {
	all := sortedMarket(31, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 2, all[:len(all)/2])
		at := s.sendBatch(broker, kgo.ZstdCompression(), events.Claims, 1, make([]byte, 12<<20), make([]byte, 12<<20))
		s.produce(all[len(all)/2:])
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		letters, values := s.headersOfSource(events.Claims, 1, at)
		if len(letters) != 1 {
			t.Fatalf("%d dead letters of the batch, want 1", len(letters))
		}
		h := letters[0]
		if h["reason"] != "undecodable" || !strings.Contains(h["error"], stream.ErrInflated.Error()) || h["batch.first"] != fmt.Sprint(at) || h["batch.last"] != fmt.Sprint(at+1) ||
			h["batch.records"] != "2" || len(h["batch.sha256"]) != 64 || h["batch.bytes"] != fmt.Sprint(len(values[0])) {
			t.Errorf("headers %v of %d bytes", h, len(values[0]))
		}
		one := market(t, broker, "one", 2, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		enginetest.CompareLists(t, "alerts", s.sortedAlerts(anyPartition), one.sortedAlerts(anyPartition))
		enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
	})
}

// corrupting is a broker of the test's own, and what flips a bit of whatever of a topic's partition holds some bytes: of their first, or of one
// before them.
func corrupting(t *testing.T, before int, test func(t *testing.T, broker *brokertest.Broker, corrupt func(topic string, marker []byte))) {
	const bit = 0x80
	t.Run("embedded", func(t *testing.T) {
		var marked atomic.Pointer[[]byte]
		watch := &tap{decide: func(kmsg.Request) verdict { return pass }, patch: func(answer []byte) {
			if marker := marked.Load(); marker != nil {
				if i := bytes.Index(answer, *marker); i >= 0 {
					answer[i-before] ^= bit
				}
			}
		}}
		broker := brokertest.Embedded(t, kfake.ListenFn(watch.listen))
		test(t, broker, func(_ string, marker []byte) { marked.Store(&marker) })
	})
	t.Run("kafka", func(t *testing.T) {
		broker, nodes := brokertest.Cluster(t, 1, nil)
		test(t, broker, func(log string, marker []byte) {
			corruptFile(t, filepath.Join(nodes.Logs(0), log), marker, before, bit)
		})
	})
}

// corruptFile flips a bit of the segment that holds some bytes, so far before them.
func corruptFile(t *testing.T, folder string, marker []byte, before int, bit byte) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(folder, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range segments {
		content, err := os.ReadFile(segment)
		if err != nil {
			t.Fatal(err)
		}
		i := bytes.Index(content, marker) - before
		if i < 0 {
			continue
		}
		file, err := os.OpenFile(segment, os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteAt([]byte{content[i] ^ bit}, int64(i))
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no segment of %v holds it", segments)
}

// A batch whose bytes have changed on the broker's disk stops its partition, and nobody else: in this process, in the next, in one that takes
// over. Whoever names one of its offsets passes over all of it, which the dead letters say, and what is behind it is applied.
func TestACorruptBatchIsThePartitions(t *testing.T) {
	all := sortedMarket(32, 20)
	corrupting(t, 0, func(t *testing.T, broker *brokertest.Broker, corrupt func(string, []byte)) {
		s := market(t, broker, "s", 2, all[:len(all)/2])
		marker := []byte("the bytes that rot")
		at := s.sendBatch(broker, kgo.NoCompression(), events.Claims, 1, []byte("before"), marker, []byte("behind"))
		s.produce(all[len(all)/2:])
		corrupt(s.topics.Inputs[events.Claims]+"-1", marker)
		place := fmt.Sprintf("%s/1@%d", s.topics.Inputs[events.Claims], at)

		log := enginetest.NewLines()
		change := func(o *Options) { o.Clock, o.slowest, o.Logger = longAgo, 20*time.Millisecond, slog.New(log) }
		first := s.workWith(broker, change)
		f := first.awaitFailure(1)
		if !errors.Is(f, stream.ErrCorrupt) || f.At != place || !strings.Contains(f.Error(), fmt.Sprintf("offsets %d to %d", at, at+2)) || !strings.Contains(f.Error(), "--skip "+place) {
			t.Errorf("failure %v, want that of the batch at %s, and the remedy", f, place)
		}
		s.awaitReadBut(1)
		if log.Of(lineFailed) != 1 {
			t.Errorf("the failure was told %d times", log.Of(lineFailed))
		}
		second := s.workWith(broker, change)
		enginetest.Eventually(t, "the second has a partition", func() bool { return len(second.worker.Status().Tasks()) > 0 })
		first.stop()
		if f := second.awaitFailure(1); f.At != place {
			t.Errorf("the other process fails at %s, want %s", f.At, place)
		}
		second.stop()

		err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.slowest = time.Millisecond })
		if failed, ok := errors.AsType[*FailedError](err); !ok || !slices.Equal(failed.Partitions, []int32{1}) || failed.Failures[0].At != place {
			t.Fatalf("error %v, want that partition 1 failed at %s", err, place)
		}
		err = s.run(t.Context(), t.TempDir(), func(o *Options) {
			o.Skip = []stream.Position{{TopicPartition: stream.TopicPartition{Topic: s.topics.Inputs[events.Claims], Partition: 1}, Offset: at + 2}}
		})
		if err != nil {
			t.Fatal(err)
		}
		letters, values := s.headersOfSource(events.Claims, 1, at)
		if len(letters) != 1 || letters[0]["reason"] != "skipped" || letters[0]["batch.first"] != fmt.Sprint(at) || letters[0]["batch.last"] != fmt.Sprint(at+2) ||
			letters[0]["batch.records"] != "3" || !strings.Contains(letters[0]["error"], "checksum") || !bytes.Contains(values[0], marker[1:]) {
			t.Errorf("dead letters %v, want one of the batch that was passed over", letters)
		}
		one := market(t, broker, "one", 2, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
		checkNumbers(t, s.alerts())
	})
}

// Whatever is known to stand before a batch of which not even the end is known is published, at once, however much that is.
func TestAllBeforeAFetchThatFailsIsPublished(t *testing.T) {
	const header, length, record = 61, 8, 6 // of a batch, before its length, and of a record beside its key, before its value
	corrupting(t, header+record+len(sellerOf(1))-length, func(t *testing.T, broker *brokertest.Broker, corrupt func(string, []byte)) {
		s := market(t, broker, "s", 2, nil)
		values := make([][]byte, 3000)
		for i := range values {
			values[i] = enginetest.JSON(sellerOf(1), "PLACED", fmt.Sprint(i))
		}
		s.sendBatch(broker, kgo.NoCompression(), events.Orders, 1, values...)
		marker := []byte("nobody knows where this ends")
		at := s.sendBatch(broker, kgo.NoCompression(), events.Orders, 1, marker)
		corrupt(s.topics.Inputs[events.Orders]+"-1", marker)
		w := s.workWith(broker, func(o *Options) { o.Clock, o.slowest = longAgo, time.Hour })
		enginetest.Eventually(t, "partition 1 has failed", func() bool { return w.failureIn(1) != nil })
		orders := s.topics.InputPartitions(1)[events.Orders]
		committed, err := s.client.Offsets(t.Context(), s.appID, []stream.TopicPartition{orders})
		if err != nil || committed[orders].Offset != at {
			t.Errorf("committed up to %d when it has failed (%v), want %d: %v", committed[orders].Offset, err, at, w.failureIn(1))
		}
		if f := w.failureIn(1); f.At != fmt.Sprintf("%v@%d", orders, at) || !errors.Is(f, stream.ErrCorrupt) || !strings.Contains(f.Remedy, "let a replica lead") {
			t.Errorf("failure %v, want the place and the remedy", f)
		}
		w.stop()
	})
}

// A changelog that cannot be read stops the standby that follows it, and no owner, neither of that partition nor of another; the process goes
// on, and the standby too once it can.
func TestAStandbyFailsAlone(t *testing.T) {
	all := sortedMarket(33, 40)
	var s *fixture
	var corrupt atomic.Bool
	watch := &tap{decide: func(kmsg.Request) verdict { return pass }, patch: func(answer []byte) {
		if corrupt.Load() && isOfChangelog(answer, s.topics.Changelog) {
			answer[len(answer)-1] ^= 1
		}
	}}
	broker := brokertest.Embedded(t, kfake.ListenFn(watch.listen))
	s = market(t, broker, "s", 2, all[:len(all)/2])
	log := enginetest.NewLines()
	change := func(o *Options) {
		o.Clock, o.Standbys, o.slowest, o.Logger = longAgo, 1, 20*time.Millisecond, slog.New(log)
	}
	first, second := s.workWith(broker, change), s.workWith(broker, change)
	enginetest.Eventually(t, "one partition each, and one standby", func() bool {
		return len(first.runs()) == 1 && len(second.runs()) == 1 && len(first.follows()) == 1 && len(second.follows()) == 1
	})
	s.awaitRead()
	corrupt.Store(true)
	s.produce(all[len(all)/2:])
	s.awaitRead() // The owners go on.
	follows := 1 - first.runs()[0]
	f := first.awaitFailure(follows)
	if !f.Standby || !errors.Is(f, stream.ErrCorrupt) || !strings.Contains(f.At, s.topics.Changelog) || strings.Contains(f.Remedy, "--skip") {
		t.Errorf("failure %v of a standby %v, want that of the changelog", f, f.Standby)
	}
	if first.worker.Status().Ready() != true {
		t.Error("a standby that has failed makes the process not ready")
	}
	corrupt.Store(false)
	enginetest.Eventually(t, "both standbys go on", func() bool {
		return len(first.follows()) == 1 && first.failureIn(follows) == nil && len(second.follows()) == 1 && second.failureIn(1-follows) == nil
	})
	first.stop()
	second.stop()
	if log.Of("standby failed: trying again slowly, all other partitions go on") < 2 || log.Of("standby recovered") < 2 || log.Of(lineFailed) > 0 {
		t.Error("the failures and recoveries of two standbys were not logged, or others")
	}
	checkNumbers(t, s.alerts())
}

// batchBytes is more than an answer has without records, and less than with any.
const batchBytes = 100

// isOfChangelog is whether an answer is that to a fetch of one partition of the changelog with records in it.
func isOfChangelog(answer []byte, changelog string) bool {
	name := append(binary.BigEndian.AppendUint16(nil, uint16(len(changelog))), changelog...)
	i := bytes.Index(answer, append(name, 0, 0, 0, 1))
	return i == 4+4+4+2+4+4 && len(answer) > i+len(name)+batchBytes
}
