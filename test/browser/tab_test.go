package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sellerpulse/test/enginetest"
)

// look is how a page is looked at.
type look struct {
	width    int64  // in pixels; default 1440
	dark     bool   // the system's theme
	language string // that the browser asks for; default en
	noScript bool
}

// name tells looks apart.
func (l *look) name() string {
	theme, script := "light", ""
	if l.dark {
		theme = "dark"
	}
	if l.noScript {
		script = " without JavaScript"
	}
	return fmt.Sprintf("%d px, %s, %s%s", l.width, theme, l.language, script)
}

// tab is a page of a browser that shares no cookie, cache or setting with another. What goes wrong in it fails the test.
type tab struct {
	testing.TB
	ctx    context.Context
	origin string
	look   look

	mutex    sync.Mutex
	problems []string
	requests []string // paths
}

// tabTimeout bounds all that a test does in a tab: only what hangs takes that long.
const tabTimeout = 5 * time.Minute

// open opens a tab for the pages of a site.
func open(t testing.TB, origin string, l look) *tab {
	t.Helper()
	l.width, l.language = max(l.width, 0), orText(l.language, "en")
	if l.width == 0 {
		l.width = 1440
	}
	tb := &tab{TB: t, origin: origin, look: l}
	ctx, closeTab := chromedp.NewContext(needChromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(tb.listen))
	var cancel context.CancelFunc
	tb.ctx, cancel = context.WithTimeout(ctx, tabTimeout)
	t.Cleanup(func() {
		tb.check()
		cancel()
		closeTab()
	})
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	tb.do(chromedp.EmulateViewport(l.width, 900))
	call(tb, network.Enable, network.EnableParams{})
	call(tb, log.Enable, cdp.Empty{})
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	call(tb, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": l.language}})
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
	return tb
}

// call sends the browser a command.
func call[P, R any](tb *tab, command cdp.Command[P, R], parameters P) {
	tb.Helper()
	if _, err := chromedp.Call(tb.ctx, command, parameters); err != nil {
		tb.Fatalf("%s: %v", command.Method, err)
	}
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// listen notes what goes wrong: what the console says, what is thrown, what the policy of the page forbids, and requests to elsewhere.
func (tb *tab) listen(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelVerbose && e.Entry.Level != log.EntryLevelInfo {
			tb.problem("console: %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		var texts []string
		for _, argument := range e.Args {
			texts = append(texts, string(argument.Value)+argument.Description)
		}
		tb.problem("console: %s: %s", e.Type, strings.Join(texts, " "))
	case *runtime.EventExceptionThrown:
		tb.problem("thrown: %v", &chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails})
	case *page.EventJavascriptDialogOpening:
		tb.problem("a script of the data ran: it says %q", e.Message)
	case *network.EventRequestWillBeSent:
		tb.mutex.Lock()
		tb.requests = append(tb.requests, strings.TrimPrefix(e.Request.URL, tb.origin))
		tb.mutex.Unlock()
		if !strings.HasPrefix(e.Request.URL, tb.origin+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			tb.problem("a request leaves the server: %s", e.Request.URL)
		}
	}
}

func (tb *tab) problem(format string, values ...any) {
	tb.mutex.Lock()
	defer tb.mutex.Unlock()
	tb.problems = append(tb.problems, fmt.Sprintf(format, values...))
}

// within has a part of the test be the one that fails.
func (tb *tab) within(t testing.TB, part func()) {
	whole := tb.TB
	defer func() { tb.TB = whole }()
	tb.TB = t
	part()
}

// forget takes for granted what went wrong so far, if it is what the test did: browsers tell in the console of a page with another status than 200, and of a
// script that they may not load.
func (tb *tab) forget(part string) {
	tb.mutex.Lock()
	defer tb.mutex.Unlock()
	tb.problems = slices.DeleteFunc(tb.problems, func(problem string) bool { return strings.Contains(problem, part) })
}

// check fails the test for what went wrong since it was last checked.
func (tb *tab) check() {
	tb.Helper()
	tb.mutex.Lock()
	defer tb.mutex.Unlock()
	for _, problem := range tb.problems {
		tb.Error(problem)
	}
	tb.problems = nil
}

// asked is how many requests there were of a path's beginning.
func (tb *tab) asked(beginning string) (n int) {
	tb.mutex.Lock()
	defer tb.mutex.Unlock()
	for _, path := range tb.requests {
		if strings.HasPrefix(path, beginning) {
			n++
		}
	}
	return n
}

func (tb *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	if err := chromedp.Do(tb.ctx, actions...); err != nil {
		tb.Fatalf("%v", err)
	}
}

// visit goes to a path of the site, and tells the status of the answer.
func (tb *tab) visit(path string) int64 {
	tb.Helper()
	response, err := chromedp.RunResponse(tb.ctx, chromedp.Navigate(tb.origin+path))
	if err != nil {
		tb.Fatalf("visit %s: %v", path, err)
	}
	return response.Status
}

// press presses keys, one after the other. A key that the page takes for itself types nothing, as from a keyboard; so a character goes with its key.
func (tb *tab) press(keys ...string) {
	tb.Helper()
	for _, key := range strings.Join(keys, "") {
		events := kb.Encode(key)
		down, up := events[0], events[len(events)-1]
		if len(events) > 2 {
			down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
		}
		call(tb, input.DispatchKeyEvent, *down)
		call(tb, input.DispatchKeyEvent, *up)
	}
}

// is asks the page for something.
func is[T any](tb *tab, expression string) (value T) {
	tb.Helper()
	value, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// text is the text of the first element of a selector; empty where there is none.
func (tb *tab) text(selector string) string {
	tb.Helper()
	return is[string](tb, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// await waits until an expression is true in the page, also while that is being left for another.
func (tb *tab) await(expression string) {
	tb.Helper()
	enginetest.Eventually(tb, expression, func() bool {
		value, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && value
	})
}

// follow does what leads to another page, and waits until that is there.
func (tb *tab) follow(act func()) {
	tb.Helper()
	is[bool](tb, "window.left = true")
	act()
	tb.await("!window.left && document.readyState === 'complete'")
}

// inScript is a value as JavaScript has it.
func inScript(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // Texts and numbers can be encoded.
	}
	return string(b)
}

// awaitAsked waits until a path was asked for so often.
func (tb *tab) awaitAsked(beginning string, times int) {
	tb.Helper()
	enginetest.Eventually(tb, "the page asks for "+beginning, func() bool { return tb.asked(beginning) >= times })
}
