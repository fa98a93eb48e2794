// Command processor watches the performance of marketplace sellers: it turns events of orders into exact rates over sliding windows and
// publishes an alert whenever a seller breaches a target. Each subcommand is a short file; what they do is in internal/app.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // for --time-zone on machines without zone data
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, stopSignals()...)
	hangUps := new(hangUps)
	go obey(signals, stop, hangUps)
	os.Exit(run(ctx, os.Args[1:], &session{
		hangUps: hangUps, environment: os.LookupEnv, variables: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, logsTo: slog.SetDefault,
	}))
}

// stopSignals are those that stop in order. SIGHUP is one, unless there is something to reload; but not of a process that was told to outlive its
// terminal, as by nohup.
func stopSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// insistence is how long after a signal another one is taken for a repetition: who stops a process group often signals its members too.
const insistence = time.Second

// obey stops in order on the first signal, and at once on a later one. It ends with the process.
func obey(signals <-chan os.Signal, stop func(), reload *hangUps) {
	for s := range signals {
		if s != syscall.SIGHUP || !reload.take() {
			break
		}
	}
	first := time.Now()
	stop()
	for range signals {
		if time.Since(first) > insistence {
			os.Exit(exitFailed)
		}
	}
}
