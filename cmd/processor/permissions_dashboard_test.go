package main

import (
	"bufio"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var served = regexp.MustCompile(`the dashboard is served.*address"?[=:]"?([0-9.:]+)`)

// dashboard runs the command until the test ends, and tells where it answers, or what it said before it ended at once.
func dashboard(t *testing.T, environment map[string]string) (address, ended string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	lines, stderr := io.Pipe()
	s := &session{environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: stderr}
	done, at := make(chan int, 1), make(chan string, 1)
	go func() {
		code := run(ctx, []string{"dashboard", "--listen", "127.0.0.1:0"}, s)
		_ = stderr.Close()
		done <- code
	}()
	said, read := "", make(chan struct{}) // said is whole once read is closed
	go func() {
		defer close(read)
		for all := bufio.NewScanner(lines); all.Scan(); {
			t.Log(all.Text())
			said += all.Text()
			if found := served.FindStringSubmatch(all.Text()); found != nil {
				at <- found[1]
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-read
	})
	select {
	case address = <-at:
	case code := <-done:
		if <-read; code != exitFailed {
			t.Errorf("it ended with %d", code)
		}
		return "", said
	}
	return address, ""
}

func getPage(t *testing.T, address, path string) string {
	t.Helper()
	_, text := fetched(t, "http://"+address+path)
	return text
}

// The dashboard shows all with what is listed for it. What it may not read is told where it would be shown, with the permission, and the rest goes on.
func TestTheDashboardNeedsJustItsPermissions(t *testing.T) {
	s := newSecured(t)
	admin, environment := s.user(t, "admin")
	s.Allow(t, admin, s.permissions("topics")...)
	must(t, environment, "", "topics", "--partitions", "1")
	user, environment := s.user(t, "dashboard")
	s.Allow(t, user, s.permissions("dashboard")...)
	shows := func(t *testing.T, address, path, want string) {
		t.Helper()
		await(t, path+" has "+want, func() bool { return strings.Contains(getPage(t, address, path), want) })
	}
	all, _ := dashboard(t, environment)
	shows(t, all, "/api/v1/sellers", `"whole":true`)
	shows(t, all, "/system", "There were none.")
	shows(t, all, "/system", "no process of the application runs")
	for _, p := range s.permissions("dashboard") {
		t.Run("without "+strings.ReplaceAll(p.String(), s.Prefix, ""), func(t *testing.T) {
			s.Forbid(t, user, p)
			defer s.Allow(t, user, p)
			address, ended := dashboard(t, environment)
			named := "(which Read and Write include) on " + toolNames[p.Resource.String()] + " &#34;" + p.Name
			switch {
			case address == "" && !strings.Contains(ended, "(which Read and Write include) on Topic \""+p.Name):
				t.Errorf("it ended with %q", ended)
			case address == "":
			case p.Resource == kmsg.ACLResourceTypeGroup, strings.HasSuffix(p.Name, "dead-letters"):
				shows(t, address, "/system", named)
				shows(t, address, "/api/v1/sellers", `"whole":true`)
			default:
				t.Error("it goes on without the permission")
			}
		})
	}
}
