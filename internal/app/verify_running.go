package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sellerpulse/internal/pipeline"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/verify"
)

// verifyPath is where a running process is asked to verify itself.
const verifyPath = "/api/v1/verify"

// verifier verifies the state of the running process, one request at a time.
type verifier struct {
	db       *state.DB
	options  verify.Options
	busy     chan struct{}   // holds one while a verification is under way
	stopping context.Context // It ends with the process, not with a call.
	stop     context.CancelFunc
}

func newVerifier(db *state.DB, o pipeline.Options) *verifier {
	v := &verifier{db: db, busy: make(chan struct{}, 1)}
	v.options = verify.Options{Rules: o.Rules, Zone: o.Zone, RetentionDays: o.RetentionDays, SkipOthers: true, PartitionOf: stream.PartitionFor}
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(v.stopping, cancel)()
	view := v.db.Snapshot()
	answer, err := verify.All(ctx, view, v.options)
	return answer, errors.Join(err, view.Close())
}

// verify answers with what a verification finds, however long it takes.
func (s *server) verify(w http.ResponseWriter, r *http.Request) {
	v := s.verifier.Load()
	if v == nil {
		writeProblem(w, http.StatusServiceUnavailable, "connecting to kafka")
		return
	}
	c := http.NewResponseController(w)
	_ = errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})) // Both are there on a connection of net/http's.
	answer, err := v.run(r.Context())
	switch {
	case errors.Is(err, errVerifying):
		writeProblem(w, http.StatusConflict, err.Error())
	case errors.Is(err, errStopping), errors.Is(err, context.Canceled):
		writeProblem(w, http.StatusServiceUnavailable, errStopping.Error())
	case err != nil:
		writeProblem(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // The one who asked has gone.
	}
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{http.StatusText(status), status, detail}) // The one who asked has gone.
}
