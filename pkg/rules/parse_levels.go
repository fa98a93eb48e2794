package rules

// levelReader reads a level.
type levelReader struct {
	Level
	fields map[string]value
}

var levelKeys = []key[*levelReader]{
	{"level", true, "Its name.", nameForm, func(l *levelReader, v value) (err error) {
		l.Name, err = v.name("level")
		return err
	}},
	{"target", false, "What the rate must meet to be on it; the last has none.", targetForm, func(l *levelReader, v value) (err error) {
		l.Target, err = v.target()
		return err
	}},
	{"state", true, "What it is to be on it.", enumForm("", "ok", "at_risk", "breached"), readLevelState},
}

// levelStates are the states as rule files have them.
var levelStates = map[string]State{"ok": OK, "at_risk": AtRisk, "breached": Breached}

func readLevelState(l *levelReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	state, ok := levelStates[text]
	if !ok {
		return v.wrong("%q is no state of a level: use ok, at_risk or breached", text)
	}
	l.State = state
	return nil
}

func readLevels(r *ruleReader, v value) error {
	list, err := v.list("levels", 2, MaxLevels)
	if err != nil {
		return err
	}
	for i, element := range list {
		l := levelReader{}
		if l.fields, err = read(&l, element, element.field+".", "a level", levelKeys); err != nil {
			return err
		}
		if err := l.check(element, r.Levels, i == len(list)-1); err != nil {
			return err
		}
		if at, ok := l.fields["target"]; ok {
			if err := r.checkSide(at, l.Target); err != nil {
				return err
			}
		}
		r.Levels = append(r.Levels, l.Level)
		if l.State != Breached {
			r.Target = l.Target
		}
	}
	return nil
}

// check compares a level with those above it.
func (l *levelReader) check(v value, above []Level, last bool) error {
	target, given := l.fields["target"]
	switch {
	case last && given:
		return target.wrong("a target of the last level: it is the seller's where no other is; remove the target, or add a level")
	case !last && !given:
		return v.wrong("a level without target, and more below it: add a target, or remove those")
	}
	for _, other := range above {
		if other.Name == l.Name {
			return l.fields["level"].wrong("a second level %q: give each a name of its own", l.Name)
		}
	}
	if len(above) == 0 {
		if l.State == Breached {
			return l.fields["state"].wrong("the best level is breached: add one above it that is not")
		}
		return nil
	}
	before := above[len(above)-1]
	switch {
	case l.State < before.State:
		return l.fields["state"].wrong("%v below %v: states get no better further down; change their order", l.State, before.State)
	case given && l.Target.Comparator != before.Target.Comparator:
		return target.wrong("%q below %q: this version has one comparison for all levels of a rule; use %s", l.Target, before.Target, before.Target.Comparator)
	case given && !l.Target.looser(before.Target):
		return target.wrong("%q is not easier to meet than %q above it: levels go from the best down", l.Target, before.Target)
	}
	return nil
}
