package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/verify"
	"sellerpulse/internal/web/problem"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// verifyPath is where a running process is asked to verify itself.
const verifyPath = "/api/v1/verify"

// Whoever asks for it says so by a header that a web page can send to its own server only: browsers ask other servers for permission first, which
// is not given here.
const (
	askHeader = "X-Sellerpulse"
	askVerify = "verify"
)

// verifier verifies the state of the running process, one request at a time.
type verifier struct {
	db       *state.DB
	options  verify.Options
	rules    func() *rules.Set // in force
	timeout  time.Duration     // of one verification
	busy     chan struct{}     // holds one while a verification is under way
	stopping context.Context   // It ends with the process, not with a call.
	stop     context.CancelFunc
}

func newVerifier(db *state.DB, o worker.Options, rulesNow func() *rules.Set, timeout time.Duration) *verifier {
	v := &verifier{db: db, rules: rulesNow, timeout: timeout, busy: make(chan struct{}, 1)}
	v.options = verify.Options{Zone: o.Zone, RetentionDays: o.RetentionDays, HistoryDays: o.HistoryDays, SkipOthers: true, PartitionOf: stream.PartitionFor}
	v.stopping, v.stop = context.WithCancel(context.Background())
	return v
}

// close ends the verification under way and waits for it, since the database is closed next. None begins after it.
func (v *verifier) close() error {
	v.stop()
	v.busy <- struct{}{}
	return nil
}

var (
	errVerifying = errors.New("a verification is under way: ask again when it is done")
	errStopping  = errors.New("the process is stopping: verify its state directory once it has stopped")
)

// run verifies what is committed now, standbys too.
func (v *verifier) run(ctx context.Context) (verify.Answer, error) {
	select {
	case v.busy <- struct{}{}:
	default:
		if v.stopping.Err() != nil {
			return verify.Answer{}, errStopping
		}
		return verify.Answer{}, errVerifying
	}
	defer func() { <-v.busy }()
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	defer context.AfterFunc(v.stopping, cancel)()
	view := v.db.Snapshot()
	options := v.options
	options.Rules = v.rules()
	answer, err := verify.All(ctx, view, options)
	return answer, errors.Join(err, view.Close())
}

// answerTimeout is how long an answer may take to be sent.
const answerTimeout = 30 * time.Second

// verify answers with what a verification finds, when it is done.
func (s *server) verify(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(askHeader) != askVerify {
		problem.Write(w, http.StatusForbidden, "the header "+askHeader+": "+askVerify+" is missing: ask by `processor verify --url`, or send it")
		return
	}
	v := s.verifier.Load()
	if v == nil {
		problem.Write(w, http.StatusServiceUnavailable, "connecting to kafka")
		return
	}
	c, until := http.NewResponseController(w), time.Now().Add(v.timeout+answerTimeout)
	_ = errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)) // Both are there on a connection of net/http's.
	answer, err := v.run(r.Context())
	switch {
	case errors.Is(err, errVerifying):
		problem.Write(w, http.StatusConflict, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		problem.Write(w, http.StatusServiceUnavailable, fmt.Sprintf("it took longer than %v: raise --verify-timeout, or verify the state directory once the process has stopped", v.timeout))
	case errors.Is(err, errStopping), errors.Is(err, context.Canceled):
		problem.Write(w, http.StatusServiceUnavailable, errStopping.Error())
	case err != nil:
		problem.Write(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // The one who asked has gone.
	}
}
