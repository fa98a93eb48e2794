package lab

import (
	"context"
	"errors"
	"fmt"
)

// Diff measures how long comparing a candidate with the program's state takes, both as they are at the end of the topics.
func (r *Run) Diff(ctx context.Context) (figures map[string]float64, err error) {
	c, err := r.candidate()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	for _, side := range []*Run{r, c} {
		if _, err := side.untilEnd(ctx); err != nil {
			return nil, err
		}
	}
	var summary struct {
		Sellers, Different, Moving int64
		Alerts                     int64 `json:"alerts_compared"`
	}
	p, err := r.call(ctx, &summary, "backfill diff "+candidateName, "--output", "json")
	if err != nil {
		return nil, err
	}
	if summary.Sellers != int64(r.topics.Sellers) || summary.Different == 0 || summary.Moving > 0 {
		return nil, fmt.Errorf("compare %d sellers, of whom some differ and none moves: got %+v", r.topics.Sellers, summary)
	}
	state := p.command.ProcessState
	return map[string]float64{
		"seconds": p.lasted.Seconds(), "cpu_seconds": (state.UserTime() + state.SystemTime()).Seconds(), "resident": peakOf(state),
		"different": float64(summary.Different), "alerts": float64(summary.Alerts),
	}, nil
}
