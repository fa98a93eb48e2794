package apachekafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"sellerpulse/test/brokertest/child"
)

// errPortTaken says that a node ended because another process has its port.
var errPortTaken = errors.New("a port was taken")

// stopTimeout is how long a node may take to end in an orderly way.
const stopTimeout = 20 * time.Second

// node is one Kafka process, or the place for one.
type node struct {
	installation Installation
	folder       string
	directory    string // of Kafka's logs
	broker       port
	controller   port
	further      map[string]port // by listener
	advertised   string          // of the listener proxied; empty without a proxy

	process *os.Process
	ended   chan struct{} // closed when process has ended and was waited for; nil before the first start
}

// lay makes the node's folder and claims its ports.
func (n *node) lay(listeners map[string]string) (err error) {
	n.directory = filepath.Join(n.folder, "logs")
	if err := os.MkdirAll(n.directory, 0o700); err != nil {
		return fmt.Errorf("make node folder: %w", err)
	}
	if n.broker, err = claimPort(); err != nil {
		return err
	}
	if n.controller, err = claimPort(); err != nil {
		return err
	}
	for name := range listeners {
		if n.further[name], err = claimPort(); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) release() error {
	var errs []error
	for _, port := range append(slices.Collect(maps.Values(n.further)), n.broker, n.controller) {
		if port.claim != nil {
			errs = append(errs, port.release())
		}
	}
	return errors.Join(errs...)
}

func (n *node) settingsFile() string { return filepath.Join(n.folder, "server.properties") }
func (n *node) outputFile() string   { return filepath.Join(n.folder, "output.log") }

// java is a command that runs a main class of Kafka. Compiling less pays for processes that live for seconds.
func (n *node) java(ctx context.Context, class string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, n.installation.Java, append([]string{
		"-Xms128m", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(n.installation.Libs, "*"), class,
	}, arguments...)...)
}

// format prepares the log directory, which KRaft asks for once.
func (n *node) format(ctx context.Context, clusterID string) error {
	command := n.java(ctx, "kafka.tools.StorageTool", "format", "--cluster-id="+clusterID, "-c", n.settingsFile())
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("format log directory: %w: %s", err, lastLines(string(output)))
	}
	return nil
}

// start starts the process; a goroutine waits for it and then closes ended.
//
// That goroutine starts it too, on a thread of its own that lives as long: the operating system ends a process with
// the thread that started it, not with the thread's process.
func (n *node) start() error {
	if n.running() {
		return errors.New("start node: it runs")
	}
	output, err := os.OpenFile(n.outputFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open node's output: %w", err)
	}
	command := n.java(context.Background(), "kafka.Kafka", n.settingsFile())
	command.Stdout, command.Stderr = output, output
	child.EndWithParent(command)
	started := make(chan error)
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		defer close(ended)
		defer output.Close() // the process wrote to it, not we
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // how it ended does not matter, what it wrote does
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start node: %w", err)
	}
	n.process, n.ended = command.Process, ended
	return nil
}

func (n *node) running() bool {
	if n.ended == nil {
		return false
	}
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// end signals the process, if it runs, and returns when it is gone.
func (n *node) end(signal os.Signal) {
	if !n.running() {
		return
	}
	_ = n.process.Signal(signal) // an error says that it is gone already
	select {
	case <-n.ended:
	case <-time.After(stopTimeout):
		_ = n.process.Kill()
		<-n.ended
	}
}

// whyEnded explains the end of a process that was to go on.
func (n *node) whyEnded() error {
	output, err := os.ReadFile(n.outputFile())
	if err != nil {
		return fmt.Errorf("read node's output: %w", err)
	}
	if strings.Contains(string(output), "Address already in use") {
		return fmt.Errorf("%w: %s", errPortTaken, lastLines(string(output)))
	}
	return fmt.Errorf("node ended: %s", lastLines(string(output)))
}

// lastLines is the end of a long output, where the reason of a failure stands.
func lastLines(output string) string {
	const most = 20
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
