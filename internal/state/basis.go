package state

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sellerpulse/pkg/windows"
)

// Rebuild is how far a state has followed settings that changed. While there is one, the other settings are still those before.
type Rebuild struct {
	For     string `json:"for"`               // which settings: Settings.Basis
	Derived bool   `json:"derived,omitempty"` // facts are others, not rules alone
	After   []byte `json:"after,omitempty"`   // the last key that is done; nil for none
}

// Derivation tells apart the settings, and the programs, by which other things follow from a row.
func (s *Settings) Derivation(p *windows.Program) string {
	history := ""
	if s.History > s.Retention {
		history = fmt.Sprintf(" of %d", s.History)
	}
	return fmt.Sprintf("facts %d, retention %d%s, zone %s, counts %s", s.FactsVersion, s.Retention, history, s.ZoneData, p.Digest())
}

// sameButCounts is whether two derivations differ in what rules count at most: an order is where it was, and has but other counts.
func sameButCounts(a, b string) bool {
	is, _, found := strings.Cut(a, ", counts ")
	was, _, _ := strings.Cut(b, ", counts ")
	return found && is == was
}

// Basis tells apart the settings that a state follows by being rebuilt.
func (s *Settings) Basis() string {
	h := sha256.New()
	for _, f := range s.Facts() {
		if f.Effect == Rebuilt || f.Effect == Evaluated || f.Effect == Reported {
			_, _ = h.Write([]byte(f.Value + "\x00")) // It never fails.
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
