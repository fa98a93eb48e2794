package backfill

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// Coordinator has the processes of a candidate make its state the live one. It only asks, and decides once all have prepared.
type Coordinator struct {
	Client         *stream.Client
	Application    *Application
	Name           string // of the candidate
	MaxDifferences int64  // rules of sellers that may stand otherwise; negative: any number
	DryRun         bool
	Now            func() time.Time
	Progress       func(StepProgress)
}

// StepProgress is how far a step of a cut-over is.
type StepProgress struct {
	Step   string
	Behind int64 // records of the live changelog that are left to be followed
	Done   int   // partitions
	Of     int
}

// Outcome is what came of a cut-over.
type Outcome struct {
	DryRun      bool            `json:"dry_run"`
	Former      string          `json:"former,omitempty"` // the candidate that the live state has become; none where it was lost
	Lost        string          `json:"lost,omitempty"`   // the live changelog, if it is lost, in any partition
	Partitions  int             `json:"partitions"`
	Differences task.Difference `json:"differences"`
	Changes     []Change        `json:"changes"` // the first of them
	Shorter     []Shorter       `json:"shorter"` // rules whose counts reach back less far than those of the live state, which stay there
	Pause       time.Duration   `json:"pause_ns"`
}

// TooManyError says that more differs than is allowed.
type TooManyError struct {
	Differences task.Difference
	Shorter     int64 // rules whose counts reach back less far
	Most        int64
}

// Error names both numbers and what to do.
func (e *TooManyError) Error() string {
	shorter := ""
	if e.Shorter > 0 {
		shorter = fmt.Sprintf(", and rules whose counts reach back less far than those of the live state: %d", e.Shorter)
	}
	return fmt.Sprintf("rules that stand otherwise in the candidate: %d (sellers: %d)%s, more than the %d of --max-differences: nothing was changed; look at them with `processor backfill diff`, and allow more if they are right",
		e.Differences.Rules, e.Differences.Sellers, shorter, e.Most)
}

// How long partitions may take. Following the live changelog may take long; what rests meanwhile may not.
const (
	followSilence = time.Minute                           // without any answer
	stepTimeout   = 2 * (livePatience + decisionPatience) // until the live state is as far, and until its group gives the partitions
)

