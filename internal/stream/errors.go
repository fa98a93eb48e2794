package stream

import (
	"errors"
	"fmt"
	"slices"

	"github.com/segmentio/kafka-go"
)

// What a failure means to the caller, for errors.Is. Other errors are refusals by a broker that retrying does not heal.
var (
	// ErrUnreachable: no answer, or brokers that could not serve for as long as the call was allowed to take. It may heal.
	ErrUnreachable = errors.New("kafka cannot be reached; check --brokers and that the brokers are running")
	// ErrUnauthorized: the brokers know the client and forbid it, or do not accept who it says it is.
	ErrUnauthorized = errors.New("not authorized; grant the missing permission or check the credentials")
	// ErrUntrusted: who answers does not prove to be a broker of the cluster.
	ErrUntrusted = errors.New("the certificate of the broker does not verify")
	// ErrFenced: another producer was opened with the same transactional id. Acquire anew or leave it to the other.
	ErrFenced = errors.New("fenced by a newer producer with the same transactional id")
	// ErrUnsupported: the broker is too old.
	ErrUnsupported = errors.New("broker lacks what is needed; use Apache Kafka 2.5 or later")
	// ErrCorrupt: an answer that breaks the protocol, or records that do not match their checksum or are malformed.
	ErrCorrupt = errors.New("corrupt answer")
	// ErrClosed: the client has been closed.
	ErrClosed = errors.New("client is closed")
)

// errOversize is an answer that is not read for its size.
var errOversize = fmt.Errorf("%w: larger than is read", ErrCorrupt)

// TopicError says that a topic, or a partition of it, cannot be used: mostly that it does not exist.
type TopicError struct {
	Topic     string
	Partition int32 // -1: the topic as a whole
	Err       error
}

func (e *TopicError) Error() string {
	if errors.Is(e.Err, kafka.UnknownTopicOrPartition) && e.Partition < 0 {
		return fmt.Sprintf("topic %q does not exist; create it with `processor topics`", e.Topic)
	}
	if e.Partition < 0 {
		return fmt.Sprintf("topic %q: %v", e.Topic, e.Err)
	}
	return fmt.Sprintf("topic %q, partition %d: %v", e.Topic, e.Partition, e.Err)
}

func (e *TopicError) Unwrap() error { return e.Err }

// Final is whether trying again soon cannot help: the topic does not exist, or does not take what is sent to it.
func (e *TopicError) Final() bool {
	return e.OfContent() || isOne(e.Err, kafka.UnknownTopicOrPartition, kafka.InvalidTopic, kafka.InvalidRequiredAcks)
}

// Gone is whether the topic does not exist.
func (e *TopicError) Gone() bool { return isOne(e.Err, kafka.UnknownTopicOrPartition) }

// Pending is whether what is asked for waits for a transaction that is being ended.
func (e *TopicError) Pending() bool { return isOne(e.Err, kafka.UnstableOffsetCommit) }

// OfContent is whether the topic takes messages, but not those that were sent.
func (e *TopicError) OfContent() bool {
	return isOne(e.Err, kafka.MessageSizeTooLarge, kafka.RecordListTooLarge, kafka.InvalidTimestamp, kafka.InvalidRecord, kafka.PolicyViolation,
		kafka.UnsupportedForMessageFormat, kafka.UnsupportedCompressionType)
}

func isOne(err error, codes ...kafka.Error) bool {
	return slices.ContainsFunc(codes, func(code kafka.Error) bool { return errors.Is(err, code) })
}

// OffsetError says that an offset asked for is not in the log any more, or not yet: its records were deleted or the topic was made anew.
type OffsetError struct {
	TopicPartition
	Offset int64
	Range  Range // what the log holds; zero when that could not be found out
}

func (e *OffsetError) Error() string {
	return fmt.Sprintf("topic %q, partition %d: offset %d is out of range, the log holds %d to %d",
		e.Topic, e.Partition, e.Offset, e.Range.First, e.Range.LastStable)
}

// refusal is an error code in a broker's answer.
type refusal struct {
	code kafka.Error
}

// refused is the error of a code, nil for none.
func refused(code int16) error {
	if code == 0 {
		return nil
	}
	return refusal{kafka.Error(code)}
}

func (r refusal) Error() string {
	text := fmt.Sprintf("broker answers %q (%d)", r.code.Title(), int(r.code))
	for _, meaning := range []error{ErrUnauthorized, ErrFenced, ErrUnsupported} {
		if r.Is(meaning) {
			return text + ": " + meaning.Error()
		}
	}
	return text
}

func (r refusal) Unwrap() error { return r.code }

// Is maps codes to the meanings above.
func (r refusal) Is(target error) bool {
	switch r.code {
	case kafka.TopicAuthorizationFailed, kafka.GroupAuthorizationFailed, kafka.ClusterAuthorizationFailed,
		kafka.TransactionalIDAuthorizationFailed, kafka.SASLAuthenticationFailed, kafka.UnsupportedSASLMechanism, kafka.IllegalSASLState:
		return target == ErrUnauthorized
	case kafka.ProducerFenced, kafka.InvalidProducerEpoch:
		return target == ErrFenced
	case kafka.UnsupportedVersion:
		return target == ErrUnsupported
	}
	return false
}

// retriable tells whether a refusal passes by itself: leaders and coordinators that move or load, and back-pressure.
func (r refusal) retriable() bool {
	switch r.code {
	case kafka.LeaderNotAvailable, kafka.NotLeaderForPartition, kafka.RequestTimedOut, kafka.BrokerNotAvailable,
		kafka.ReplicaNotAvailable, kafka.NetworkException, kafka.GroupLoadInProgress, kafka.GroupCoordinatorNotAvailable,
		kafka.NotCoordinatorForGroup, kafka.NotEnoughReplicas, kafka.NotEnoughReplicasAfterAppend, kafka.NotController,
		kafka.ConcurrentTransactions, kafka.KafkaStorageError, kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch,
		kafka.OffsetNotAvailable, kafka.PreferredLeaderNotAvailable, kafka.EligibleLeadersNotAvailable,
		kafka.UnstableOffsetCommit, kafka.ThrottlingQuotaExceeded, kafka.UnknownTopicID:
		return true
	}
	return false
}

// definite tells that a coordinator refused before it did anything.
func definite(err error) bool {
	for _, code := range []kafka.Error{
		kafka.ConcurrentTransactions, kafka.GroupLoadInProgress, kafka.NotCoordinatorForGroup, kafka.GroupCoordinatorNotAvailable,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// outage is a connection that could not be made or that broke.
type outage struct {
	address string
	sent    bool // the request may have been carried out
	err     error
}

func (o *outage) Error() string {
	if advertised := new(advertisedError); errors.As(o.err, &advertised) {
		return advertised.Error() // --brokers is right.
	}
	return fmt.Sprintf("broker %s: %v: %v", o.address, o.err, ErrUnreachable)
}
func (o *outage) Unwrap() error        { return o.err }
func (o *outage) Is(target error) bool { return target == ErrUnreachable }
