package worker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// atLine is a logger that does something at a message.
func atLine(t *testing.T, message string, do func()) *slog.Logger {
	return slog.New(lineHandler{slog.NewTextHandler(t.Output(), nil), message, do})
}

type lineHandler struct {
	slog.Handler
	message string
	do      func()
}

func (h lineHandler) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, h.message) {
		h.do()
	}
	return h.Handler.Handle(ctx, r)
}

func (h lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lineHandler{h.Handler.WithAttrs(attrs), h.message, h.do}
}

// versions is the facts' versions that the states of a directory have.
func (s *fixture) versions(directory string) (versions []int) {
	s.t.Helper()
	view, err := state.OpenView(state.Options{Directory: directory})
	if err != nil {
		s.t.Fatal(err)
	}
	defer view.Close()
	for p := range s.partitions {
		settings, err := view.Partition(p).Settings()
		if err != nil {
			s.t.Fatal(err)
		}
		versions = append(versions, settings.FactsVersion)
	}
	return versions
}

// A service rebuilds states of other facts before it goes on: also one that was stopped, or ended between the transaction and the local
// state, while it did; and one that has to restore them first. Nothing is published that was not before.
func TestAServiceRebuildsItsStates(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 2)
		s.produce(sortedMarket(16, 20))
		directory := t.TempDir()
		if err := s.run(t.Context(), directory, func(o *Options) { o.Hooks.FactsVersion = 7 }); err != nil {
			t.Fatal(err)
		}
		alerts := enginetest.AlertTexts(s.alerts())

		ctx, stop := context.WithCancel(t.Context())
		err := s.run(ctx, directory, func(o *Options) { o.UntilEnd, o.Logger = false, atLine(t, "rebuilding", stop) })
		if got := s.versions(directory); err != nil || !slices.Contains(got, 7) {
			t.Errorf("stopped: error %v, versions %v; want that something is left to do", err, got)
		}
		crash := func(o *Options) { o.Hooks.OnCommit = func() error { return errCut } }
		if err := s.run(t.Context(), directory, crash); !errors.Is(err, errCut) {
			t.Errorf("error %v, want the crash", err)
		}
		for name, of := range map[string]string{"its states": directory, "states that are restored": t.TempDir()} {
			if err := s.run(t.Context(), of, nil); err != nil {
				t.Fatal(err)
			}
			if got := s.versions(of); !slices.Equal(got, []int{windows.FactsVersion, windows.FactsVersion}) {
				t.Errorf("with %s: versions %v, want the present one", name, got)
			}
			view, err := state.OpenView(state.Options{Directory: of})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := verify.All(t.Context(), view, verify.Options{Rules: rules.BuiltIn(), PartitionOf: stream.PartitionFor})
			if err != nil || answer.Total > 0 || answer.Checked() != 2 {
				t.Errorf("with %s: verification %+v, %v", name, answer, err)
			}
			if err := view.Close(); err != nil {
				t.Fatal(err)
			}
		}
		enginetest.CompareLists(t, "alerts", enginetest.AlertTexts(s.alerts()), alerts)
	})
}
