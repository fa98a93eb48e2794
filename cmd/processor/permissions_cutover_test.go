package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// background runs a command until the test ends.
func background(t *testing.T, environment map[string]string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- callUntil(ctx, 0, environment, "", args...) }()
	t.Cleanup(func() {
		stop()
		if got := <-done; t.Failed() {
			t.Logf("%q ended with %+v", args, got)
		}
	})
}

// A cut-over succeeds with what is listed for it and for the candidate's processes. Without any one of these it names the one, and nothing is changed.
func TestACutOverNeedsJustItsPermissions(t *testing.T) {
	s := newSecured(t)
	user := func(name string, commands ...string) (string, map[string]string) {
		user, environment := s.user(t, name)
		for _, command := range commands {
			s.Allow(t, user, s.permissions(command)...)
		}
		return user, environment
	}
	_, live := user("live", "topics", "produce", "run", "alerts")
	successor, candidate := user("successor", "run", "backfill start")
	operator, coordinator := user("operator", "backfill cut-over", "backfill status")
	must(t, live, "", "topics", "--partitions", "1")
	must(t, live, shop, "produce")
	background(t, live, "run", "--listen=", "--state-dir", t.TempDir())
	background(t, candidate, "backfill", "start", "x", "--state-dir", filepath.Join(t.TempDir(), "x"), "--rules", write(t, "rules.yaml", fewRules))
	await(t, "both have caught up", func() bool {
		got := call(t, coordinator, "", "backfill", "status", "x", "--output", "json")
		return strings.Contains(got.stdout, `"state":"running"`) && strings.Contains(got.stdout, `"behind":0,"live_behind":0`) && strings.Contains(got.stdout, `"done":1,`)
	})
	refused := func(user, of string, command string, skip func(kmsg.ACLOperation) bool) {
		for _, p := range s.permissions(command) {
			if p.Operation == kmsg.ACLOperationCreate || p.Operation == kmsg.ACLOperationDelete || strings.HasSuffix(p.Name, "orders") {
				continue
			}
			t.Run(of+" without "+strings.ReplaceAll(p.String(), s.Prefix, ""), func(t *testing.T) {
				s.Forbid(t, user, p)
				defer s.Allow(t, user, p)
				got := call(t, coordinator, "", "backfill", "cut-over", "x")
				checkNamed(t, got, p)
			})
		}
	}
	refused(operator, "cut-over", "backfill cut-over", nil)
	refused(successor, "a process of the candidate", "run", nil)
	if got := call(t, live, "", "alerts", "--from-beginning", "--until-end"); strings.Contains(got.stdout, "BACKFILL") {
		t.Errorf("alerts are %s", got.stdout)
	}
	must(t, coordinator, "", "backfill", "cut-over", "x")
	if got := call(t, live, "", "alerts", "--from-beginning", "--until-end"); !strings.Contains(got.stdout, "BACKFILL") {
		t.Errorf("alerts are %s", got.stdout)
	}
}
