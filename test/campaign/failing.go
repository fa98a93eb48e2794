package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// failing are the logs at which a partition may fail, for they were poisoned. Any other failure is a problem, and so is any other line at level
// error: what heals when it is tried again is not to be told as one. It is for any goroutine.
type failing struct {
	mutex sync.Mutex
	logs  []string // as topic/partition
}

// expect has a log expected to be poisoned, before anybody can read it.
func (f *failing) expect(topic string, partition int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.logs = append(f.logs, fmt.Sprintf("%s/%d", topic, partition))
}

// forget has nothing expected any more, once no process runs that may yet tell of it.
func (f *failing) forget() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.logs = nil
}

// expects is whether a line tells of an owner that cannot read a batch of a poisoned log. At which offset is left to who asks processes.
func (f *failing) expects(line string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return strings.Contains(line, ` msg="task failed: `) && strings.Contains(line, "checksum") &&
		slices.ContainsFunc(f.logs, func(log string) bool { return strings.Contains(line, " at="+log+"@") })
}

// failed notes a line at level error.
func (c *campaign) failed(slot int, line string) {
	if c.failing.expects(line) {
		c.account.add(func(f *figures) { f.Failures++ })
		return
	}
	c.account.problem("processor %d logs an error that nothing was done for: %s", slot, line)
}
