package statement

import (
	"encoding/json"
	"fmt"
	"time"
)

// ebayProfile is a seller standards profile: how a program judged a seller, or would today.
type ebayProfile struct {
	Program string `json:"program"`
	Cycle   struct {
		Type string    `json:"cycleType"`
		At   time.Time `json:"evaluationDate"`
	} `json:"cycle"`
	Metrics []ebayMetric `json:"metrics"`
}

type ebayMetric struct {
	Key   string          `json:"metricKey"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"` // of rates an object
	From  string          `json:"lookbackStartDate"`
	To    string          `json:"lookbackEndDate"`
}

// ebayPacks are the packs of rules of eBay's programs.
var ebayPacks = map[string]string{"PROGRAM_US": "ebay-us", "PROGRAM_DE": "ebay-de"}

// ebayRules are the rules of these packs that count what eBay's keys do.
var ebayRules = map[string]string{
	"DEFECTIVE_TRANSACTION_RATE":                   "transaction-defects",
	"CLAIMS_SAF_RATE":                              "unresolved-cases",
	"VALID_TRACKING_UPLOADED_WITHIN_HANDLING_RATE": "valid-tracking",
}

func parseEBay(text []byte) (figures []Figure, err error) {
	var profiles []ebayProfile
	if err := json.Unmarshal(text, &profiles); err != nil {
		return nil, fmt.Errorf("read standardsProfiles: %w", err)
	}
	for i := range profiles {
		p := &profiles[i]
		for j := range p.Metrics {
			m := &p.Metrics[j]
			f, err := m.figure(p)
			if err != nil {
				return nil, fmt.Errorf("read %s of %s, %s: %w", m.Key, p.Program, p.Cycle.Type, err)
			}
			if figures = append(figures, f); len(figures) > maxFigures {
				return nil, fmt.Errorf("read standardsProfiles: there are more than %d metrics", maxFigures)
			}
		}
	}
	return figures, nil
}

func (m *ebayMetric) figure(p *ebayProfile) (f Figure, err error) {
	f = Figure{Name: fmt.Sprintf("%s (%s, %s)", m.Key, p.Program, p.Cycle.Type), MadeAt: p.Cycle.At}
	pack, rule := ebayPacks[p.Program], ebayRules[m.Key]
	if pack != "" && rule != "" {
		f.Rule = pack + "/" + rule
	}
	if m.Type != "RATE" {
		f.Why = "it is no rate"
		return f, nil
	}
	if m.From == "" || m.To == "" {
		f.Why = "it does not say over which dates it is: lookbackStartDate and lookbackEndDate are missing"
		return f, nil
	}
	if f.From, err = dateOf(m.From); err == nil {
		f.To, err = dateOf(m.To)
	}
	if err != nil {
		return f, err
	}
	var value struct {
		Numerator   *int64 `json:"numerator"`
		Denominator *int64 `json:"denominator"`
	}
	if err := json.Unmarshal(m.Value, &value); err != nil {
		return f, fmt.Errorf("read value: %w", err)
	}
	switch {
	case f.Rule == "":
		f.Why = "no rule of a pack counts that in this program"
	case value.Numerator == nil || value.Denominator == nil:
		f.Why = "it has no counts"
	default:
		f.Counts = &Counts{*value.Numerator, *value.Denominator}
	}
	return f, nil
}
