package task

import "sellerpulse/pkg/events"

// remedy is what to do about dead letters of a reason.
type remedy struct {
	Reason events.DeadLetterReason
	Remedy string
}

// remedies has one for every reason. docs/operations.md has the same table.
var remedies = []remedy{
	{events.Undecodable, "write events as JSON, or as Avro by the schemas in schemas/, each to its own topic"},
	{events.Invalid, "correct what the error names, and send the event again"},
	{events.Misrouted, "key events by seller_id and partition them by murmur2 (librdkafka: partitioner=murmur2_random), or run with --partitioner any if every event of a seller goes to one partition"},
	{events.Future, "set the producer's clock, and send the event again"},
	{events.Expired, "nothing, if the order is really so old; else correct its order_date, or start another --app-id with a longer --retention"},
	{events.Orphan, "send the PLACED of the order, and then the event again"},
	{events.Skipped, "nothing: --skip named it; send what it was to say anew"},
}

// RemedyOf is what to do about dead letters of a reason.
func RemedyOf(reason events.DeadLetterReason) string {
	for _, r := range remedies {
		if r.Reason == reason {
			return r.Remedy
		}
	}
	return "see the error"
}

// Reasons are all that dead letters have.
func Reasons() (all []events.DeadLetterReason) {
	for _, r := range remedies {
		all = append(all, r.Reason)
	}
	return all
}
