package enginetest

import (
	"context"
	"log/slog"
	"sync"
)

// Lines is a log's handler that counts lines by message.
type Lines struct {
	slog.Handler
	mutex  *sync.Mutex
	counts map[string]int
}

// NewLines makes one.
func NewLines() *Lines {
	return &Lines{Handler: slog.DiscardHandler, mutex: new(sync.Mutex), counts: map[string]int{}}
}

// Enabled is whether a level counts: all but debugging.
func (l *Lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs is the same handler.
func (l *Lines) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is the same handler.
func (l *Lines) WithGroup(string) slog.Handler { return l }

// Handle counts a line.
func (l *Lines) Handle(_ context.Context, r slog.Record) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.counts[r.Message]++
	return nil
}

// Of is how many lines had a message.
func (l *Lines) Of(message string) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.counts[message]
}
