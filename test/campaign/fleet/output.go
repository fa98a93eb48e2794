package fleet

import (
	"bytes"
	"os"
	"strings"
	"sync"
)

// output is what a process writes. It goes to a file, line by line past whoever wants to know of errors, and the last of it is remembered.
type output struct {
	file    *os.File
	onError func(line string)

	mutex sync.Mutex
	line  []byte // that has not ended
	last  []byte
}

const (
	tailBytes = 8 << 10
	lineBytes = 64 << 10 // of a line that are looked at
)

func (o *output) Write(b []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last = append(o.last, b...)
	o.last = o.last[max(0, len(o.last)-tailBytes):]
	for part := range bytes.Lines(b) {
		o.line = append(o.line, part[:min(len(part), lineBytes-len(o.line))]...)
		if !bytes.HasSuffix(part, []byte("\n")) {
			continue
		}
		if line := strings.TrimSpace(string(o.line)); isError(line) {
			o.onError(line)
		}
		o.line = o.line[:0]
	}
	return o.file.Write(b)
}

// isError is whether a line of the log is at level error, which comes right after the time.
func isError(line string) bool {
	_, rest, _ := strings.Cut(line, " ")
	return strings.HasPrefix(rest, "level=ERROR ")
}

// error is the line with which the processor said why it ended, or the end of a panic.
func (o *output) error() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if at := bytes.Index(o.last, []byte("\ngoroutine ")); at >= 0 {
		before := strings.Split(strings.TrimSpace(string(o.last[:at])), "\n")
		return before[len(before)-1]
	}
	lines := strings.Split(strings.TrimSpace(string(o.last)), "\n")
	return lines[len(lines)-1]
}
