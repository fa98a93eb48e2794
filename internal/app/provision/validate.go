package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// validate finds everything about the topics that are there that is not as it should be, and those that are not there.
func validate(client *stream.Client, wanted []planned, existing map[string]stream.TopicDescription) (findings Findings) {
	if missing := missingFrom(existing, wanted); len(missing) > 0 {
		f := Finding{Severity: Void, Problem: "no topics " + strings.Join(missing, ", "), Remedy: "create them with `processor topics`"}
		if log := wanted[len(wanted)-1]; len(missing) == 1 && log.use == changelog && missing[0] == strconv.Quote(log.Name) {
			f.Remedy += "; or if it held a state, " + task.RemedyAnew
		}
		findings = append(findings, f)
	}
	for _, w := range wanted {
		d, ok := existing[w.Name]
		if !ok {
			if w.use == ruleSets {
				findings = append(findings, Finding{Severity: Minor, Problem: fmt.Sprintf("no topic %q: rules cannot be applied to a running service", w.Name), Remedy: "create it with `processor topics`"})
			}
			continue
		}
		if w.use == ruleSets && d.Partitions != 1 {
			findings = append(findings, Finding{Severity: Weak, Topic: w.Name, Problem: fmt.Sprintf("%d partitions, and rules cannot be applied: revisions are in one order", d.Partitions), Remedy: "make it anew with `processor topics`, which gives it one"})
		}
		if first, ok := existing[wanted[0].Name]; ok && w.mustAgree() && d.Partitions != first.Partitions {
			findings = append(findings, Finding{Severity: Void, Problem: unequal(wanted[0].Name, first.Partitions, w.Name, d.Partitions), Remedy: equal})
		}
		j := validation{planned: w, settings: d.Config, brokers: client.Brokers()}
		j.checkPolicy()
		j.checkKept()
		j.checkTime()
		j.checkFormat()
		j.checkSize()
		if w.use == deadLetters && limits.Batch(d.Config) >= limits.DeadLetter {
			j.checkWhole(wanted, existing)
		}
		findings = append(findings, j.findings...)
	}
	return findings
}

// validation is of one topic. It goes by the settings that the broker tells; one that it does not know of is passed over.
type validation struct {
	planned
	settings map[string]string
	brokers  string
	findings Findings
}

// find notes what is wrong with a setting, and what it ought to be.
func (j *validation) find(severity Severity, setting, why, want string) {
	j.findings = append(j.findings, Finding{
		Severity: severity, Topic: j.Name, Problem: fmt.Sprintf("%s=%s: %s", setting, j.settings[setting], why),
		Remedy: fmt.Sprintf("kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config %s=%s", j.brokers, j.Name, setting, want),
	})
}

// number is a setting that is a number, if the broker tells it.
func (j *validation) number(setting string) (int64, bool) {
	n, err := strconv.ParseInt(j.settings[setting], 10, 64)
	return n, err == nil
}

// checkPolicy is about what brokers delete of their own accord.
func (j *validation) checkPolicy() {
	policy, ok := j.settings[cleanupPolicy]
	policies := strings.Split(policy, ",")
	compacts, deletes := slices.Contains(policies, compacted), slices.Contains(policies, deleted)
	switch {
	case !ok:
	case !j.keepsLatest() && compacts:
		j.find(Void, cleanupPolicy, "records of the same seller replace each other", deleted)
	case j.use == changelog && deletes && j.forgets():
		j.find(Void, cleanupPolicy, "what changes seldom is lost, and with it the state", compacted)
	case j.keepsLatest() && (deletes || !compacts):
		j.find(Weak, cleanupPolicy, "what changes seldom is lost, or everything is kept for ever", compacted)
	}
}

// forgets is whether a policy that deletes ever does so.
func (j *validation) forgets() bool {
	age, aged := j.number(retention)
	size, sized := j.number(retentionBytes)
	return age >= 0 && aged || size >= 0 && sized || !aged && !sized
}

