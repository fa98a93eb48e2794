package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // A scenario means the same on every machine.
)

// settingsOf reads the lines that say what the numbers rest on, by their first word.
var settingsOf = map[string]func(s *settings, rest string) error{
	"zone":      setZone,
	"retention": setRetention,
	"history":   setHistory,
	"rules":     setRulesFiles,
	"rules:":    setRules,
	"pack:":     setPack,
	"partition": setPartition,
	"ignore":    setIgnored,
}

// set reads a setting: before the first scenario one of all of them, later one of the present scenario.
func (p *parser) set(number int, keyword, rest string, set func(*settings, string) error) error {
	target := &p.general
	if p.scenario != nil {
		target = &p.scenario.settings
		if len(p.scenario.steps) > 0 && keyword != "ignore" {
			return fmt.Errorf("%q comes after the first event: settings come before it", keyword)
		}
		p.calendar = nil
	}
	if strings.HasPrefix(keyword, "rules") || keyword == "pack:" {
		target.rulesFiles, target.rulesText, target.rulesLine = nil, nil, number
	}
	if err := set(target, rest); err != nil {
		return err
	}
	if keyword == "rules:" || keyword == "pack:" {
		p.inRules = target
	}
	return nil
}

func setZone(s *settings, rest string) error {
	zone, err := time.LoadLocation(rest)
	if err != nil || rest == "" || rest == "Local" {
		return fmt.Errorf("zone %q is not known: use a name such as UTC or Europe/Stockholm", rest)
	}
	s.zone = zone
	return nil
}

func setRetention(s *settings, rest string) (err error) {
	s.retention, err = days("retention", rest)
	return err
}

func setHistory(s *settings, rest string) (err error) {
	s.history, err = days("history", rest)
	return err
}

func days(what, text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSuffix(text, "d"), 10, 15)
	if err != nil || !strings.HasSuffix(text, "d") || n == 0 {
		return 0, fmt.Errorf("%s %q is not a number of days: write it like 120d", what, text)
	}
	return int(n), nil
}

func setRulesFiles(s *settings, rest string) error {
	w, err := split(rest)
	for err == nil && w.more() {
		var file string
		file, err = w.next("the file")
		s.rulesFiles = append(s.rulesFiles, file)
	}
	switch {
	case err != nil:
		return err
	case s.rulesFiles == nil:
		return fmt.Errorf("rules without a file: name one, or write \"rules:\" and the rules in indented lines below")
	}
	return w.end()
}

func setRules(s *settings, rest string) error {
	if rest != "" {
		return fmt.Errorf("%q after \"rules:\": write the rules in indented lines below", rest)
	}
	s.rulesText = []byte("rules:")
	return nil
}

func setPack(s *settings, rest string) error {
	if rest != "" {
		return fmt.Errorf("%q after \"pack:\": write the rule file in indented lines below", rest)
	}
	s.rulesText = []byte{}
	return nil
}

func setPartition(s *settings, rest string) error {
	var number, of int32
	if n, err := fmt.Sscanf(rest, "%d of %d", &number, &of); n != 2 || err != nil || number < 0 || number >= of {
		return fmt.Errorf("partition %q is none: write it like 0 of 4", rest)
	}
	s.partition, s.partitions = number, of
	return nil
}

// setIgnored reads "ignore alerts" and "ignore alerts of RULE RULE".
func setIgnored(s *settings, rest string) error {
	words := strings.Fields(rest)
	switch {
	case len(words) == 1 && words[0] == "alerts":
		s.ignoreAll = true
	case len(words) > 2 && words[0] == "alerts" && words[1] == "of":
		s.ignored = append(s.ignored, words[2:]...)
	default:
		return fmt.Errorf("ignore %q is not known: use \"ignore alerts\" or \"ignore alerts of RULE RULE\"", rest)
	}
	return nil
}
