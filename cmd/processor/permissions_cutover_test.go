package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
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

var inputs = []string{"orders", "shipments", "feedback", "claims", "chargebacks", "returns"}

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
	_, live := user("live", "topics", "produce", "run")
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
	refused := func(user, of string, permissions []brokertest.Permission) {
		for _, p := range permissions {
			t.Run(of+" without "+strings.ReplaceAll(p.String(), s.Prefix, ""), func(t *testing.T) {
				s.Forbid(t, user, p)
				defer s.Allow(t, user, p)
				got := call(t, coordinator, "", "backfill", "cut-over", "x")
				checkNamed(t, got, p)
			})
		}
	}
	// The live changelog is read to its end by the first that is not refused before, so that no later one need read it.
	refused(successor, "a process of the candidate", slices.DeleteFunc(s.permissions("run"), func(p brokertest.Permission) bool {
		// Its own task needs the inputs too, and tells of them in its log; and it was given its rules.
		return slices.Contains(inputs, strings.TrimPrefix(p.Name, s.Prefix)) || strings.HasSuffix(p.Name, "app-rules")
	}))
	refused(operator, "cut-over", slices.DeleteFunc(s.permissions("backfill cut-over"), func(p brokertest.Permission) bool {
		return p.Operation == kmsg.ACLOperationDelete // Without it the description of a former state that is none is left, and told.
	}))
	must(t, coordinator, "", "backfill", "cut-over", "x")
	if got := must(t, coordinator, "", "backfill", "list", "--output", "json"); !strings.Contains(got, `"name":"x","state":"cut over"`) {
		t.Errorf("backfills are %s, want x to be the live state", got)
	}
}
