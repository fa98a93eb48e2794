package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"

	"sellerpulse/internal/panics"
)

// Commit makes outputs and offsets true in one transaction:
//
//	add partitions → { append outputs ‖ add group → commit offsets } → end
//
// The outputs and the offsets travel at the same time, for they go to different brokers and the order between them is free;
// the partitions must be known to the coordinator before anything is appended to them.
//
// After an error the producer is spent and the transaction undecided: OpenTransactional with the same id aborts it, or finds
// it committed. ErrFenced says that this has been done by another.
func (p *Producer) Commit(ctx context.Context, commit Commit) (Result, error) {
	if p.id == "" {
		return Result{}, errors.New("commit: the producer is not transactional")
	}
	if p.failure != nil {
		return Result{}, p.failure
	}
	result, err := p.transact(ctx, commit)
	if err != nil {
		p.failure = fmt.Errorf("commit transaction of %q: %w", p.id, err)
	}
	return result, p.failure
}

func (p *Producer) transact(ctx context.Context, commit Commit) (Result, error) {
	logs := logsOf(commit.Outputs)
	if len(logs) == 0 && len(commit.Groups) == 0 {
		return Result{}, nil
	}
	if err := p.addPartitions(ctx, logs); err != nil {
		return Result{}, fmt.Errorf("add partitions: %w", err)
	}
	result, err := p.fill(ctx, commit)
	if err != nil {
		return Result{}, err
	}
	if commit.Confirm != nil {
		if err := commit.Confirm(ctx); err != nil {
			return Result{}, errors.Join(err, p.end(ctx, false))
		}
	}
	if err := p.end(ctx, true); err != nil {
		return Result{}, fmt.Errorf("end transaction: %w", err)
	}
	return result, nil
}

// Now is what time the leader of a log has it, in milliseconds since 1970: that which it puts on a message, which is taken back. It is 0
// where the log keeps its producers' times. After an error the producer is spent, as after one of Commit.
func (p *Producer) Now(ctx context.Context, log TopicPartition) (int64, error) {
	result, err := p.takeBack(ctx, fmt.Sprintf("ask the leader of %v for the time", log), []TopicPartition{log},
		Output{TopicPartition: log, Messages: []Message{{Key: []byte{}, Value: []byte{}}}})
	return result.AppendedAt[log], err
}

// Try has a transaction take in logs, and takes it back, so that what may not be written is known beforehand. After an error the producer is spent, as after
// one of Commit.
func (p *Producer) Try(ctx context.Context, logs []TopicPartition) error {
	_, err := p.takeBack(ctx, fmt.Sprintf("begin a transaction of %q", p.id), logs)
	return err
}

// takeBack has a transaction take in logs and outputs, and takes it back. What it is for its error says.
func (p *Producer) takeBack(ctx context.Context, what string, logs []TopicPartition, outputs ...Output) (result Result, err error) {
	if p.failure != nil {
		return Result{}, p.failure
	}
	if err = p.addPartitions(ctx, logs); err == nil {
		result, err = p.append(ctx, outputs)
	}
	if err == nil {
		err = p.end(ctx, false)
	}
	if err != nil {
		p.failure = fmt.Errorf("%s: %w", what, err)
	}
	return result, p.failure
}

// logsOf lists the logs that get messages, each once.
func logsOf(outputs []Output) []TopicPartition {
	var logs []TopicPartition
	seen := make(map[TopicPartition]bool, len(outputs))
	for i := range outputs {
		if tp := outputs[i].TopicPartition; len(outputs[i].Messages) > 0 && !seen[tp] {
			seen[tp] = true
			logs = append(logs, tp)
		}
	}
	return logs
}

// fill appends the outputs while it commits the offsets.
func (p *Producer) fill(ctx context.Context, commit Commit) (Result, error) {
	var group panics.Group
	group.Go(func() error {
		for i := range commit.Groups {
			if err := p.commitOffsets(ctx, &commit.Groups[i]); err != nil {
				return err
			}
		}
		return nil
	})
	result, err := p.append(ctx, commit.Outputs)
	if err != nil {
		err = fmt.Errorf("append outputs: %w", err)
	}
	return result, worst(append([]error{err}, group.Wait()...))
}

// step sends a request to the transaction coordinator until it neither fails nor asks to wait.
func (p *Producer) step(ctx context.Context, request protocol.Message, check func(protocol.Message) error) error {
	return p.client.retry(ctx, func(ctx context.Context) error {
		return p.client.sendCoordinator(ctx, coordinatorKey{transactionCoordinator, p.id}, request, check)
	})
}

