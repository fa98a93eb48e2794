package rulebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"sellerpulse/internal/limits"
)

// Revision is a rule set that was applied.
type Revision struct {
	Number    int64     `json:"revision"` // from 1, each one more than the one before
	AppliedAt time.Time `json:"applied_at"`
	Comment   string    `json:"comment,omitempty"`
	Files     []File    `json:"files"`
}

// File is a rule file, as it was given.
type File struct {
	Name  string `json:"name"` // by which errors name it, without a path
	Text  string `json:"text"`
	Lists []List `json:"lists,omitempty"` // that it names
}

// List is a file of sellers, as it was given.
type List struct {
	Name string `json:"name"` // by which the rule file names it
	Text string `json:"text"`
}

// Kept is how many revisions can be gone back to. Older ones are deleted.
const Kept = 100

// ErrRevision says that a record is no revision that this version knows.
var ErrRevision = errors.New("not a rule set as this version writes it")

// key is the record's key: revisions stay, each under its own.
func (r *Revision) key() []byte { return strconv.AppendInt(nil, r.Number, 10) }

func (r *Revision) encode() ([]byte, error) {
	value, err := json.Marshal(r)
	if err == nil && len(value) > limits.RuleFiles {
		err = fmt.Errorf("the rule files and the lists that they name take %d bytes together: they may take up to %d", len(value), limits.RuleFiles)
	}
	return value, err
}

// decode reads a record; nil for one that deletes a revision.
func decode(key, value []byte) (*Revision, error) {
	if value == nil {
		return nil, nil
	}
	r := new(Revision)
	if err := json.Unmarshal(value, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRevision, err)
	}
	if r.Number < 1 || string(r.key()) != string(key) || len(r.Files) == 0 {
		return nil, fmt.Errorf("%w: its key is %q", ErrRevision, key)
	}
	return r, nil
}
