package intake

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
)

// What heals by being tried again is told as a warning, once for each error and its end; what does not, as an error, once; an outage never is.
func TestWhatFailsIsTold(t *testing.T) {
	refused, outage := errors.New("refused"), fmt.Errorf("commit: %w", stream.ErrUnreachable)
	for name, c := range map[string]struct {
		errs []error // nil: it works
		want string
	}{
		"heals":          {[]error{refused, refused, nil, nil}, "WARN INFO"},
		"others":         {[]error{refused, outage, refused, nil}, "WARN WARN WARN INFO"},
		"does not heal":  {times(lastingTries+5, refused), "WARN ERROR"},
		"heals in time":  {append(times(lastingTries-1, refused), nil), "WARN INFO"},
		"an outage":      {times(lastingTries+5, outage), "WARN"},
		"and once again": {append(append(times(lastingTries, refused), nil), times(lastingTries, refused)...), "WARN ERROR INFO WARN ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			in := &Intake{options: Options{Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&log, nil))}}
			u := newUnit(in, 0)
			for _, err := range c.errs {
				u.fail(err)
			}
			var levels []string
			for line := range strings.Lines(log.String()) {
				_, rest, _ := strings.Cut(line, "level=")
				level, _, _ := strings.Cut(rest, " ")
				levels = append(levels, level)
			}
			if got := strings.Join(levels, " "); got != c.want {
				t.Errorf("told %s, want %s: %s", got, c.want, log.String())
			}
		})
	}
}

func times(n int, err error) (all []error) {
	for range n {
		all = append(all, err)
	}
	return all
}
