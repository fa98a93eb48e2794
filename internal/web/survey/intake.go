package survey

import (
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/intake"
)

// IntakePath is where a process tells what it carries over.
const IntakePath = "/api/v1/intake"

// Intake is what a process carries over of other topics.
type Intake struct {
	Mapping    *string      `json:"mapping" doc:"Name of the mapping; null where the process carries nothing over."`
	Group      *string      `json:"group" doc:"The consumer group whose processes share the partitions; null likewise."`
	Waits      *string      `json:"waits" doc:"What is to happen before it carries over all that it was given; null where it does."`
	Partitions []IntakeUnit `json:"partitions" doc:"Those that the group gave to this process, by number."`
}

// IntakeUnit is how far a process is with one partition of the source topics.
type IntakeUnit struct {
	Partition  int32            `json:"partition"`
	Sources    []IntakeSource   `json:"sources" doc:"One for each topic that has the partition, by name; none before it was looked for."`
	Committed  *inspect.Instant `json:"committed_at" doc:"When this process last committed; null before it did. There is no commit where there is nothing to carry over."`
	LastMinute int64            `json:"records_last_minute" doc:"Records that were committed in the last minute, those too that became no event."`
	Failure    *IntakeFailure   `json:"failure" doc:"Null where it works."`
}

// IntakeSource is how far it is with the partition of one topic.
type IntakeSource struct {
	Topic string `json:"topic"`
	Next  int64  `json:"next" doc:"Offset of the record to be read next."`
	End   int64  `json:"end" doc:"Offset behind what can be read, as of the last answer."`
	Lag   int64  `json:"lag" doc:"Records that are to be read, and gaps between them."`
}

// IntakeFailure is why a unit cannot go on.
type IntakeFailure struct {
	Error string          `json:"error"`
	Since inspect.Instant `json:"since"`
	Tries int             `json:"tries"`
	Lasts bool            `json:"lasts" doc:"Trying again soon does not heal it."`
}

// IntakeOf is an intake as it is answered; nil carries nothing over.
func IntakeOf(in *intake.Intake) *Intake {
	answer := &Intake{Partitions: []IntakeUnit{}}
	if in == nil {
		return answer
	}
	answer.Mapping, answer.Group = given(in.Mapping()), given(in.Group())
	if err := in.Waits(); err != nil {
		answer.Waits = given(err.Error())
	}
	for _, u := range in.Status() {
		answer.Partitions = append(answer.Partitions, unitOf(&u))
	}
	return answer
}

func unitOf(u *intake.UnitStatus) IntakeUnit {
	answer := IntakeUnit{Partition: u.Partition, Sources: make([]IntakeSource, len(u.Sources)), LastMinute: u.LastMinute}
	for i := range u.Sources {
		s := &u.Sources[i]
		answer.Sources[i] = IntakeSource{Topic: s.Topic, Next: s.Next, End: s.End, Lag: s.Lag()}
	}
	if !u.Committed.IsZero() {
		at := inspect.Instant(u.Committed.UnixMilli())
		answer.Committed = &at
	}
	if f := u.Failure; f != nil {
		answer.Failure = &IntakeFailure{Error: f.Err.Error(), Since: inspect.Instant(f.Since.UnixMilli()), Tries: f.Tries, Lasts: f.Lasts}
	}
	return answer
}
