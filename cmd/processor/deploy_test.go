package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// Prometheus is given the alerts, and they are about metrics and reasons that there are.
func TestAlertsOfPrometheus(t *testing.T) {
	read := func(name string, v any) string {
		text, err := os.ReadFile("../../deploy/" + name)
		if err == nil && v != nil {
			err = yaml.Unmarshal(text, v)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(text)
	}
	var scraped struct {
		RuleFiles []string `yaml:"rule_files"`
		Jobs      []struct {
			Name   string `yaml:"job_name"`
			Static []struct{ Targets []string }
			DNS    []struct {
				Names []string
				Port  int
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	if read("prometheus.yml", &scraped); !slices.Equal(scraped.RuleFiles, []string{"alerts.yml"}) || !strings.Contains(read("compose.yaml", nil), "./alerts.yml:/etc/prometheus/alerts.yml:ro") {
		t.Errorf("Prometheus reads %q", scraped.RuleFiles)
	}
	var composed struct {
		Services map[string]struct {
			Command []string
		}
	}
	read("compose.yaml", &composed)
	for _, job := range scraped.Jobs {
		for _, dns := range job.DNS {
			for _, name := range dns.Names {
				if command := composed.Services[name].Command; !slices.Contains(command, fmt.Sprintf("0.0.0.0:%d", dns.Port)) {
					t.Errorf("Prometheus asks %s at port %d, which is given %q", name, dns.Port, command)
				}
			}
		}
	}
	for name, service := range composed.Services {
		if len(service.Command) > 0 {
			checkCommand(t, name, service.Command)
		}
	}
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	read("alerts.yml", &alerts)
	metrics := metricsReference()
	found := 0
	for _, group := range alerts.Groups {
		for _, rule := range group.Rules {
			for _, name := range regexp.MustCompile(`sellerpulse_\w+`).FindAllString(rule.Expr, -1) {
				found++
				if !strings.Contains(metrics, "`"+name+"`") {
					t.Errorf("%s: there is no metric %s", rule.Alert, name)
				}
			}
			for _, m := range regexp.MustCompile(`reason=~"([^"]*)"`).FindAllStringSubmatch(rule.Expr, -1) {
				for reason := range strings.SplitSeq(m[1], "|") {
					if !slices.Contains(task.Reasons(), events.DeadLetterReason(reason)) {
						t.Errorf("%s: there is no reason %s", rule.Alert, reason)
					}
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d metrics in the alerts", found)
	}
}

// checkCommand checks that there is such a command, with such flags.
func checkCommand(t *testing.T, service string, words []string) {
	t.Helper()
	cmd, rest, err := newRoot(&session{}).Find(words)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil || cmd.Name() != words[0] {
		t.Errorf("service %s of compose.yaml: %q: %v", service, words, err)
	}
}

// The image is built of every folder that the program has packages in.
func TestTheImageHasAllPackages(t *testing.T) {
	packages, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	folders := map[string]bool{}
	for path := range strings.FieldsSeq(string(packages)) {
		if inside, ours := strings.CutPrefix(path, "sellerpulse/"); ours {
			folder, _, _ := strings.Cut(inside, "/")
			folders[folder] = true
		}
	}
	if len(folders) < 3 {
		t.Fatalf("the program has packages in %v", folders)
	}
	for file, line := range map[string]string{"Dockerfile": "\nCOPY %s %[1]s\n", "Dockerfile.dockerignore": "\n!%s\n"} {
		text, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for folder := range folders {
			if want := fmt.Sprintf(line, folder); !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q", file, strings.TrimSpace(want))
			}
		}
	}
}
