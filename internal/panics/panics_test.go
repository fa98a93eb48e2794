package panics

import (
	"bytes"
	"errors"
	"testing"
)

func TestAPanicIsAnError(t *testing.T) {
	err := Survive(func() error { panic("below zero") })
	panicked, ok := errors.AsType[*Error](err)
	if !ok || panicked.Value != "below zero" || err.Error() != "panic: below zero" || !bytes.Contains(panicked.Stack, []byte("TestAPanicIsAnError")) {
		t.Errorf("error %v, want what the panic said, and its stack", err)
	}
	other := errors.New("other")
	if err := Survive(func() error { return other }); err != other { //nolint:errorlint // It is to be the same.
		t.Errorf("error %v, want the work's", err)
	}
}

func TestWhoeverWaitsGetsTheErrorOfEach(t *testing.T) {
	var g Group
	other := errors.New("other")
	g.Go(func() error { panic("below zero") })
	g.Go(func() error { return other })
	g.Go(func() error { return nil })
	errs := g.Wait()
	if _, ok := errors.AsType[*Error](errors.Join(errs...)); !ok || len(errs) != 3 || !errors.Is(errors.Join(errs...), other) {
		t.Errorf("errors %v, want the panic, another and none", errs)
	}
}
