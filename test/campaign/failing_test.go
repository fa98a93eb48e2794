package main

import (
	"strings"
	"testing"
)

const failedLine = `time=2026-01-02T03:04:05.678Z level=ERROR msg="task failed: trying again slowly, all other partitions go on" partition=3 ` +
	`at=orders/3@17 error="read batch of orders/3 from offset 17: checksum" remedy="or pass it over with --skip orders/3@17"`

// Only an owner of a poisoned log may fail, at that log, for want of a batch.
func TestFailing(t *testing.T) {
	f := new(failing)
	f.expect("orders", 3)
	f.expect("claims", 5)
	if !f.expects(failedLine) {
		t.Error("the failure that must be is a problem")
	}
	for name, line := range map[string]string{
		"of another partition": strings.ReplaceAll(failedLine, "orders/3@", "orders/33@"),
		"at another topic":     strings.ReplaceAll(failedLine, "orders/3@", "claims/3@"),
		"of a standby":         strings.ReplaceAll(failedLine, "task failed", "standby failed"),
		"for another reason":   strings.ReplaceAll(failedLine, "checksum", "moved offsets"),
		"at no record":         strings.ReplaceAll(failedLine, "at=orders/3@17", `at=""`),
	} {
		if f.expects(line) {
			t.Errorf("a failure %s is taken for what must be", name)
		}
	}
	f.forget()
	if f.expects(failedLine) {
		t.Error("a failure after the poison is taken for what must be")
	}
}
