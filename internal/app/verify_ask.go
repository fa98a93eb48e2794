package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/verify"
	"sellerpulse/internal/web/problem"
)

// VerifyStopped verifies the state directory of a process that has stopped.
func VerifyStopped(ctx context.Context, directory string, o verify.Options) (answer verify.Answer, err error) {
	view, err := state.OpenView(state.Options{Directory: directory})
	if errors.Is(err, state.ErrLocked) {
		return answer, fmt.Errorf("state directory %s is in use: ask the process that runs on it with --url, such as --url http://127.0.0.1:8080", directory)
	}
	if err != nil {
		return answer, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	o.PartitionOf = stream.PartitionFor
	return verify.All(ctx, view, o)
}

// maxAnswerBytes bounds what is read of an answer: 100 differences of each of many partitions.
const maxAnswerBytes = 256 << 20

// VerifyRunning has a running process verify itself, with an operator's token; empty for none.
func VerifyRunning(ctx context.Context, url, token string) (answer verify.Answer, err error) {
	response, err := post(ctx, url, verifyPath, askVerify, token, http.NoBody, "name where the process listens with --url")
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return answer, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("ask %s: %s: %s%s", url, response.Status, detailOf(body), remedies[response.StatusCode])
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	return answer, nil
}

// remedies say what to give, where it is refused.
var remedies = map[int]string{
	http.StatusUnauthorized: ": give it with --token-file", http.StatusForbidden: ": give an operator's with --token-file",
}

// detailOf is what an answer says is wrong.
func detailOf(body []byte) string {
	var p problem.Details
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return "it is not a `processor run` of this version"
	}
	return p.Detail
}