// Run carries it out.
func (c *Coordinator) Run(ctx context.Context) (*Outcome, error) {
	candidate, d, err := c.Application.Find(ctx, c.Client, c.Name)
	if err != nil {
		return nil, err
	}
	control := OpenControl(c.Client, candidate)
	r := &run{Coordinator: c, candidate: candidate, control: control, description: d, id: rand.Text(), partitions: int(d.Partitions())}
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	if r.requests, err = control.OpenRequests(ctx, candidate); err != nil {
		return nil, err
	}
	values, next, err := control.Read(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.checkDecided(ctx, values[requestKey]); err != nil {
		return nil, err
	}
	answers, stop := context.WithCancel(ctx)
	defer stop()
	r.answers = make(chan answer)
	r.failed = make(chan error, 1)
	go func() { r.failed <- r.listen(answers, next) }()
	outcome, err := r.carryOut(ctx)
	stop()
	return outcome, err
}

// run is one cut-over.
type run struct {
	*Coordinator
	candidate   *Candidate
	control     *Control
	requests    *Requests
	description *Description
	id          string
	partitions  int
	former      string
	live        *liveState // as the processes of the candidate see it: in a partition where it is lost, if there is any
	answers     chan answer
	failed      chan error
}

func (r *run) listen(ctx context.Context, from int64) error {
	err := r.control.Follow(ctx, from, func(_ string, value []byte) error {
		var a answer
		if json.Unmarshal(value, &a) != nil || a.ID != r.id {
			return nil
		}
		select {
		case r.answers <- a:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return err
}

func (r *run) carryOut(ctx context.Context) (*Outcome, error) {
	if _, err := r.ask(ctx, stepFollow, followSilence); err != nil {
		return nil, r.abandon(ctx, err)
	}
	if err := r.checkHistory(); err != nil {
		return nil, r.abandon(ctx, err)
	}
	if r.DryRun {
		outcome, err := r.ask(ctx, stepCompare, stepTimeout)
		return outcome, r.abandon(ctx, err)
	}
	if err := r.describeFormer(ctx); err != nil {
		return nil, r.abandon(ctx, err)
	}
	prepared, err := r.ask(ctx, stepPrepare, stepTimeout)
	if err == nil {
		err = r.checkDifferences(prepared)
	}
	if err != nil {
		return nil, r.undescribe(ctx, r.abandon(ctx, err))
	}
	done, err := r.ask(ctx, stepCommit, stepTimeout)
	if err != nil {
		return nil, r.settle(ctx, err)
	}
	prepared.Pause, prepared.Former = done.Pause, r.former
	return prepared, nil
}

// checkHistory refuses a candidate that keeps counts for fewer days than the live state: windows would not reach back as far any more.
func (r *run) checkHistory() error {
	is, was := max(r.description.HistoryDays, r.description.RetentionDays), r.live.HistoryDays
	if r.live.Lost || is >= was {
		return nil
	}
	return fmt.Errorf("the live state keeps counts for %d days, and backfill %q for %d: %s, and begin it with --history %d", was, r.candidate.Name, is, discardIt(r.candidate.Name), was)
}

// checkDifferences refuses where more differs than is allowed.
func (r *run) checkDifferences(o *Outcome) error {
	shorter := int64(len(o.Shorter))
	if r.MaxDifferences < 0 || o.Differences.Rules+shorter <= r.MaxDifferences {
		return nil
	}
	return &TooManyError{o.Differences, shorter, r.MaxDifferences}
}

// ask asks for a step and waits until it is done in every partition. silence is for how long nothing may be heard.
func (r *run) ask(ctx context.Context, of step, silence time.Duration) (*Outcome, error) {
	q := request{ID: r.id, Step: of, Former: r.former, At: r.Now()}
	if r.live != nil {
		q.Live = r.live.Changelog
	}
	if err := r.requests.Write(ctx, &q); err != nil {
		return nil, err
	}
	outcome := &Outcome{DryRun: r.DryRun, Partitions: r.partitions, Changes: []Change{}, Shorter: []Shorter{}}
	if r.live != nil && r.live.Lost {
		outcome.Lost = r.live.Changelog
	}
	latest := map[int32]answer{}
	late := time.NewTimer(silence)
	defer late.Stop()
	for {
		select {
		case a := <-r.answers:
			if a.Error != "" {
				return nil, errors.New(a.Error)
			}
			if a.Step != of {
				continue
			}
			latest[a.Partition] = a
			if a.Live != nil && (r.live == nil || !r.live.Lost) {
				r.live = a.Live
			}
			late.Reset(silence)
			if r.told(of, latest) == r.partitions {
				outcome.add(latest)
				return outcome, nil
			}
		case err := <-r.failed:
			return nil, err
		case <-late.C:
			return nil, fmt.Errorf("the candidate's processes did not answer for %d of %d partitions in %v: see to it that `processor backfill start %s` runs and works on all partitions (`processor backfill status %s`), and try again",
				r.partitions-r.told(of, latest), r.partitions, silence, r.candidate.Name, r.candidate.Name)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// told tells how far a step is, and gives the number of partitions in which it is done.
func (r *run) told(of step, latest map[int32]answer) (done int) {
	p := StepProgress{Step: string(of), Of: r.partitions}
	for _, a := range latest {
		p.Behind += a.Behind
		if a.Done {
			p.Done++
		}
	}
	if r.Progress != nil {
		r.Progress(p)
	}
	return p.Done
}

func (o *Outcome) add(answers map[int32]answer) {
	for p := range int32(len(answers)) {
		a := answers[p]
		o.Differences.Add(a.Differences)
		o.Shorter = mergeShorter(o.Shorter, a.Shorter)
		o.Pause = max(o.Pause, a.Pause)
		o.Changes = append(o.Changes, a.Changes[:min(len(a.Changes), changesTold-len(o.Changes))]...)
	}
}

// abandon has everything go on as before, after an error or a dry run.
func (r *run) abandon(ctx context.Context, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := r.control.Write(ctx, abandonKey, &request{ID: r.id, Step: stepAbandon, At: r.Now()}); err != nil {
		return errors.Join(why, fmt.Errorf("tell the candidate's processes to go on: %w (they do so by themselves in %v)", err, decisionPatience))
	}
	return why
}

// settle finds out what became of a cut-over that was decided, of which not every partition has answered that it is done. A decision stands: it cannot be
// known what a process that does not answer will do yet.
func (r *run) settle(ctx context.Context, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if errors.Is(why, errOvertaken) { // It may have been right after the decision.
		values, _, err := r.control.Read(ctx)
		if err != nil {
			return errors.Join(why, err)
		}
		if last, err := decodeRequest(values[requestKey]); err != nil || last.ID != r.id || last.Step != stepCommit {
			return r.undescribe(ctx, r.abandon(ctx, why))
		}
	}
	live, err := marks(ctx, r.Client, r.candidate, r.candidate.Live, r.candidate.LiveTopics.Changelog)
	if err != nil {
		return errors.Join(why, err)
	}
	done := 0
	for _, mark := range live {
		if mark.Changelog == r.candidate.Topics.Changelog {
			done++
		}
	}
	if done == r.partitions {
		return fmt.Errorf("every partition was cut over, though not every process said so: %w", why)
	}
	return fmt.Errorf("%d of %d partitions were cut over; see to it that the candidate's processes run, which go on with the others: %w", done, r.partitions, why)
}

// checkDecided refuses where an earlier cut-over was decided and is not carried out yet.
func (r *run) checkDecided(ctx context.Context, last []byte) error {
	live, err := inForce(ctx, r.Client, r.candidate)
	if err != nil {
		return err
	}
	if q, err := decodeRequest(last); err == nil && q.Step == stepCommit && live[q.Live] {
		return fmt.Errorf("a cut-over to backfill %q was decided at %v, and is not complete: see to it that its processes run, which go on with it", r.candidate.Name, q.At.UTC().Format(time.RFC3339))
	}
	if len(live) > 1 {
		return fmt.Errorf("the live state is in the changelogs %q, for a cut-over is not complete: see to it that the processes of the backfill run which it is to, and that goes on", slices.Sorted(maps.Keys(live)))
	}
	return nil
}

// check refuses what cannot be cut over.
func (r *run) check(ctx context.Context) error {
	gone, err := r.candidate.WasCutOver(ctx, r.Client)
	if err != nil {
		return err
	}
	if gone {
		return fmt.Errorf("backfill %q was cut over to already: it is the live state", r.candidate.Name)
	}
	if err := r.candidate.checkBegun(ctx, r.Client, int32(r.partitions)); err != nil {
		return err
	}
	now, err := Look(ctx, r.Client, r.candidate, r.description)
	if err == nil {
		err = now.lookAtLive(ctx, r.Client, r.candidate.Live)
	}
	if err != nil {
		return err
	}
	if now.Behind > now.LiveBehind+lagAllowed {
		return fmt.Errorf("backfill %q lags: it has %d records to read, and the live processes have %d: wait until it has caught up (`processor backfill status %s`)",
			r.candidate.Name, now.Behind, now.LiveBehind, r.candidate.Name)
	}
	return nil
}

// lagAllowed is how many records more than the live processes a candidate may have to read: it reads them while partitions rest.
const lagAllowed = 20_000

// describeFormer makes known what the live state becomes: a candidate named after the time, or a second later where there is one of that name. One that is
// lost becomes none.
func (r *run) describeFormer(ctx context.Context) error {
	if r.live.Lost {
		return nil
	}
	description, err := r.Client.Topics(ctx, []string{r.candidate.Control})
	if err != nil {
		return err
	}
	d := *r.description
	d.Former, d.CreatedAt, d.From = true, r.Now().UTC(), earliest
	d.Changelog, d.Zone, d.RetentionDays, d.HistoryDays, d.Rules, d.Inputs = r.live.Changelog, r.live.Zone, r.live.RetentionDays, r.live.HistoryDays, r.live.Rules, slices.Clone(r.live.Inputs)
	for i := range d.Inputs {
		d.Inputs[i] = cmp.Or(d.Inputs[i], r.description.Inputs[i]) // A state of before may not tell.
	}
	for at := d.CreatedAt; ; at = at.Add(time.Second) {
		d.Name = at.Format("20060102T150405Z")
		former, err := r.candidate.Sibling(d.Name)
		if err != nil {
			return err
		}
		is, err := OpenControl(r.Client, former).Establish(ctx, description[r.candidate.Control].ReplicationFactor, func(context.Context) (*Description, error) { return &d, nil })
		if err != nil {
			return err
		}
		if is.CreatedAt.Equal(d.CreatedAt) && is.Changelog == d.Changelog {
			r.former = d.Name
			return nil
		}
	}
}

// undescribe takes back that there is to be a former state, after an error.
func (r *run) undescribe(ctx context.Context, why error) error {
	if r.former == "" {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	former, err := r.candidate.Sibling(r.former)
	if err == nil {
		err = r.Client.DeleteTopics(ctx, []string{former.Control})
	}
	if err != nil {
		return errors.Join(why, fmt.Errorf("%w: %s", err, discardIt(r.former)))
	}
	return why
}
