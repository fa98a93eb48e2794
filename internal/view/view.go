package view

import (
	"log/slog"
	"sync"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Options say what a view follows, and how much it keeps. All but Client and the topics have defaults.
type Options struct {
	Client               *stream.Client
	SellerHealth, Alerts string           // topics; those that are named are followed
	DeadLetters          string           // a topic for a view of its own, so that what keeps it from being read keeps nobody from the others
	Sellers              int              // that are kept at most; default 1,000,000
	RecentAlerts         int              // that are kept at most; default 10,000
	RecentBytes          int              // that these take at most; default 8 MiB
	Logger               *slog.Logger     // discarded when nil
	Clock                func() time.Time // default time.Now

	identityInterval time.Duration // between two looks whether the topics are still the same; default 30 s
	lettersRead      int           // offsets of a partition of dead letters that are read at the start at most; default 10,000
}

func (o *Options) setDefaults() {
	orDefault(&o.Sellers, 1_000_000)
	orDefault(&o.RecentAlerts, 10_000)
	orDefault(&o.RecentBytes, 8<<20)
	orDefault(&o.identityInterval, 30*time.Second)
	orDefault(&o.lettersRead, 10_000)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

func orDefault[T int | time.Duration](option *T, otherwise T) {
	if *option <= 0 {
		*option = otherwise
	}
}

// View is what is published in short. It is safe for concurrent use. Nothing is in it before Run, and after Run it stays as it was then.
type View struct {
	o       Options
	lookups chan struct{} // those that read from a topic at the same time; full: others wait
	warned  sync.Once     // of an unreadable record

	// What follows is of what has been read so far. The lock is never held while something is waited for.
	mutex      sync.Mutex
	identities map[string]stream.TopicIdentity // of the topics that are followed; nil before the first
	logs       []*log
	table      *table
	recent     *recent
	letters    *letters
	generation int           // changes when all is read anew
	whole      bool          // read to the ends that there were when it was begun
	changed    chan struct{} // closed, and another one made, when there are new alerts, or something else that is waited for
	ended      chan struct{} // closed when Run has returned
	failure    failure
	unreadable int64 // records
	published  events.Millis
}

// maxLookups is how many whole reports and old alerts are read from the topics at the same time.
const maxLookups = 8

// New makes a view, in which there is nothing until it is run.
func New(options Options) *View {
	options.setDefaults()
	v := &View{o: options, lookups: make(chan struct{}, maxLookups), changed: make(chan struct{}), ended: make(chan struct{})}
	v.begin(nil, nil)
	return v
}

// begin makes the view one of other topics, of which nothing has been read. The lock is held.
func (v *View) begin(identities map[string]stream.TopicIdentity, logs []*log) {
	v.identities, v.logs = identities, logs
	v.table, v.recent, v.letters = newTable(v.o.Sellers), newRecent(v.o.RecentAlerts, v.o.RecentBytes, alertLogs(logs)), new(letters)
	v.published, v.unreadable, v.whole, v.failure.lost = events.None, 0, false, false
	v.generation++
	v.tell()
}

// tell wakes whoever waits for something to change. The lock is held.
func (v *View) tell() {
	close(v.changed)
	v.changed = make(chan struct{})
}

// SellerBytes is what a seller takes in memory, about: with an id of 30 bytes, the built-in rules, and its place in each order. One with many parts of rules takes
// more, and the room of several.
const SellerBytes = 450

// Bytes is how much memory the view has, about.
func (v *View) Bytes() int64 {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return int64(v.table.bytes) + int64(v.recent.bytes)
}

// AsOf says how old an answer is, and what is not in it.
type AsOf struct {
	Whole      bool          // the view had been read to the ends that the topics had when it was begun; before, sellers and alerts are missing
	Published  events.Millis // when the newest report or alert of the view was published, by the brokers; events.None before the first
	StreamTime events.Millis // the newest as_of of them; events.None before the first
	Behind     int64         // offsets that were published and not read yet, when the brokers last answered
	Answered   time.Time     // when all brokers had last answered: the broker of each partition since then or later; zero before
	Failing    error         // why something cannot be read at the moment; nil where all is read
	Omitted    int           // sellers for which there is no room, counted up to as many again as there is room for
	Unreadable int64         // records that could not be decoded, and are left out; the first is logged
}

// AsOf says how old the view is.
func (v *View) AsOf() AsOf {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.asOf()
}

// Whole is whether the view has been read to the ends that the topics had when it was begun.
func (v *View) Whole() bool { return v.AsOf().Whole }

func (v *View) asOf() AsOf {
	a := AsOf{
		Whole: v.whole, Published: v.published, StreamTime: max(v.table.asOf, v.recent.asOf),
		Failing: v.failure.err, Omitted: len(v.table.omitted), Unreadable: v.unreadable,
	}
	for i, l := range v.logs {
		a.Behind += max(0, l.end-l.next)
		if i == 0 || l.answered.Before(a.Answered) {
			a.Answered = l.answered
		}
	}
	return a
}
