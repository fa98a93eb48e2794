package stream

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// PermissionError says which permission the client's principal lacks. It is ErrUnauthorized.
type PermissionError struct {
	Operation string // as kafka-acls.sh calls it
	Resource  string // Topic, Group, TransactionalId or Cluster
	Name      string
	Err       error
}

func (e *PermissionError) Error() string {
	operation := e.Operation
	if operation == describe {
		operation += " (which Read and Write include)"
	}
	return fmt.Sprintf("not authorized: grant %s on %s %q to the user of this client; docs/security.md lists what each command needs", operation, e.Resource, e.Name)
}

func (e *PermissionError) Unwrap() error { return e.Err }

// Is maps it to its meaning.
func (e *PermissionError) Is(target error) bool { return target == ErrUnauthorized }

// Operations.
const (
	describe        = "Describe"
	describeConfigs = "DescribeConfigs"
	read            = "Read"
	write           = "Write"
	create          = "Create"
	remove          = "Delete"
)

// needs is what a request needs permission for; a refusal's code tells which of these was missing.
type needs struct {
	operation       string // on the topic
	topic           string
	group           string
	groupOperation  string // on the group; empty for Read
	transactionalID string // needs Write
}

// refused is the error of a code in the answer, nil for none.
func (n needs) refused(code int16) error { return n.explain(refused(code)) }

// explain names the permission that an error is about; other errors stay as they are.
func (n needs) explain(err error) error {
	var explained *PermissionError
	var r refusal
	if errors.As(err, &explained) || !errors.As(err, &r) {
		return err
	}
	switch {
	case r.code == kafka.TopicAuthorizationFailed && n.topic != "":
		return &PermissionError{n.operation, "Topic", n.topic, err}
	case r.code == kafka.GroupAuthorizationFailed && n.group != "":
		return &PermissionError{cmp.Or(n.groupOperation, read), "Group", n.group, err}
	case r.code == kafka.TransactionalIDAuthorizationFailed && n.transactionalID != "":
		return &PermissionError{write, "TransactionalId", n.transactionalID, err}
	case r.code == kafka.ClusterAuthorizationFailed && n.operation == create:
		return &PermissionError{create, "Topic", n.topic, err}
	case r.code == kafka.ClusterAuthorizationFailed:
		return &PermissionError{"IdempotentWrite", "Cluster", "kafka-cluster", err}
	}
	return err
}
