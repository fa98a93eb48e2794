package limits

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// What comes in, and what is kept of it.
const (
	Text  = events.MaxTextBytes
	Site  = events.MaxSiteBytes
	Input = events.DefaultMaxBytes // of a record's value and headers

	Row          = 2 * Input  // of an order
	Parked       = 16 * Input // that wait for one order to be placed
	ParkedEvents = 1_000      // likewise
	BucketPart   = windows.MaxBucketBytes
)

// What an intake reads, and what it makes of one record by a mapping.
const (
	SourceRecord = 16 << 20 // value of a record of a source; a larger one is a dead letter
	MappedEvents = 10_000   // that a record may become
	Mapped       = 16 << 20 // of all of them, as JSON
	Carried      = 8 << 20  // a transaction of an intake: due with it, and what one more record adds
	HeaderCount  = 8        // what a header of an input counts for beside its name and value
)

// Keys of the changelog. In a key a text has each of its zero bytes doubled, and an end of two bytes.
const (
	keyText   = 2*Text + 2
	rowKey    = 1 + keyText + 4 + Text
	bucketKey = 1 + keyText + 4 + 2
	parkedKey = 1 + 2*keyText + 1 + 8
)

// parkedEvent is a parked record as it is stored: its times, and lengths of its key, value and headers. What these take of a header is
// within what it counts for.
const parkedEvent = Input + Text + 64

// BatchOverhead is the most that a batch of one message takes in Kafka's format beside its key, its value and its headers; internal/stream derives it,
// and a test holds the two together.
const BatchOverhead = 97

// ChangelogRecord is the largest record of the changelog, in a batch of its own.
const ChangelogRecord = BatchOverhead + max(rowKey+Row, bucketKey+BucketPart, parkedKey+parkedEvent)

// What is published, each in a batch of its own.
var (
	Alert  = BatchOverhead + Text + outputs.MaxAlertBytes()
	Report = BatchOverhead + Text + outputs.MaxReportBytes()
)

// A rule set that is applied while the service runs: the texts of its files as JSON, and as a record of its topic.
const (
	RuleFiles = 512 << 10
	RuleSet   = BatchOverhead + 20 + RuleFiles
)

// ReportCompressed is the largest report as zstd leaves it: of the 48 times that it has each product line, one.
const ReportCompressed = 1_000 << 10

// A dead letter is cut to what its topic takes; these are of its headers.
const (
	DeadLetterError   = 1_024 // of the text that says what is wrong
	DeadLetterHeaders = 2 << 10
	DeadLetterRest    = BatchOverhead + DeadLetterHeaders // all that is not the record's
	DeadLetter        = DeadLetterRest + 3*Text           // the least that a topic must take: a seller's key stays whole
)

// What goes to the brokers at once.
const (
	ReportsPerCommit = 500
	Commit           = 16 << 20
	Request          = 32 << 20
)

// What comes from the brokers at once.
const (
	// ReadBatch is what the records of a batch may take in memory. How much is read ahead, and how much of the changelog at once, internal/memory has: a
	// batch that is begun is finished.
	ReadBatch = 256 << 20
	// Standby is what a follower of the changelog keeps of a commit until it has all of it: one that is due, and what one more event adds, which places an
	// order and takes all that was parked for it.
	Standby = Commit + Row + ParkedEvents*parkedKey
)

// The settings max.message.bytes of topics that are created. Inputs take batches of several large records.
const (
	InputMessage      = 16 * Input
	DeadLetterMessage = InputMessage + InputMessage/64
)
