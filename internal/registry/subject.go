package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"
)

// Naming is how the subject of a topic's values is named.
type Naming string

// The ways that serializers of others have too.
const (
	TopicName       Naming = "topic"        // TOPIC-value
	RecordName      Naming = "record"       // the record's full name
	TopicRecordName Naming = "topic-record" // TOPIC-RECORD
)

// Subject is the subject of values of a record in a topic.
func (n Naming) Subject(topic, record string) string {
	switch n {
	case RecordName:
		return record
	case TopicRecordName:
		return topic + "-" + record
	}
	return topic + "-value"
}

// ID gives the id of a schema of ours for a topic's values, which it registers unless the registry is locked. While the registry does not
// answer it asks again, no longer than the given time.
func (c *Client) ID(ctx context.Context, topic, text string, most time.Duration) (uint32, error) {
	parsed, err := avro.Parse(text)
	if err != nil {
		return 0, fmt.Errorf("parse schema for topic %q: %w", topic, err)
	}
	root := parsed.Root()
	subject := c.options.Subject.Subject(topic, root.Namespace+"."+root.Name)
	do, doing := c.register, "register"
	if c.options.Locked {
		do, doing = c.lookUp, "look up"
	}
	id, err := retry(ctx, most, func() (id int, err error) {
		if err = c.ask(ctx, func(ctx context.Context) error { id, err = do(ctx, subject, text); return err }); err != nil && !passesSoon(err) {
			return 0, backoff.Permanent(err)
		}
		return id, err
	})
	if err != nil {
		return 0, fmt.Errorf("%s schema of subject %q: %w%s", doing, subject, err, remedy(err))
	}
	return uint32(id), nil
}

// remedy is what helps where the registry is there and says no.
func remedy(err error) string {
	switch {
	case errors.Is(err, ErrAbsent):
		return ": register the schema of schemas/ by hand, or leave out --schema-register=false"
	case errors.Is(err, ErrRefused):
		return ": the subject has another schema, with which ours does not go by the compatibility that is set there: see --schema-subject, or use another topic"
	}
	return ""
}

func (c *Client) register(ctx context.Context, subject, text string) (int, error) {
	return c.rest.RegisterSchema(ctx, subject, sr.Schema{Schema: text}, -1, -1)
}

// lookUp finds the schema in a subject: as it is, or else as one that writes the same, whose documentation and layout may be other.
func (c *Client) lookUp(ctx context.Context, subject, text string) (int, error) {
	s, err := c.rest.LookupSchema(ctx, subject, sr.Schema{Schema: text})
	if err == nil {
		return s.ID, nil
	}
	if !errors.Is(explain(err), ErrAbsent) {
		return 0, err
	}
	versions, listErr := c.rest.Schemas(ctx, subject)
	if listErr != nil {
		return 0, listErr
	}
	for _, v := range versions {
		if sameForm(v.Schema.Schema, text) {
			return v.ID, nil
		}
	}
	return 0, err
}

// sameForm is whether two schemas have the same parsing canonical form.
func sameForm(a, b string) bool {
	one, err := avro.Parse(a)
	if err != nil {
		return false
	}
	other, err := avro.Parse(b)
	return err == nil && string(one.Canonical()) == string(other.Canonical())
}
