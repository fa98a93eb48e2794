package provision

import (
	"errors"
	"fmt"
	"log/slog"
)

// Severity is what a finding means for what is promised.
type Severity int

const (
	// Minor is that all that is promised holds, but somebody should know.
	Minor Severity = iota
	// Weak is that what is promised holds only in part. `topics` refuses it, `run` warns.
	Weak
	// Void is that what is promised does not hold. Nothing runs.
	Void
)

// Finding is something that is not as it should be.
type Finding struct {
	Severity Severity
	Topic    string // empty: several
	Problem  string // what is found, and what comes of it
	Remedy   string // mostly a command
}

// String is the finding on one line.
func (f Finding) String() string {
	if f.Topic == "" {
		return fmt.Sprintf("%s: %s", f.Problem, f.Remedy)
	}
	return fmt.Sprintf("topic %q has %s: %s", f.Topic, f.Problem, f.Remedy)
}

// Findings are what was found, in the order of the topics.
type Findings []Finding

// Err is an error of all findings that are at least so severe; nil without any.
func (all Findings) Err(least Severity) error {
	var errs []error
	for _, f := range all {
		if f.Severity >= least {
			errs = append(errs, errors.New(f.String()))
		}
	}
	return errors.Join(errs...)
}

// Warn tells the log of each.
func (all Findings) Warn(log *slog.Logger) {
	for _, f := range all {
		log.Warn("a topic is not as it should be", "topic", f.Topic, "problem", f.Problem, "remedy", f.Remedy)
	}
}

// Below are the findings that are less severe.
func (all Findings) Below(severity Severity) (below Findings) {
	for _, f := range all {
		if f.Severity < severity {
			below = append(below, f)
		}
	}
	return below
}
