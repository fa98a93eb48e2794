package page

import (
	"fmt"
	"regexp"
	"strconv"
)

// Evidence is how sure a figure is, and where it is from.
type Evidence struct {
	How     string // official, third party, earlier reading or ours
	Sources []int  // of the pack, counted from 1
	Note    string
}

var (
	evidencePattern = regexp.MustCompile(`^(official|third party|earlier reading|ours)((?: \[\d+\])*)(?:: (.+))?$`)
	numberPattern   = regexp.MustCompile(`\d+`)
)

// parseEvidence reads the comment behind a figure, of a pack with so many sources.
func parseEvidence(text string, sources int) (Evidence, error) {
	match := evidencePattern.FindStringSubmatch(text)
	if match == nil {
		return Evidence{}, fmt.Errorf(`%q does not say how sure the figure is: write it like "official [1]", "third party [2]: a note" or "ours: why"`, text)
	}
	e := Evidence{How: match[1], Note: match[3]}
	for _, number := range numberPattern.FindAllString(match[2], -1) {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > sources {
			return e, fmt.Errorf("source [%s]: the pack has sources 1 to %d", number, sources)
		}
		e.Sources = append(e.Sources, n)
	}
	switch {
	case e.How == "ours" && (len(e.Sources) > 0 || e.Note == ""):
		return e, fmt.Errorf("%q: a figure of one's own has no source, and says after a colon why it is there", text)
	case e.How != "ours" && len(e.Sources) == 0:
		return e, fmt.Errorf("%q: name its source in brackets", text)
	}
	return e, nil
}
