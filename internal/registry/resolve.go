package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"

	"sellerpulse/pkg/events"
)

// maxReferences bounds how many other schemas one may refer to, those that these refer to counting too.
const maxReferences = 100

// kinds are what schemas are called, other than Avro's.
var kinds = map[sr.SchemaType]string{sr.TypeProtobuf: "Protobuf", sr.TypeJSON: "JSON Schema"}

// resolve asks for a schema and for all that it refers to, and makes one of them that stands alone.
func (c *Client) resolve(ctx context.Context, id uint32) (answer, error) {
	s, err := c.rest.SchemaByID(ctx, int(id))
	if err != nil {
		return answer{}, err
	}
	if kind, ok := kinds[s.Type]; ok {
		return answer{err: fmt.Errorf("%w: it is a schema of %s, and values are read as Avro, or as JSON objects without a header", events.ErrForeignSchema, kind)}, nil
	}
	if len(s.References) == 0 {
		return answer{text: s.Schema}, nil
	}
	r := references{client: c, seen: map[sr.SchemaReference]bool{}}
	text, err := r.parse(ctx, s)
	if invalid, ok := errors.AsType[*referenceError](err); ok {
		return answer{err: fmt.Errorf("%w: %w", events.ErrForeignSchema, invalid)}, nil
	}
	return answer{text: text}, err
}

// references are the schemas that one refers to, parsed before it.
type references struct {
	client *Client
	parsed avro.SchemaCache
	seen   map[sr.SchemaReference]bool
}

// referenceError is a schema that its references do not complete.
type referenceError struct{ error }

func (e *referenceError) Unwrap() error { return e.error }

// parse parses what the schema refers to, then itself, and gives a text that has all of them in it.
func (r *references) parse(ctx context.Context, s sr.Schema) (string, error) {
	for _, reference := range s.References {
		reference.Name = "" // Avro's names are in the schemas.
		if r.seen[reference] {
			continue
		}
		if len(r.seen) == maxReferences {
			return "", &referenceError{fmt.Errorf("it refers to more than %d other schemas", maxReferences)}
		}
		r.seen[reference] = true
		other, err := r.client.rest.SchemaByVersion(sr.WithParams(ctx, sr.ShowDeleted), reference.Subject, reference.Version)
		if err != nil {
			return "", fmt.Errorf("ask for version %d of subject %q, which it refers to: %w", reference.Version, reference.Subject, err)
		}
		if _, err := r.parse(ctx, other.Schema); err != nil {
			return "", err
		}
	}
	parsed, err := r.parsed.Parse(s.Schema, avro.WithLaxNames(nil))
	if err != nil {
		return "", &referenceError{err}
	}
	return parsed.String(), nil
}
