package lab

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var listens = regexp.MustCompile(`http listens.* address=([0-9.:]+)`)

// amplification is how many times what was put into the processor's database was written to disk, or false if the program tells nothing of it.
func (p *process) amplification(ctx context.Context) (times float64, ok bool, err error) {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return 0, false, fmt.Errorf("read log: %w", err)
	}
	found := listens.FindAllSubmatch(log, -1)
	if found == nil {
		return 0, false, nil
	}
	counted, err := counters(ctx, "http://"+string(found[len(found)-1][1])+"/metrics")
	if err != nil {
		return 0, false, err
	}
	applied := counted["sellerpulse_state_applied_bytes_total"]
	written := counted["sellerpulse_state_flushed_bytes_total"] + counted["sellerpulse_state_compacted_bytes_total"]
	return written / applied, applied > 0, nil
}

// counters reads the metrics that have no labels.
func counters(ctx context.Context, url string) (all map[string]float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer answer.Body.Close()
	all = map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			all[name] = value
		}
	}
	return all, lines.Err()
}