// checkKept is about for how long records and deletions are there.
func (j *validation) checkKept() {
	if ms, ok := j.number(tombstones); ok && j.keepsLatest() && ms < minTombstoneHours*hour {
		j.find(Weak, tombstones, fmt.Sprintf("under %d h, and a state that was away for longer is restored whole", minTombstoneHours), strconv.Itoa(day))
	}
	if j.use != input {
		return
	}
	const needed = minRetentionDays * day
	if ms, ok := j.number(retention); ok && ms >= 0 && ms < needed {
		j.find(Weak, retention, fmt.Sprintf("under %d days, and a replay misses orders that still count", minRetentionDays), strconv.Itoa(needed))
	}
	if size, ok := j.number(retentionBytes); ok && size >= 0 {
		j.find(Weak, retentionBytes, "events are deleted by how many there are, and a replay misses orders that still count", "-1")
	}
	if j.settings[remoteStorage] != "true" {
		return
	}
	if ms, ok := j.number(localRetention); ok && ms >= 0 && ms < needed {
		j.find(Minor, localRetention, "a replay reads what is older from the remote storage", "-2")
	}
	if size, ok := j.number(localBytes); ok && size >= 0 {
		j.find(Minor, localBytes, "a replay reads what is more from the remote storage", "-2")
	}
}

// checkTime is about whose clock records carry.
func (j *validation) checkTime() {
	if kind, ok := j.settings[timestampType]; !ok || kind == logAppendTime {
		return
	}
	switch j.use {
	case input:
		j.find(Weak, timestampType, "a producer's wrong clock is compared with itself, so that no event is ever `future`; and old events are deleted as soon as they arrive", logAppendTime)
	case changelog:
		j.find(Minor, timestampType, "the brokers do not tell their clock, and windows of quiet sellers slide by that of a processor's machine", logAppendTime)
	}
}

// checkFormat is about what brokers do with records, and which they can lose.
func (j *validation) checkFormat() {
	if version := j.settings[messageFormat]; strings.HasPrefix(version, "0.8") || strings.HasPrefix(version, "0.9") || strings.HasPrefix(version, "0.10") {
		j.find(Void, messageFormat, "such records have neither headers nor transactions", "2.5")
	}
	if j.settings[unclean] == "true" {
		j.find(Weak, unclean, "a broker that lacks committed records may come to lead, and they are lost", "false")
	}
}

// checkSize demands that a topic takes the largest record that is written to it.
func (j *validation) checkSize() {
	var largest int
	switch j.use {
	case input:
		return
	case ruleSets:
		largest = limits.RuleSet
	case alerts:
		largest = limits.Alert
	case deadLetters:
		largest = limits.DeadLetter
	case changelog:
		largest = limits.ChangelogRecord
	case health:
		largest = limits.ReportCompressed
		if kind := cmp.Or(j.settings[compression], "producer"); kind != "producer" && kind != "zstd" && limits.Batch(j.settings) < limits.Report {
			j.find(Void, compression, fmt.Sprintf("brokers compress anew what zstd has made small, and the largest report may not fit %s=%d", maxMessage, limits.MaxMessageBytes(j.settings)), "producer")
		}
	}
	if limits.Batch(j.settings) < largest {
		j.find(Void, maxMessage, "the largest record that is written does not fit", strconv.Itoa(limits.Needed(largest)))
	}
}

// checkWhole looks whether dead letters take whatever an input takes.
func (j *validation) checkWhole(wanted []planned, existing map[string]stream.TopicDescription) {
	topic, largest := "", 0
	for _, w := range wanted {
		if d, ok := existing[w.Name]; ok && w.use == input && limits.MaxMessageBytes(d.Config) > largest {
			topic, largest = w.Name, limits.MaxMessageBytes(d.Config)
		}
	}
	largest = min(largest, limits.Request/2-limits.DeadLetterHeaders)
	if needed := largest + limits.DeadLetterHeaders; limits.Batch(j.settings) < needed {
		j.find(Minor, maxMessage, fmt.Sprintf("records as large as %q takes are cut", topic), strconv.Itoa(limits.Needed(needed)))
	}
}
