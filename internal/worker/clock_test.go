package worker

import (
	"testing"
	"time"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"

	"github.com/twmb/franz-go/pkg/kadm"
)

// A clock of this machine that is ten years ahead slides no window: brokers tell the time. (The embedded one does not.)
func TestAWrongClockMovesNoWindow(t *testing.T) {
	broker := brokertest.Kafka(t)
	s := newFixture(t, broker, 1)
	s.produce(sortedMarket(7, 5))
	before := time.Now().UnixMilli()
	w := s.workWith(broker, func(o *Options) {
		o.Hooks.OwnClock = false
		o.Clock = func() time.Time { return time.Now().AddDate(10, 0, 0) }
	})
	s.awaitRead()
	enginetest.Eventually(t, "stream time follows a clock", func() bool {
		tasks := w.worker.Status().Tasks()
		return len(tasks) == 1 && tasks[0].StreamTime > before-2*60_000
	})
	if at := w.worker.Status().Tasks()[0].StreamTime; at > time.Now().UnixMilli() {
		t.Errorf("stream time is %v", time.UnixMilli(at))
	}
	w.stop()
}

// The time that other topics' leaders put on a commit is not the changelog's: where that keeps the producer's times, this machine's clock,
// here half an hour ahead, has to do.
func TestOnlyTheChangelogTellsTheTime(t *testing.T) {
	const ahead = 30 * time.Minute
	broker := brokertest.Kafka(t)
	s := newFixture(t, broker, 1)
	createTime := "CreateTime"
	_, err := brokertest.Admin(t, broker).AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "message.timestamp.type", Value: &createTime}}, s.topics.Changelog)
	if err != nil {
		t.Fatal(err)
	}
	s.produce(sortedMarket(7, 5))
	before := time.Now()
	w := s.workWith(broker, func(o *Options) {
		o.Hooks.OwnClock = false
		o.Clock = func() time.Time { return time.Now().Add(ahead) }
	})
	s.awaitRead()
	enginetest.Eventually(t, "stream time follows this machine's clock", func() bool {
		tasks := w.worker.Status().Tasks()
		return len(tasks) == 1 && tasks[0].StreamTime > before.Add(ahead-2*time.Minute).UnixMilli()
	})
	w.stop()
}
