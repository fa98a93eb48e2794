package main

import (
	"os"
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
	}
	if read("prometheus.yml", &scraped); !slices.Equal(scraped.RuleFiles, []string{"alerts.yml"}) || !strings.Contains(read("compose.yaml", nil), "./alerts.yml:/etc/prometheus/alerts.yml:ro") {
		t.Errorf("Prometheus reads %q", scraped.RuleFiles)
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
	if found < 3 {
		t.Errorf("%d metrics in the alerts", found)
	}
}
