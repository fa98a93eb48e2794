package rulebook

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

func openBook(t *testing.T, broker *brokertest.Broker, topic string) (*stream.Client, *Book) {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	book, err := Open(t.Context(), client, topic)
	if err != nil {
		t.Fatal(err)
	}
	return client, book
}

func newTopic(t *testing.T, broker *brokertest.Broker) string {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	spec := stream.TopicSpec{Name: broker.Prefix + "rules", Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"cleanup.policy": "compact"}}
	if err := client.CreateTopics(t.Context(), []stream.TopicSpec{spec}); err != nil {
		t.Fatal(err)
	}
	return spec.Name
}

func revision(text string) Revision {
	return Revision{AppliedAt: time.UnixMilli(1000).UTC(), Comment: "a comment", Files: []File{{Name: "rules.yaml", Text: text, Lists: []List{{"new.csv", "sellers of " + text}}}}}
}

func TestAppliedRulesAreRead(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		topic := newTopic(t, broker)
		_, writer := openBook(t, broker, topic)
		_, reader := openBook(t, broker, topic)
		if err := reader.Read(t.Context()); err != nil || reader.Newest() != nil {
			t.Fatalf("of an empty topic: %v, %v", reader.Newest(), err)
		}
		for i, text := range []string{"first", "second", "third"} {
			r, err := writer.Apply(t.Context(), "app", revision(text))
			if err != nil || r.Number != int64(i+1) {
				t.Fatalf("apply %q: revision %d, %v", text, r.Number, err)
			}
		}
		if err := reader.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := reader.Newest(); n == nil || n.Number != 3 || n.Files[0].Text != "third" || n.Files[0].Lists[0].Text != "sellers of third" || n.Comment != "a comment" || !n.AppliedAt.Equal(time.UnixMilli(1000)) {
			t.Errorf("newest: %+v", n)
		}
		if r := reader.Find(1); r == nil || r.Files[0].Text != "first" {
			t.Errorf("the first: %+v", r)
		}
		if r := reader.Find(4); r != nil {
			t.Errorf("one that was not applied: %+v", r)
		}
	})
}

// Whoever follows hears of each newer revision.
func TestFollowersHearOfRules(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		topic := newTopic(t, broker)
		_, writer := openBook(t, broker, topic)
		_, reader := openBook(t, broker, topic)
		ctx, stop := context.WithCancel(t.Context())
		heard, done := make(chan int64), make(chan error, 1)
		go func() {
			done <- reader.Follow(ctx, func() { heard <- reader.Newest().Number })
		}()
		for want := int64(1); want <= 2; want++ {
			if _, err := writer.Apply(t.Context(), "app", revision("text")); err != nil {
				t.Fatal(err)
			}
			if got := <-heard; got != want {
				t.Errorf("heard of revision %d, want %d", got, want)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Of many who apply at the same time each either has a number of its own, or nothing of it came to pass.
func TestRulesAreAppliedOneAfterTheOther(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		topic := newTopic(t, broker)
		applied := make([]Revision, 4)
		var group sync.WaitGroup
		for i := range applied {
			_, book := openBook(t, broker, topic)
			group.Go(func() {
				r, err := book.Apply(t.Context(), "app", revision(strings.Repeat("x", i+1)))
				if err == nil {
					applied[i] = r
				}
			})
		}
		group.Wait()
		_, book := openBook(t, broker, topic)
		last, err := book.Apply(t.Context(), "app", revision("last")) // Before it all of before have ended, which takes until after brokers say so.
		if err != nil {
			t.Fatal(err)
		}
		applied = append(applied, last)
		if err := book.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		stored := map[string]int64{}
		for i, r := range book.Revisions() {
			if r.Number != int64(i+1) {
				t.Errorf("revision %d is the %d. in the topic", r.Number, i+1)
			}
			stored[r.Files[0].Text] = r.Number
		}
		for _, r := range applied {
			if r.Number > 0 && stored[r.Files[0].Text] != r.Number {
				t.Errorf("revision %d is not in the topic", r.Number)
			}
		}
	})
}

func TestOldRevisionsAreDeleted(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		_, book := openBook(t, broker, newTopic(t, broker))
		for range Kept + 2 {
			if _, err := book.Apply(t.Context(), "app", revision("text")); err != nil {
				t.Fatal(err)
			}
		}
		if all := book.Revisions(); len(all) != Kept || all[0].Number != 3 {
			t.Errorf("%d revisions are kept, from %d on", len(all), all[0].Number)
		}
	})
}

func TestWhatIsNoRevision(t *testing.T) {
	for name, c := range map[string]struct{ key, value string }{
		"no JSON":        {"1", "rules:"},
		"another key":    {"2", `{"revision":1,"files":[{"name":"a","text":"b"}]}`},
		"no number":      {"0", `{"revision":0,"files":[{"name":"a","text":"b"}]}`},
		"without a file": {"1", `{"revision":1}`},
	} {
		if r, err := decode([]byte(c.key), []byte(c.value)); !errors.Is(err, ErrRevision) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	r := revision(strings.Repeat("x", limits.RuleFiles))
	if _, err := r.encode(); err == nil {
		t.Error("more than fits is encoded")
	}
}
