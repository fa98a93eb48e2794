// The kafka command runs another with an Apache Kafka beside it that all of its tests use:
//
//	go run ./test/kafka -- go test ./...
//
// It starts Kafka from the jars that `make kafka` fetches, puts its address into SELLERPULSE_KAFKA_BROKERS, runs the
// command, stops Kafka and exits as the command did. Without the jars it says so and runs the command alone, or with
// CI=true exits with 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/brokertest/apachekafka"
)

// Exit codes, beside those of the command.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(arguments []string) int {
	if len(arguments) > 0 && arguments[0] == "--" {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./test/kafka -- COMMAND [ARGUMENT…]")
		return exitUsage
	}
	// Signals are the command's to obey: a terminal sends it Ctrl-C too, and its end is ours.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	cluster, err := apachekafka.Start(context.Background(), apachekafka.Options{})
	if errors.Is(err, apachekafka.ErrNotInstalled) && os.Getenv("CI") != "true" {
		fmt.Fprintf(os.Stderr, "kafka: tests on Apache Kafka will be skipped: %v\n", err)
		return execute(arguments, os.Environ(), signals)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "kafka: %v\n", err)
		return exitFailed
	}
	addresses := strings.Join(cluster.Addresses(), ",")
	fmt.Fprintf(os.Stderr, "kafka: Apache Kafka %s at %s\n", cluster.Installation.Version, addresses)
	code := execute(arguments, append(os.Environ(), brokertest.AddressesVariable+"="+addresses), signals)
	if err := cluster.Close(); err != nil {
		fmt.Fprintf(os.Stderr, "kafka: %v\n", err)
		return max(code, exitFailed)
	}
	return code
}

// execute runs a command on this one's input and outputs, passes SIGTERM on to it and returns its exit code.
func execute(arguments, environment []string, signals <-chan os.Signal) int {
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Env = environment
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "kafka: start command: %v\n", err)
		return exitFailed
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case received := <-signals:
			if received == syscall.SIGTERM {
				_ = command.Process.Signal(received) // an error says that it is gone already
			}
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode is that of a command that ended: 1 when a signal ended it.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	fmt.Fprintf(os.Stderr, "kafka: run command: %v\n", err)
	return exitFailed
}
