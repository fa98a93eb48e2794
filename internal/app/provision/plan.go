package provision

import (
	"strconv"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

const (
	hour = 60 * 60 * 1000 // milliseconds
	day  = 24 * hour

	// minRetentionDays is how long an input must keep its events: as long as orders count.
	minRetentionDays = 120
	// retentionDays leaves room for a replay that begins a month late.
	retentionDays = 150
	// alertRetentionDays keeps alerts and dead letters as long as what they are about.
	alertRetentionDays = retentionDays

	// minTombstoneHours is for how long deletions must stay in a table: the time that a process may be away and go on from its own state.
	minTombstoneHours = 1

	// changelogSegmentBytes is small, so that the cleaner, which leaves the segment being written alone, gets at what changes all the time.
	changelogSegmentBytes = 128 << 20
)

// Settings of topics.
const (
	cleanupPolicy  = "cleanup.policy"
	timestampType  = "message.timestamp.type"
	retention      = "retention.ms"
	retentionBytes = "retention.bytes"
	localRetention = "local.retention.ms"
	localBytes     = "local.retention.bytes"
	remoteStorage  = "remote.storage.enable"
	tombstones     = "delete.retention.ms"
	maxMessage     = limits.MaxMessage
	compression    = "compression.type"
	unclean        = "unclean.leader.election.enable"
	messageFormat  = "message.format.version"

	logAppendTime = "LogAppendTime"
	deleted       = "delete"
	compacted     = "compact"
)

// DefaultPartitions is how many partitions topics get when nothing else is asked for.
const DefaultPartitions = 4

// Size is how topics are to be made.
type Size struct {
	Partitions        int32 // of every topic; 0: as many as the inputs have that exist, else DefaultPartitions
	ReplicationFactor int
}

// use is what a topic is for.
type use int

const (
	input use = iota
	alerts
	deadLetters
	health
	ruleSets
	changelog
)

// keepsLatest is whether a topic is a table: the latest value of each key.
func (u use) keepsLatest() bool { return u == health || u == changelog || u == ruleSets }

// planned is a topic as it should be.
type planned struct {
	use
	stream.TopicSpec
}

// plan lists all topics of an application, the inputs first, the changelog last.
func plan(t task.Topics, size Size) []planned {
	var all []planned
	add := func(name string, u use, settings map[string]string) {
		settings[maxMessage] = strconv.Itoa(limits.InputMessage)
		// Retention counts from arrival, also of old events; and by what they put on commits the brokers tell what time it is.
		settings[timestampType] = logAppendTime
		all = append(all, planned{u, stream.TopicSpec{
			Name: name, Partitions: size.Partitions, ReplicationFactor: size.ReplicationFactor, Config: settings,
		}})
	}
	for _, name := range t.Inputs {
		add(name, input, map[string]string{cleanupPolicy: deleted, retention: strconv.Itoa(retentionDays * day)})
	}
	add(t.Alerts, alerts, map[string]string{cleanupPolicy: deleted, retention: strconv.Itoa(alertRetentionDays * day)})
	add(t.DeadLetters, deadLetters, map[string]string{cleanupPolicy: deleted, retention: strconv.Itoa(alertRetentionDays * day)})
	all[len(all)-1].Config[maxMessage] = strconv.Itoa(limits.DeadLetterMessage)
	add(t.SellerHealth, health, map[string]string{cleanupPolicy: compacted})
	if t.Rules != "" {
		add(t.Rules, ruleSets, map[string]string{cleanupPolicy: compacted})
		all[len(all)-1].Partitions = 1 // Revisions are in one order.
	}
	add(t.Changelog, changelog, map[string]string{
		cleanupPolicy:               compacted,
		"segment.bytes":             strconv.Itoa(changelogSegmentBytes),
		"min.cleanable.dirty.ratio": "0.3",
		tombstones:                  strconv.Itoa(day), // a restore must not take longer, or it would miss a tombstone
	})
	return all
}
