package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// process is a processor; its place in the group's list names its state directory.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
	log     string
}

// start starts, or starts again, the processor at a place, and returns when it has ended, if it ran, and is ready.
func (g *group) start(ctx context.Context, i int) error {
	if err := os.MkdirAll(g.folder, 0o700); err != nil {
		return err
	}
	if i < len(g.processes) {
		<-g.processes[i].ended
	} else {
		g.processes = append(g.processes, nil)
	}
	p := &process{ended: make(chan struct{}), log: filepath.Join(g.folder, fmt.Sprintf("processor-%d.log", i))}
	log, err := os.Create(p.log)
	if err != nil {
		return err
	}
	p.command = exec.Command(g.Processor, "run", "--brokers", g.brokers, "--app-id", g.appID(), "--topic-prefix", g.prefix(),
		"--state-dir", filepath.Join(g.folder, fmt.Sprint("state-", i)), "--listen", "127.0.0.1:0", "--session-timeout", g.Session.String(),
		"--standby", fmt.Sprint(g.standby), "--log-format", "json")
	p.command.Stdout, p.command.Stderr = log, log
	if err := p.command.Start(); err != nil {
		return fmt.Errorf("start processor: %w", err)
	}
	g.processes[i] = p
	go func() {
		defer close(p.ended)
		defer log.Close()
		_ = p.command.Wait() // However it ended.
	}()
	return until(ctx, func() error { return p.get(ctx, "/readyz", nil) })
}

func (p *process) signal(s os.Signal) { _ = p.command.Process.Signal(s) } // An error says that it has ended.

func (g *group) close() {
	for _, p := range g.processes {
		p.signal(os.Kill)
		<-p.ended
	}
}

func (g *group) prefix() string { return fmt.Sprintf("standby-%d-", g.standby) }
func (g *group) appID() string  { return g.prefix() + "app" }

// get asks the processor over HTTP, at the address that its log tells.
func (p *process) get(ctx context.Context, path string, answer any) error {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err
	}
	var line struct{ Msg, Address string }
	for text := range strings.Lines(string(log)) {
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "http listens" {
			break
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+line.Address+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("%s: %s", response.Status, body))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(body, answer)
}

type tasks struct {
	Tasks []struct {
		Partition int
		Phase     string
		Lag       int64
	}
}

// owners is which processor runs each partition.
func (g *group) owners(ctx context.Context) (map[int]int, error) {
	owners := map[int]int{}
	err := until(ctx, func() error {
		clear(owners)
		for i, p := range g.processes {
			var t tasks
			if err := p.get(ctx, "/api/v1/tasks", &t); err != nil {
				return err
			}
			for _, task := range t.Tasks {
				if task.Phase == "running" {
					if other, ok := owners[task.Partition]; ok {
						return fmt.Errorf("partition %d is handed over between %d and %d", task.Partition, other, i)
					}
					owners[task.Partition] = i
				}
			}
		}
		if len(owners) < g.Partitions {
			return fmt.Errorf("%d of %d partitions run", len(owners), g.Partitions)
		}
		return nil
	})
	return owners, err
}

// awaitCopies waits until every standby has read nearly all.
func (g *group) awaitCopies(ctx context.Context) error {
	return until(ctx, func() error {
		copies := 0
		for _, p := range g.processes {
			var t tasks
			if err := p.get(ctx, "/api/v1/tasks", &t); err != nil {
				return err
			}
			for _, task := range t.Tasks {
				if task.Phase == "standby" && task.Lag < 1000 {
					copies++
				}
			}
		}
		if copies < g.standby*g.Partitions {
			return fmt.Errorf("%d standbys are up to date", copies)
		}
		return nil
	})
}

// until tries until it succeeds.
func until(ctx context.Context, try func() error) error {
	pause := backoff.NewConstantBackOff(50 * time.Millisecond)
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, try() }, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(5*time.Minute))
	return err
}
