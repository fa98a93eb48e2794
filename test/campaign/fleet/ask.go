package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// Told is what a process says of itself over HTTP.
type Told struct {
	Slot      int
	Tasks     []Task
	Ready     bool
	Readiness string // what it is not ready for, in words
}

// Task is what a process says of its part in a partition.
type Task struct {
	Partition int      `json:"partition"`
	Phase     string   `json:"phase"`
	Failure   *Failure `json:"failure"` // nil: it works
}

// Failure is why a part has stopped.
type Failure struct {
	Role   string `json:"role"`
	At     string `json:"at"`
	Error  string `json:"error"`
	Remedy string `json:"remedy"`
}

// Ask asks all processes that are to run.
func (f *Fleet) Ask(ctx context.Context) (all []Told, err error) {
	for _, i := range f.Running() {
		told, err := f.ask(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("ask slot %d: %w", i, err)
		}
		all = append(all, told)
	}
	return all, nil
}

var errNobody = errors.New("no process that listens")

func (f *Fleet) ask(ctx context.Context, i int) (told Told, err error) {
	p := f.alive(i)
	if p == nil {
		return told, errNobody
	}
	address, err := p.address()
	if err != nil {
		return told, err
	}
	_, body, err := get(ctx, "http://"+address+"/api/v1/tasks")
	if err != nil {
		return told, err
	}
	var answer struct{ Tasks []Task }
	if err := json.Unmarshal(body, &answer); err != nil {
		return told, fmt.Errorf("read tasks: %w", err)
	}
	code, body, err := get(ctx, "http://"+address+"/readyz")
	return Told{Slot: i, Tasks: answer.Tasks, Ready: code == http.StatusOK, Readiness: strings.TrimSpace(string(body))}, err
}

var listens = regexp.MustCompile(`http listens.* address=([0-9.:]+)`)

// address is where the process listens, as it says in its log.
func (p *process) address() (string, error) {
	file, err := os.Open(p.log)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := file.Seek(p.begin, io.SeekStart); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if found := listens.FindSubmatch(lines.Bytes()); found != nil {
			return string(found[1]), nil
		}
	}
	return "", errors.Join(errNobody, lines.Err())
}

const (
	askTimeout  = 5 * time.Second
	answerBytes = 1 << 20
)

func get(ctx context.Context, url string) (code int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	return answer.StatusCode, body, err
}
