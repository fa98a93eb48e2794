package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"sellerpulse/internal/whatif"
	"sellerpulse/pkg/rules"
)

// maxTrialBytes bounds what is read of an answer: the changes of each of many partitions.
const maxTrialBytes = 1 << 30

// WhatIfRunning has all processes of a running service try rules, by the one at a URL, with an operator's token; empty for none. progress is told how many
// sellers of a partition are done; nil for nobody. Partitions of which nothing is told are Missing.
func WhatIfRunning(ctx context.Context, url, token string, files []rules.File, most int, progress func(partition int32, sellers int64)) (*whatif.Answer, error) {
	q := whatIfQuestion{Files: RevisionFiles(files), Most: most}
	content, err := json.Marshal(&q)
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	response, err := post(ctx, url, whatIfPath, askWhatIf, token, bytes.NewReader(content), "name where a process listens with --url, or the directory of one that has stopped with --state-dir")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, maxTrialBytes)
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(body) // What can be read of it.
		if response.StatusCode == http.StatusUnprocessableEntity {
			return nil, errors.New(detailOf(text)) // About the files, by their names.
		}
		return nil, fmt.Errorf("ask %s: %s: %s%s", url, response.Status, detailOf(text), remedies[response.StatusCode])
	}
	var answers []*whatif.Answer
	err = readTrial(body, func(line whatIfLine) {
		switch {
		case line.Answer != nil:
			answers = append(answers, line.Answer)
		case line.Partition != nil && progress != nil:
			progress(*line.Partition, line.Sellers)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	return whatif.Merge(answers, most), nil
}
