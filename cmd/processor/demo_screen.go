package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"

	"sellerpulse/internal/app/demo"
	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// demoScreen tells who watches what happens: alerts on standard output and, on a terminal, a line of progress below them.
type demoScreen struct {
	mutex    sync.Mutex
	session  *session
	lines    alertLines
	terminal bool
	status   string // the line of progress
	live     bool
}

func newDemoScreen(s *session) *demoScreen {
	return &demoScreen{session: s, lines: alertLines{to: s.stdout, colours: s.colours(s.stdout)}, terminal: terminal(s.stderr)}
}

const demoIntroduction = `Sellerpulse demo: %d simulated sellers on an embedded Kafka broker at %s.
The dashboard is at http://%s/

What becomes of them:
%s
Below, each breach in %d days of history as it is found, then every alert as it happens. Ctrl-C stops and sums up.
In another terminal, while this runs:
  processor report --brokers %s --seller %s
  processor alerts --brokers %s --from-beginning
  curl http://%s/api/v1/overview

`

// Started implements demo.Watcher.
func (d *demoScreen) Started(broker, http string, m *simulate.Marketplace) {
	fates := ""
	for _, fate := range m.Fates() {
		fates += fmt.Sprintf("  %-11s %s\n", fate.Name, fate.Description)
	}
	sellers := m.Sellers()
	fmt.Fprintf(d.session.stdout, demoIntroduction, len(sellers), broker, http, fates, historyDays, broker, sellers[min(1, len(sellers)-1)], broker, http)
}

// Sent implements demo.Watcher.
func (d *demoScreen) Sent(days, of int, events int64) {
	d.show(fmt.Sprintf("sending the history: day %d of %d, %s", days, of, plural(events, "event")))
}

// Applied implements demo.Watcher.
func (d *demoScreen) Applied(days, of int) {
	d.show(fmt.Sprintf("applying the history: day %d of %d", days, of))
}

// Live implements demo.Watcher.
func (d *demoScreen) Live(events int64) {
	d.mutex.Lock()
	if !d.live {
		d.live = true
		d.erase()
		fmt.Fprint(d.session.stdout, "\nThe history is over. Live from here on:\n")
	}
	d.mutex.Unlock()
	d.show(fmt.Sprintf("live: %s so far; Ctrl-C stops", plural(events, "event")))
}

// Alert implements demo.Watcher. Of the history only breaches are printed: it has hundreds of alerts.
func (d *demoScreen) Alert(a *outputs.Alert) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if !d.live && a.Kind() != outputs.KindBreached {
		return
	}
	d.erase()
	_ = d.lines.write(a) // Without anyone to read it the demo goes on.
	d.draw()
}

func (d *demoScreen) show(status string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.status != status {
		d.erase()
		d.status = status
		d.draw()
	}
}

func (d *demoScreen) clear() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.erase()
	d.status = ""
}

func (d *demoScreen) erase() {
	if d.terminal && d.status != "" {
		fmt.Fprint(d.session.stderr, eraseLine)
	}
}

func (d *demoScreen) draw() {
	if d.terminal && d.status != "" {
		fmt.Fprint(d.session.stderr, d.status)
	}
}

// writeSummary writes what came of the demo as two tables.
func writeSummary(w io.Writer, s *demo.Summary) error {
	fmt.Fprintf(w, "\n%s. Alerts by rule:\n\n", plural(s.Events, "event"))
	alerts := newTable(w, "RULE", "BREACHED", "AT_RISK", "RESOLVED")
	alerts.right(2, 3, 4)
	for _, rule := range slices.Sorted(maps.Keys(s.Alerts)) {
		n := s.Alerts[rule]
		alerts.row(rule, strconv.Itoa(n[outputs.KindBreached]), strconv.Itoa(n[outputs.KindAtRisk]), strconv.Itoa(n[outputs.KindResolved]))
	}
	if err := alerts.write(); err != nil {
		return err
	}
	fmt.Fprint(w, "\nSellers by fate, and the status that is recommended for them:\n\n")
	sellers := newTable(w, "FATE", "ACTIVE", "AT_RISK", "UNDER_REVIEW")
	sellers.right(2, 3, 4)
	for _, fate := range slices.Sorted(maps.Keys(s.Sellers)) {
		n := s.Sellers[fate]
		sellers.row(fate, strconv.Itoa(n[rules.StatusActive]), strconv.Itoa(n[rules.StatusAtRisk]), strconv.Itoa(n[rules.StatusUnderReview]))
	}
	return sellers.write()
}
