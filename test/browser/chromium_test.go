package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the browser of all tests, begun by the first that needs it; TestMain ends it.
var chromium struct {
	begin sync.Once
	ctx   context.Context
	end   context.CancelFunc
	err   error
}

func TestMain(m *testing.M) {
	if os.Getenv(processVariable) != "" {
		os.Exit(serveProcess())
	}
	code := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	os.Exit(code)
}

// atOnce bounds the tests that use the browser side by side. Those that wait for their parts do not count, nor does what goes on in them before.
var atOnce = make(chan struct{}, 2)

// parallel has a test run beside another one.
func parallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	atOnce <- struct{}{}
	t.Cleanup(func() { <-atOnce })
}

// errMissing is that there is no Chromium on this machine.
var errMissing = errors.New("chromium is not installed: run `make chromium`, or install your system's package of it")

func beginChromium() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		chromium.err = fmt.Errorf("%w: %w", errMissing, err)
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("lang", "en-GB"))
	if os.Getuid() == 0 { // Chromium does not let root have a sandbox.
		options = append(options, chromedp.NoSandbox)
	}
	allocated, endProcess := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocated)
	chromium.ctx, chromium.end = ctx, func() { endBrowser(); endProcess() }
	if err := chromedp.Do(ctx); err != nil {
		chromium.err = fmt.Errorf("start chromium: %w", err)
	}
}

// needChromium is the browser. Without one the test is skipped, or fails with CI=true.
func needChromium(t testing.TB) context.Context {
	t.Helper()
	chromium.begin.Do(beginChromium)
	switch {
	case chromium.err == nil:
		return chromium.ctx
	case errors.Is(chromium.err, errMissing) && os.Getenv("CI") != "true":
		t.Skipf("skipped: %v", chromium.err)
	default:
		t.Fatal(chromium.err)
	}
	return nil
}
