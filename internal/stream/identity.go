package stream

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

// identityVersion is the first version of a metadata request that names topics and tells their ids without asking by them. kafka-go's is older.
const identityVersion = 12

// TopicIdentity tells one topic from another that had, or will have, the same name.
type TopicIdentity struct {
	ID         string // 32 hexadecimal digits; empty where the brokers are too old to tell
	Partitions int32
}

// Identify tells the identities of the topics that exist; missing ones are absent.
func (c *Client) Identify(ctx context.Context, topics []string) (map[string]TopicIdentity, error) {
	var found map[string]TopicIdentity
	err := c.retry(ctx, func(ctx context.Context) (err error) {
		found, err = c.identify(ctx, topics)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("identify topics: %w", err)
	}
	return found, nil
}

func (c *Client) identify(ctx context.Context, topics []string) (found map[string]TopicIdentity, err error) {
	var answer []byte
	known := true
	err = c.anyBroker(ctx, func(ctx context.Context, address string) error {
		return c.exchange(ctx, address, c.options.RequestTimeout, func(conn *connection) (err error) {
			if known = conn.newestMetadata >= identityVersion; known {
				answer, err = conn.exchangeRaw(identityRequest(conn.clientID, topics))
			}
			return err
		})
	})
	switch {
	case err != nil:
		return nil, err
	case known:
		return parseIdentities(answer)
	}
	described, err := c.topics(ctx, topics)
	found = make(map[string]TopicIdentity, len(described))
	for name, d := range described {
		found[name] = TopicIdentity{Partitions: d.Partitions}
	}
	return found, err
}

func identityRequest(clientID string, topics []string) []byte {
	b := append(openRequest(nil, protocol.Metadata, identityVersion, clientID), 0)
	b = appendUvarint(b, len(topics)+1)
	for _, topic := range topics {
		b = append(b, make([]byte, 16)...) // by its name, not by an id
		b = append(appendCompact(b, topic), 0)
	}
	return append(b, 0, 0, 0) // create none, and tell no permissions
}

// parseIdentities reads the answer to an identityRequest.
func parseIdentities(answer []byte) (map[string]TopicIdentity, error) {
	r := reader{b: answer}
	r.skipTags()
	r.int32() // throttle time
	for range r.compactCount(11) {
		r.int32()                 // node
		r.take(r.compactCount(1)) // host
		r.int32()                 // port
		r.take(r.compactCount(1)) // rack
		r.skipTags()
	}
	r.take(r.compactCount(1)) // cluster
	r.int32()                 // controller
	found := map[string]TopicIdentity{}
	var failure error
	for range r.compactCount(25) {
		code, name := r.int16(), string(r.take(r.compactCount(1)))
		err := needs{operation: describe, topic: name}.refused(code)
		identity := TopicIdentity{ID: topicID(r.take(16))}
		r.take(1) // internal
		identity.Partitions = r.identityPartitions()
		r.int32() // permissions
		r.skipTags()
		switch {
		case err == nil:
			found[name] = identity
		case !missing(err):
			failure = &TopicError{Topic: name, Partition: -1, Err: err}
		}
	}
	if err := r.err("topic identities"); err != nil {
		return nil, err
	}
	return found, failure
}

// identityPartitions counts a topic's partitions.
func (r *reader) identityPartitions() (n int32) {
	for range r.compactCount(18) {
		n++
		r.int16() // error: of a leader that moves
		r.int32() // partition
		r.int32() // leader
		r.int32() // its epoch
		for range 3 {
			r.take(4 * r.compactCount(4)) // replicas, those in sync, those off line
		}
		r.skipTags()
	}
	return n
}

// topicID is an id as text; all zeros are none.
func topicID(b []byte) string {
	for _, x := range b {
		if x != 0 {
			return hex.EncodeToString(b)
		}
	}
	return ""
}
