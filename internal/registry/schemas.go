package registry

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"sellerpulse/pkg/events"
)

// Bounds of what is kept. What is beyond them is forgotten, all at once, and asked for again.
const (
	maxKnown      = 1_000
	maxKnownBytes = 32 << 20
	maxUnknown    = 10_000
)

// How long an answer that may change is believed.
const (
	askAgain      = time.Second // after an outage, and while an unknown id may come
	askRefused    = time.Minute // after it was refused
	outageBackoff = 5 * time.Second
)

// answer is what is known for good of an id: its schema, which stands alone, or why no value can be read by it.
type answer struct {
	text string
	err  error
}

// absence is what is known of an id that the registry does not know.
type absence struct{ since, asked time.Time }

// outage is that the registry does not answer.
type outage struct {
	err   error
	since time.Time
	next  time.Time // before which it is not asked again
	wait  time.Duration
}

// Schema gives the schema of an id, with all that it refers to in it. Its error is an events.ErrUnknownSchema or an events.ErrForeignSchema,
// or else one that may pass: an outage, or an id that is not known yet.
func (c *Client) Schema(id uint32) (string, error) {
	if a, ok := c.remembered(id); ok {
		return a.text, a.err
	}
	found, err, _ := c.asked.Do(strconv.FormatUint(uint64(id), 10), func() (any, error) {
		a, err := c.fetch(id)
		return a, c.note(id, a, err)
	})
	if err != nil {
		return "", err
	}
	a := found.(answer)
	return a.text, a.err
}

// remembered is what can be said of an id without asking: its schema, or an error for the while in which that is not asked again.
func (c *Client) remembered(id uint32) (answer, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if a, ok := c.known[id]; ok {
		return a, true
	}
	now := c.options.Clock()
	if c.away != nil && now.Before(c.away.next) {
		return answer{err: c.away.err}, true
	}
	a := c.unknown[id]
	if a == nil {
		return answer{}, false
	}
	err := c.verdict(id, a)
	every := askAgain
	if errors.Is(err, events.ErrUnknownSchema) {
		every = askRefused
	}
	return answer{err: err}, now.Sub(a.asked) < every
}

var errNotYet = errors.New("it does not know yet")

// verdict is what an unknown id comes to, by the time for which it has been unknown.
func (c *Client) verdict(id uint32, a *absence) error {
	if waited := a.asked.Sub(a.since); waited < c.options.Patience {
		return fmt.Errorf("%w schema id %d: waiting %v for it", errNotYet, id, c.options.Patience)
	}
	return fmt.Errorf("%w, and has not for %v: register the schema where --schema-registry is, and send the value again", events.ErrUnknownSchema, c.options.Patience)
}

// fetch asks for the schema of an id. There is no context: the engine, for which it is, waits for nothing, and this not for long.
func (c *Client) fetch(id uint32) (a answer, err error) {
	err = c.ask(context.Background(), func(ctx context.Context) error {
		a, err = c.resolve(ctx, id)
		return err
	})
	return a, err
}

// note remembers an answer, or that there was none, and gives the error for whoever asked.
func (c *Client) note(id uint32, a answer, err error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.options.Clock()
	if err != nil && passes(err) {
		return c.interrupted(now, err)
	}
	c.resumed(now)
	if err == nil {
		delete(c.unknown, id)
		c.keep(id, a)
		return nil
	}
	if len(c.unknown) >= maxUnknown {
		clear(c.unknown)
	}
	if c.unknown[id] == nil {
		c.unknown[id] = &absence{since: now}
	}
	c.unknown[id].asked = now
	return c.verdict(id, c.unknown[id])
}

func (c *Client) keep(id uint32, a answer) {
	if len(c.known) >= maxKnown || c.bytes+len(a.text) > maxKnownBytes {
		clear(c.known)
		c.bytes = 0
	}
	c.known[id] = a
	c.bytes += len(a.text)
	c.metrics.schemas.Set(float64(len(c.known)))
}
