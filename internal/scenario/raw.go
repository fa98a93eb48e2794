package scenario

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
)

// cutWord splits a text at the first word that is the given one.
func cutWord(text, word string) (before, after string, found bool) {
	before, after, found = strings.Cut(text+" ", " "+word+" ")
	return strings.TrimSpace(before), strings.TrimSpace(after), found
}

// raw reads a record given by its bytes: TOPIC [key KEY] null, hex BYTES, text BYTES or padded LENGTH BYTES.
func (p *parser) raw(number int, rest string) error {
	name, rest, _ := strings.Cut(rest, " ")
	topic, ok := events.ParseTopic(name)
	if !ok {
		return unknown("topic", name, topicNames()...)
	}
	m := message{topic: topic, key: p.sellers[0], timestamp: p.now}
	form, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if form == "key" {
		m.key, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
		form, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
	}
	value, err := rawValue(form, strings.TrimSpace(rest))
	if err != nil {
		return err
	}
	m.value = value
	p.add(step{line: number, act: []message{m}})
	return nil
}

func rawValue(form, rest string) ([]byte, error) {
	switch form {
	case "null":
		return nil, nil
	case "hex":
		value, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
		if err != nil {
			return nil, fmt.Errorf("read hexadecimal bytes %q: %w", rest, err)
		}
		return value, nil
	case "text":
		return []byte(rest), nil
	case "padded":
		length, text, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseUint(length, 10, 20)
		if err != nil || int(n) < len(text) {
			return nil, fmt.Errorf("%q is no number of bytes to fill up to with spaces", length)
		}
		return []byte(text + strings.Repeat(" ", int(n)-len(text))), nil
	}
	return nil, unknown("the form of a raw record", form, "null", "hex", "text", "padded")
}

func topicNames() (names []string) {
	for t := range events.NumTopics {
		names = append(names, t.String())
	}
	return names
}
