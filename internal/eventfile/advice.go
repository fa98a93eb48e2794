package eventfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// advised adds to an error about a line what helps, if the line is of a file in another form than an event a line.
func (s source) advised(line []byte, err error) error {
	if advice := s.advice(line); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

func (s source) advice(line []byte) string {
	switch {
	case len(line) == 0:
		return ""
	case bytes.IndexByte(line, 0) >= 0:
		return "it has NUL bytes: the file is no text, or its end was never written"
	case line[0] == '[':
		return "for a JSON array use " + s.through("jq -c '.[]'")
	case line[0] != '{':
		return "make files of other forms, such as CSV, lines of JSON first, an event each"
	case !utf8.Valid(line):
		return "if it is Latin-1 use " + s.through("iconv -f latin1 -t utf-8")
	}
	object := json.NewDecoder(bytes.NewReader(line))
	err := object.Decode(new(json.RawMessage))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends within an event: if that goes on on the next line use " + s.through("jq -c .") + ", else the file was cut off"
	}
	if err != nil {
		return ""
	}
	switch after := bytes.TrimSpace(line[object.InputOffset():]); {
	case len(after) == 1 && after[0] == ',':
		return "for lines that end with a comma use " + s.through("sed 's/, *$//'")
	case len(after) > 0 && after[0] == '{':
		return "for several events on a line use " + s.through("jq -c .")
	}
	return ""
}
