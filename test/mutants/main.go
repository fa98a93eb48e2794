// The mutants command changes pkg/ in small ways, one at a time, and tells which changes no test notices:
//
//	go run ./test/mutants [PACKAGE…]
//
// github.com/go-gremlins/gremlins makes the mutants. Each is judged by the tests of its package and, when these let it live, by the policy
// scenarios, for which judge/go stands in gremlins' way. Tests draw what they draw at random from a fixed seed, so that a verdict stays. A mutant
// that survives is to be killed by a test that says what is right, or to be listed in equivalent.txt, when nothing can tell it from the
// original. The command exits with 1 when there is another survivor, and names it as that list would.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// packages are what is mutated by default, each with the packages below it.
var packages = []string{"internal/varint", "pkg/rules", "pkg/windows", "pkg/outputs", "pkg/events"}

const gremlins = "github.com/go-gremlins/gremlins/cmd/gremlins"

var errSurvivors = errors.New("mutants survive: kill each by a test, or list it in test/mutants/equivalent.txt with the reason")

func main() { os.Exit(exitCode(os.Args[1:])) }

func exitCode(arguments []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, arguments); err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		arguments = packages
	}
	listed, err := readEquivalents("test/mutants/equivalent.txt")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return fmt.Errorf("make a folder for gremlins: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	hunt, err := newHunt(ctx, dir)
	if err != nil {
		return err
	}
	var verdicts []verdict
	for _, path := range arguments {
		mutants, err := hunt.mutants(ctx, filepath.Clean(path))
		if err != nil {
			return fmt.Errorf("mutate %s: %w", path, err)
		}
		verdicts = append(verdicts, judge(path, mutants, listed))
	}
	survivors := 0
	for i := range verdicts {
		fmt.Print(verdicts[i].String())
		survivors += len(verdicts[i].survivors)
	}
	if survivors > 0 {
		return fmt.Errorf("%d %w", survivors, errSurvivors)
	}
	return nil
}

// hunt is what runs gremlins: the program, and the environment in which it finds judge/go for go.
type hunt struct {
	program, report string
	environment     []string
}

func newHunt(ctx context.Context, dir string) (*hunt, error) {
	h := &hunt{program: filepath.Join(dir, "gremlins"), report: filepath.Join(dir, "report.json")}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("find go: %w", err)
	}
	build := exec.CommandContext(ctx, goCommand, "build", "-modfile=tools/go.mod", "-o", h.program, gremlins)
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build gremlins in the module's root: %w\n%s", err, output)
	}
	judges, err := filepath.Abs("test/mutants/judge")
	if err != nil {
		return nil, fmt.Errorf("find judge/go: %w", err)
	}
	h.environment = append(os.Environ(),
		"PATH="+judges+string(os.PathListSeparator)+os.Getenv("PATH"),
		"REAL_GO="+goCommand, "SCENARIOS=sellerpulse/internal/scenario",
		"GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -vet=off"),
		"CI=", // Tests that need more than the module are skipped: gremlins copies no more.
		"TMPDIR="+dir, "RAPID_SEED=1", "RAPID_CHECKS=20", "RAPID_SHRINKTIME=1ns", "RAPID_NOFAILFILE=true",
	)
	return h, nil
}

// mutants runs gremlins on a package and those below it.
func (h *hunt) mutants(ctx context.Context, path string) ([]mutant, error) {
	// How long a mutant may take is a multiple of what the tests take without one; it is judge/go that ends those that go on and on.
	command := exec.CommandContext(ctx, h.program, "unleash", "--workers", "1", "--timeout-coefficient", "60", "--output", h.report, "./"+path)
	command.Env = h.environment
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // It ends after the mutant at hand.
	command.WaitDelay = time.Minute
	if err := errors.Join(os.RemoveAll(h.report), command.Run()); err != nil {
		return nil, fmt.Errorf("run gremlins: %w", err)
	}
	data, err := os.ReadFile(h.report)
	if err != nil {
		return nil, fmt.Errorf("read the report of gremlins, which it writes when it ends by itself: %w", err)
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("decode the report of gremlins: %w", err)
	}
	return r.mutants(path)
}
