package worker

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/test/enginetest"
)

// A failure is told when it is another, not at each try, which come ever more slowly; and so is its end.
func TestAFailureIsToldOnce(t *testing.T) {
	log, now := enginetest.NewLines(), time.UnixMilli(0)
	o := Options{Options: task.Options{Clock: func() time.Time { return now }}}.withDefaults()
	retry := newRetries(slog.New(log), "task", &o)
	if retry.recovered() {
		t.Error("recovered from nothing")
	}
	longest := time.Duration(0)
	for range 30 {
		now = now.Add(time.Second)
		longest = max(longest, retry.failed(&task.Failure{Err: errors.New("one")}))
	}
	if longest < time.Minute/2 || longest > time.Minute || log.Of(lineFailed) != 1 || retry.failure.Tries != 30 || retry.failure.Since != time.UnixMilli(1000) {
		t.Errorf("longest wait %v, told %d times, %+v", longest, log.Of(lineFailed), retry.failure)
	}
	retry.failed(&task.Failure{Err: errors.New("one"), At: "orders/1@2"})
	if log.Of(lineFailed) != 2 {
		t.Error("that its place was found was not told")
	}
	if !retry.recovered() || log.Of(lineRecovered) != 1 || retry.recovered() {
		t.Error("the recovery was not told once")
	}
	if wait := retry.failed(&task.Failure{Err: errors.New("one")}); wait > 2*time.Second || log.Of(lineFailed) != 3 {
		t.Errorf("after the recovery: wait %v, told %d times", wait, log.Of(lineFailed))
	}
}

// An outage is logged once, and its end once, however many tries there were.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	log := enginetest.NewLines()
	o := Options{}.withDefaults()
	retry := newRetries(slog.New(log), "task", &o)
	for range 30 {
		if pause := retry.interrupted(errors.New("away")); pause <= 0 || pause > 10*time.Second {
			t.Errorf("a pause of %v", pause)
		}
	}
	if retry.count != 30 {
		t.Errorf("%d tries are counted, want 30", retry.count)
	}
	retry.resumed()
	retry.resumed()
	if retry.count != 0 || log.Of("task is interrupted: trying again until it can go on") != 1 || log.Of("task goes on") != 1 {
		t.Errorf("%d tries after it went on; want that the outage and its end are logged once", retry.count)
	}
}