func (p *Producer) addPartitions(ctx context.Context, logs []TopicPartition) error {
	if len(logs) == 0 {
		return nil
	}
	request := &addpartitionstotxn.Request{TransactionalID: p.id, ProducerID: p.producer, ProducerEpoch: p.epoch}
	for _, topic := range topicsOf(logs) {
		t := addpartitionstotxn.RequestTopic{Name: topic}
		for _, tp := range logs {
			if tp.Topic == topic {
				t.Partitions = append(t.Partitions, tp.Partition)
			}
		}
		request.Topics = append(request.Topics, t)
	}
	return p.step(ctx, request, func(answer protocol.Message) error {
		var errs []error
		for _, t := range answer.(*addpartitionstotxn.Response).Results {
			for _, r := range t.Results {
				if err := (needs{operation: write, topic: t.Name, transactionalID: p.id}).refused(r.ErrorCode); err != nil {
					errs = append(errs, &TopicError{Topic: t.Name, Partition: r.PartitionIndex, Err: err})
				}
			}
		}
		return decisive(errs)
	})
}

// errNotAttempted is the code of what was refused only for being asked along with something else.
const errNotAttempted = kafka.Error(55)

// decisive is the first error that will not pass, else the first. Partitions that were fine are refused along with the one that is not;
// that one is the reason.
func decisive(errs []error) error {
	for _, err := range errs {
		if !retriable(err) && !errors.Is(err, errNotAttempted) {
			return err
		}
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}

func (p *Producer) commitOffsets(ctx context.Context, of *GroupOffsets) error {
	group := of.Group
	add := &addoffsetstotxn.Request{TransactionalID: p.id, ProducerID: p.producer, ProducerEpoch: p.epoch, GroupID: group}
	err := p.step(ctx, add, func(answer protocol.Message) error {
		return needs{group: group}.refused(answer.(*addoffsetstotxn.Response).ErrorCode)
	})
	if err != nil {
		return fmt.Errorf("add group %q: %w", group, err)
	}
	request := p.offsetsRequest(of)
	err = p.client.retry(ctx, func(ctx context.Context) error {
		return p.client.sendCoordinator(ctx, coordinatorKey{groupCoordinator, group}, request, checkOffsets)
	})
	if err != nil {
		return fmt.Errorf("commit offsets of group %q: %w", group, err)
	}
	return nil
}

func (p *Producer) offsetsRequest(of *GroupOffsets) *txnoffsetcommit.Request {
	const noGeneration = -1
	request := &txnoffsetcommit.Request{
		TransactionalID: p.id, GroupID: of.Group, ProducerID: p.producer, ProducerEpoch: p.epoch, GenerationID: noGeneration,
	}
	for _, o := range of.Offsets {
		request.Topics = append(request.Topics, txnoffsetcommit.RequestTopic{Name: o.Topic, Partitions: []txnoffsetcommit.RequestPartition{
			{Partition: o.Partition, CommittedOffset: o.Offset, CommittedLeaderEpoch: -1, CommittedMetadata: of.Metadata},
		}})
	}
	return request
}

func checkOffsets(answer protocol.Message) error {
	for _, t := range answer.(*txnoffsetcommit.Response).Topics {
		for _, r := range t.Partitions {
			if err := (needs{operation: read, topic: t.Name}).refused(r.ErrorCode); err != nil {
				return &TopicError{Topic: t.Name, Partition: r.Partition, Err: err}
			}
		}
	}
	return nil
}

// end commits, or takes back. It is sent again only while the broker says that it did nothing, never after an answer that did not come.
func (p *Producer) end(ctx context.Context, committed bool) error {
	request := &endtxn.Request{TransactionalID: p.id, ProducerID: p.producer, ProducerEpoch: p.epoch, Committed: committed}
	return p.client.retryIf(ctx, undone, func(ctx context.Context) error {
		return p.client.sendCoordinator(ctx, coordinatorKey{transactionCoordinator, p.id}, request, func(answer protocol.Message) error {
			return refused(answer.(*endtxn.Response).ErrorCode)
		})
	})
}

// undone tells that a request certainly had no effect and may succeed later.
func undone(err error) bool {
	if o := new(outage); errors.As(err, &o) {
		return !o.sent
	}
	return definite(err)
}
