package statement

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"sellerpulse/pkg/windows"
)

// walmartSummary is the payload of GET /v3/insights/performance/…/summary. It has a rate and no counts, and does not say of what: its address did.
type walmartSummary struct {
	Days        int32       `json:"reportDuration"`
	UpdatedAt   time.Time   `json:"updatedTimestamp"`
	Accountable json.Number `json:"sellerAccountableRate"`
	Cumulative  json.Number `json:"cumulativeRate"`
	Overall     json.Number `json:"overallRate"`
}

// maxWalmartDays is the longest that Walmart gives.
const maxWalmartDays = 90

func parseWalmart(text []byte, o Options) ([]Figure, error) {
	var s walmartSummary
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	f := Figure{Name: "summary", Rule: o.Rule, MadeAt: s.UpdatedAt}
	// What the seller is held to account for goes first, as in Walmart's own pages.
	if f.Rate = cmp.Or(s.Accountable.String(), s.Cumulative.String(), s.Overall.String()); f.Rate == "" {
		return nil, errors.New("read payload: there is no sellerAccountableRate, cumulativeRate or overallRate: it is no performance summary")
	}
	if rate, err := json.Number(f.Rate).Float64(); err != nil || rate < 0 || rate > 100 {
		return nil, fmt.Errorf("read payload: rate %q is not from 0 to 100", f.Rate)
	}
	switch {
	case o.Rule == "":
		return nil, errors.New("a Walmart summary does not say what it is of: name the rule or metric with --rule")
	case o.From != nil && o.To != nil:
		f.From, f.To = *o.From, *o.To
	case s.Days < 1 || s.Days > maxWalmartDays || s.UpdatedAt.IsZero():
		return nil, fmt.Errorf("read payload: reportDuration %d and updatedTimestamp do not say over which dates it is: give them with --from and --to", s.Days)
	default:
		// It is not told which day is the last: that before the update is the last whole one.
		f.To = windows.Date(math.Floor(float64(s.UpdatedAt.Unix())/86400)) - 1
		f.From = f.To - windows.Date(s.Days) + 1
	}
	return []Figure{f}, nil
}
