package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/peers"
	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/state"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/web/problem"
	"sellerpulse/internal/whatif"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// whatIfPath is where a running process is asked what rules would bring, and askWhatIf what says so in [askHeader].
const (
	whatIfPath = "/api/v1/rules/what-if"
	askWhatIf  = "what-if"
)

// MaxChanges is how many changes can be asked for.
const MaxChanges = 10_000

// whatIfQuestion is the body of a request.
type whatIfQuestion struct {
	Files []rulebook.File `json:"files"`
	Most  int             `json:"most"` // changes to be told
}

// whatIfLine is a line of the answer: how far a partition is, what came of one, or, in the end, that this is all.
type whatIfLine struct {
	Partition *int32         `json:"partition,omitempty"`
	Sellers   int64          `json:"sellers,omitempty"`
	Answer    *whatif.Answer `json:"answer,omitempty"`
	Error     string         `json:"error,omitempty"`
	End       bool           `json:"end,omitempty"`
}

// foreseer tries rules on the state of the running process, for one request at a time.
type foreseer struct {
	db       *state.DB
	options  whatif.Options
	timeout  time.Duration
	busy     chan struct{}   // holds one while a trial is under way
	stopping context.Context // It ends with the process, not with a call.
	stop     context.CancelFunc
}

func newForeseer(db *state.DB, o worker.Options, timeout time.Duration) *foreseer {
	f := &foreseer{db: db, options: whatif.Options{Zone: o.Zone, RetentionDays: o.RetentionDays, HistoryDays: o.HistoryDays}, timeout: timeout, busy: make(chan struct{}, 1)}
	f.stopping, f.stop = context.WithCancel(context.Background())
	return f
}

// close ends the trial under way and waits for it, since the database is closed next. None begins after it.
func (f *foreseer) close() error {
	f.stop()
	f.busy <- struct{}{}
	return nil
}

var errTrying = errors.New("rules are being tried: ask again when that is done")

// begin takes the one room there is, until end is called, which closes what is read.
func (f *foreseer) begin(ctx context.Context) (of context.Context, view *state.View, end func(), err error) {
	select {
	case f.busy <- struct{}{}:
	default:
		if f.stopping.Err() != nil {
			return nil, nil, nil, errStopping
		}
		return nil, nil, nil, errTrying
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	stop := context.AfterFunc(f.stopping, cancel)
	view = f.db.Snapshot()
	return ctx, view, func() {
		_ = view.Close() // It was read alone.
		stop()
		cancel()
		<-f.busy
	}, nil
}

// parse reads the rules of a question for the days for which this process keeps counts.
func (f *foreseer) parse(q *whatIfQuestion) (*rules.Set, error) {
	return rules.ParseAll(int(max(f.options.RetentionDays, f.options.HistoryDays)), RuleFiles(q.Files)...)
}

// whatIf answers with what rules would bring: of the partitions that this process works on, and, unless another one forwarded it, of those of the others.
func (s *server) whatIf(w http.ResponseWriter, r *http.Request) {
	f := s.foreseer.Load()
	switch {
	case r.Header.Get(askHeader) != askWhatIf:
		problem.Write(w, http.StatusForbidden, "the header "+askHeader+": "+askWhatIf+" is missing: ask by `processor rules what-if --url`, or send it")
		return
	case f == nil:
		problem.Write(w, http.StatusServiceUnavailable, "connecting to kafka")
		return
	}
	var q whatIfQuestion
	body := http.MaxBytesReader(w, r.Body, 2*limits.RuleFiles) // Of which quotes and line ends take two.
	if err := json.NewDecoder(body).Decode(&q); err != nil {
		problem.Write(w, http.StatusBadRequest, fmt.Sprintf("read the rules: %v: send {\"files\":[{\"name\":…,\"text\":…}]}", err))
		return
	}
	o := f.options
	o.Most = min(max(q.Most, 0), MaxChanges)
	var err error
	if o.Rules, err = f.parse(&q); err != nil {
		problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	ctx, view, end, err := f.begin(r.Context())
	if err != nil {
		problem.Write(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer end()
	c, until := http.NewResponseController(w), time.Now().Add(f.timeout+answerTimeout)
	_ = errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)) // Both are there on a connection of net/http's.
	w.Header().Set("Content-Type", "application/x-ndjson")
	trial := &runningTrial{server: s, request: r, question: q, options: o, view: view, out: json.NewEncoder(w), flush: c.Flush}
	trial.run(ctx)
}

// runningTrial is one request to try rules.
type runningTrial struct {
	server   *server
	request  *http.Request
	question whatIfQuestion
	options  whatif.Options
	view     *state.View

	mutex sync.Mutex // guards what follows
	out   *json.Encoder
	flush func() error
}

// tell sends a line. The one who asked may have gone.
func (t *runningTrial) tell(line whatIfLine) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_ = t.out.Encode(line)
	_ = t.flush()
}

func (t *runningTrial) run(ctx context.Context) {
	var others sync.WaitGroup
	if t.request.Header.Get(forward.ForwardedHeader) == "" {
		t.tellMissing()
		t.askOthers(ctx, &others)
	}
	t.options.Progress = func(partition int32, sellers int64) { t.tell(whatIfLine{Partition: &partition, Sellers: sellers}) }
	err := t.tryOwn(ctx)
	others.Wait()
	t.finish(err)
}

// tryOwn tries the rules on the partitions that this process works on.
func (t *runningTrial) tryOwn(ctx context.Context) error {
	status := t.server.status.Load()
	for p := range status.Partitions() {
		if role, ok := status.Local(p); !ok || role != peers.Owner {
			continue
		}
		answer, err := whatif.OfPartition(ctx, t.view, p, t.options)
		if err != nil {
			return err
		}
		t.tell(whatIfLine{Partition: &p, Answer: answer})
	}
	return nil
}

// finish says that this is all, or why it is not.
func (t *runningTrial) finish(err error) {
	switch {
	case err == nil:
		t.tell(whatIfLine{End: true})
	case errors.Is(err, context.DeadlineExceeded):
		t.tell(whatIfLine{Error: fmt.Sprintf("it took longer than %v: raise --verify-timeout, or try the rules on the state directory once the process has stopped", t.server.foreseer.Load().timeout)})
	default:
		t.tell(whatIfLine{Error: err.Error()})
	}
}
