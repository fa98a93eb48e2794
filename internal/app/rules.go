package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// takeRules takes the rules that were applied to the application, if they are what the process is to go by; the built-in ones where none were.
func (a *App) takeRules(ctx context.Context, client *stream.Client) error {
	o := &a.options
	if o.ParseRules == nil {
		return nil
	}
	if o.RulesOfSuccessors {
		successor := a.options
		successor.Worker.Rules, o = rules.BuiltIn(), &successor
	}
	err := TakeRules(ctx, client, o)
	a.ruled = &task.Ruled{Set: o.Worker.Rules, Revision: o.Worker.Revision}
	return err
}

// TakeRules gives the worker of options the rules that were applied to the application, if there are any.
func TakeRules(ctx context.Context, client *stream.Client, o *Options) error {
	o.Worker.AppliedRules = true
	book, err := rulebook.Open(ctx, client, o.Worker.Topics.Rules)
	if _, missing := errors.AsType[*rulebook.MissingError](err); missing {
		return nil // The check of topics tells it. Once the topic is there it is followed.
	}
	if err != nil {
		return err
	}
	if err := book.Read(ctx); err != nil {
		return err
	}
	newest := book.Newest()
	if newest == nil {
		return nil
	}
	if o.Worker.Rules, err = o.parse(newest); err != nil {
		return err
	}
	o.Worker.Revision = newest.Number
	return nil
}

// parse reads the rules of a revision.
func (o *Options) parse(r *rulebook.Revision) (*rules.Set, error) {
	set, err := o.ParseRules(RuleFiles(r.Files))
	if err != nil {
		return nil, fmt.Errorf("revision %d of the rules cannot be taken: %w: update this process, or apply others", r.Number, err)
	}
	return set, nil
}

// followRules puts the rules in force that are applied from now on. What cannot be taken leaves those before in force.
func (a *App) followRules(client *stream.Client) {
	if a.options.ParseRules == nil || a.options.Worker.UntilEnd { // A bounded run goes by the log alone.
		return
	}
	a.follow("stop following the rules", func(ctx context.Context) error {
		pause := backoff.NewExponentialBackOff()
		pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 10*time.Second
		told := ""
		for ctx.Err() == nil {
			err := panics.Survive(func() error { return a.followBook(ctx, client, pause) })
			if err == nil || ctx.Err() != nil {
				continue
			}
			if _, missing := errors.AsType[*rulebook.MissingError](err); !missing && err.Error() != told {
				told = err.Error()
				a.log.Warn("cannot follow the rules that are applied: those in force stay so", "error", err)
			}
			wait.For(ctx, pause.NextBackOff())
		}
		return nil
	})
}

// followBook follows the revisions from the first one on, of which the newest counts.
func (a *App) followBook(ctx context.Context, client *stream.Client, pause *backoff.ExponentialBackOff) error {
	book, err := rulebook.Open(ctx, client, a.options.Worker.Topics.Rules)
	if err != nil {
		return err
	}
	if err := book.Read(ctx); err != nil {
		return err
	}
	pause.Reset()
	changed := func() { a.ruleBy(book.Newest()) }
	changed()
	return book.Follow(ctx, changed)
}

// ruleBy puts a revision in force, unless it or a newer one is.
func (a *App) ruleBy(r *rulebook.Revision) {
	a.mutex.Lock()
	known := a.ruled.Revision
	a.mutex.Unlock()
	if r == nil || r.Number <= known {
		return
	}
	set, err := a.options.parse(r)
	if err != nil {
		a.log.Error("rules are not taken: those before stay in force", "revision", r.Number, "error", err)
		return
	}
	a.rule(task.Ruled{Set: set, Revision: r.Number})
}

// Rule puts rules in force that the process was given, in the place of those that it was given before.
func (a *App) Rule(set *rules.Set) { a.rule(task.Ruled{Set: set}) }

func (a *App) rule(by task.Ruled) {
	a.mutex.Lock()
	a.ruled = &by
	ruled := a.workers
	if a.options.RulesOfSuccessors {
		ruled = ruled[min(1, len(ruled)):]
	}
	for _, w := range ruled {
		w.Environment().Rule(by)
	}
	a.mutex.Unlock()
	if len(ruled) == 0 {
		return
	}
	if a.showRules != nil {
		a.showRules(by.Set)
	}
	a.log.Info("other rules are in force", "revision", by.Revision, "rules", len(by.Set.Rules()))
}

// govern has a worker go by what is in force, from now on too.
func (a *App) govern(w *worker.Worker) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if len(a.workers) > 0 && a.ruled != nil {
		if in, _ := w.Environment().Now(); in != *a.ruled {
			w.Environment().Rule(*a.ruled)
		}
	}
	a.workers = append(a.workers, w)
}

// rulesNow are those in force.
func (a *App) rulesNow() *rules.Set {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	in, _ := a.workers[len(a.workers)-1].Environment().Now()
	return in.Set
}
